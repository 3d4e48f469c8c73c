/**
 * Entries that arrive for a document while it is closed may stand *before* what its cache covers (they opened late).
 * The lowest such position is kept beside the cache, so that the next opening reads from there.
 */
import { ByteReader, ByteWriter } from '../foundation/bytes.ts';
import type { DocumentId } from '../foundation/ids.ts';
import type { LocalPort } from './entry-port.ts';

const TABLE = 'unread';

/** The first position to read again; Infinity when there is none. */
export async function readUnread(port: LocalPort, document: DocumentId): Promise<number> {
  const body = await port.getLocal(TABLE, document);
  if (body?.length !== 8) return Infinity;
  return new ByteReader(body).u64();
}

export async function clearUnread(port: LocalPort, document: DocumentId): Promise<void> {
  if ((await port.getLocal(TABLE, document))?.length === 8) await port.putLocal(TABLE, document, new Uint8Array(0));
}

export class UnreadMarks {
  readonly #port: LocalPort;
  readonly #lowest = new Map<DocumentId, number>();

  constructor(port: LocalPort) {
    this.#port = port;
  }

  /** Cheap for the usual case, in which positions only grow. */
  async note(document: DocumentId, position: number): Promise<void> {
    if (position >= (this.#lowest.get(document) ?? Infinity)) return;
    this.#lowest.set(document, position);
    const lowest = Math.min(position, await readUnread(this.#port, document));
    await this.#port.putLocal(TABLE, document, new ByteWriter(8).u64(lowest).finish());
  }

  forget(document: DocumentId): void {
    this.#lowest.delete(document);
  }
}
