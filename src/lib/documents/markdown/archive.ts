/** Zip archives in and out, with bounds: a hostile archive costs no more than its limits say. */
import { unzipSync, zipSync, type Zippable } from 'fflate';
import { fail, ok, type Result } from '../../foundation/result.ts';

export const MAX_ARCHIVE_FILES = 20_000;
/** Inflated, all files together. */
export const MAX_ARCHIVE_BYTES = 512 * 2 ** 20;
export const MAX_NOTE_BYTES = 4 * 2 ** 20;

export interface ArchiveFile {
  /** Folders with `/`, never absolute, never with `..`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * The files of a zip: those that `wants` names with their bytes, the others with none; folders and unsafe paths are
 * passed over. Synchronous, for a worker: the library's own workers come from blobs, which the policy forbids.
 */
export function readArchive(bytes: Uint8Array, wants: (path: string) => boolean): Result<readonly ArchiveFile[]> {
  const unread: ArchiveFile[] = [];
  let files = 0;
  let size = 0;
  try {
    const entries = unzipSync(bytes, {
      filter(file) {
        files++;
        if (files > MAX_ARCHIVE_FILES || !isSafePath(file.name)) return false;
        if (!wants(file.name)) {
          unread.push({ path: file.name, bytes: new Uint8Array() });
          return false;
        }
        size += file.originalSize;
        return size <= MAX_ARCHIVE_BYTES;
      },
    });
    if (files > MAX_ARCHIVE_FILES || size > MAX_ARCHIVE_BYTES)
      return fail('file-too-large', 'the archive inflates past its limit');
    return ok([...Object.entries(entries).map(([path, content]) => ({ path, bytes: content })), ...unread]);
  } catch (cause) {
    // The library throws plain errors, on hostile bytes only.
    return fail('not-an-archive', cause instanceof Error ? cause.message : undefined);
  }
}

export function writeArchive(files: readonly ArchiveFile[]): Uint8Array<ArrayBuffer> {
  const entries: Zippable = {};
  for (const { path, bytes } of files) entries[path] = bytes;
  return zipSync(entries, { level: 6 });
}

function isSafePath(path: string): boolean {
  return (
    path !== '' &&
    !path.endsWith('/') &&
    !path.startsWith('/') &&
    !path.includes('\\') &&
    !path.split('/').some((part) => part === '..' || part === '')
  );
}
