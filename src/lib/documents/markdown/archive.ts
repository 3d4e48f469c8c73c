/** Zip archives in and out, with bounds: a hostile archive costs no more than its limits say. */
import { unzip, zip, type AsyncZippable, type Unzipped } from 'fflate';
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

/** The files of a zip that `wants` names; folders, unsafe paths and the rest are passed over unread. */
export async function readArchive(
  bytes: Uint8Array,
  wants: (path: string) => boolean,
): Promise<Result<readonly ArchiveFile[]>> {
  const seen = { files: 0, bytes: 0, isOver: false };
  const entries = await new Promise<Unzipped | undefined>((resolve) => {
    unzip(
      bytes,
      {
        filter(file) {
          seen.files++;
          if (!isSafePath(file.name) || !wants(file.name)) return false;
          seen.bytes += file.originalSize;
          seen.isOver ||= seen.files > MAX_ARCHIVE_FILES || seen.bytes > MAX_ARCHIVE_BYTES;
          return !seen.isOver;
        },
      },
      (error, found) => resolve(error === null ? found : undefined),
    );
  });
  if (entries === undefined) return fail('not-an-archive');
  if (seen.isOver) return fail('file-too-large', 'the archive inflates past its limit');
  return ok(Object.entries(entries).map(([path, content]) => ({ path, bytes: content })));
}

export function writeArchive(files: readonly ArchiveFile[]): Promise<Uint8Array> {
  const entries: AsyncZippable = {};
  for (const { path, bytes } of files) entries[path] = bytes;
  return new Promise((resolve, reject) => {
    zip(entries, { level: 6 }, (error, archive) => (error === null ? resolve(archive) : reject(error)));
  });
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
