/** Ids that the interface makes before it asks for an edit, so that what was just added can be shown and focused. */
import { bytesToHex } from '$lib/foundation/bytes.ts';
import { newDocumentId } from '$lib/documents/document-kind.ts';
import type { DocumentId } from '$lib/foundation/ids.ts';
import type { Random } from '$lib/foundation/random.ts';

const browserRandom: Random = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};

export function newDocument(kind: 'page' | 'board' | 'channel'): DocumentId {
  return newDocumentId(kind, browserRandom);
}

/** For a task, a checklist item, a message. */
export function newItemId(): string {
  return bytesToHex(browserRandom.bytes(16));
}
