/** The last view of each document, sealed on this device, so that the screen paints before Automerge has loaded. */
import { decodeUtf8, utf8 } from '../foundation/bytes.ts';
import type { DocumentId } from '../foundation/ids.ts';
import type { LocalPort } from './entry-port.ts';
import type { DocumentView } from './views.ts';

const TABLE = 'projection';
/** Raised when an older view could no longer be painted. */
const PROJECTION_VERSION = 1;

interface StoredProjection {
  readonly version: number;
  readonly view: DocumentView;
}

/** undefined when there is none, or another version of the app wrote it. Written by this device alone, so trusted. */
export async function findProjection(port: LocalPort, document: DocumentId): Promise<DocumentView | undefined> {
  const body = await port.getLocal(TABLE, document);
  if (body === undefined || body.length === 0) return undefined;
  try {
    const stored = JSON.parse(decodeUtf8(body) ?? '') as Partial<StoredProjection>;
    return stored.version === PROJECTION_VERSION ? stored.view : undefined;
  } catch {
    return undefined; // half-written by a dying browser: the replica will tell
  }
}

export async function storeProjection(port: LocalPort, document: DocumentId, view: DocumentView): Promise<void> {
  const stored: StoredProjection = { version: PROJECTION_VERSION, view };
  await port.putLocal(TABLE, document, utf8(JSON.stringify(stored)));
}
