/** A bundle on disk: its pieces as a file to save, and a chosen file as pieces small enough for any memory. */
import { EnvironmentError } from '../../foundation/result.ts';

const PIECE_BYTES = 2 ** 20;

export function bundleToBlob(pieces: readonly Uint8Array[]): Blob {
  return new Blob(
    pieces.map((piece) => new Uint8Array(piece)),
    { type: 'application/octet-stream' },
  );
}

/** Reads as asked, one piece at a time. Throws `file-unreadable` when the disk or the browser refuses. */
export async function* readBundleFile(file: Blob): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < file.size; at += PIECE_BYTES) yield await readPiece(file.slice(at, at + PIECE_BYTES));
}

async function readPiece(piece: Blob): Promise<Uint8Array> {
  try {
    return new Uint8Array(await piece.arrayBuffer());
  } catch (cause) {
    throw new EnvironmentError('file-unreadable', { cause });
  }
}
