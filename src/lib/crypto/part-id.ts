/** [K4] Where a document goes on when somebody came who may not read what stands in it so far. */
import { idFromBytes, idToBytes } from '../foundation/ids.ts';
import type { DocumentId, EpochId } from '../foundation/ids.ts';
import { kdf } from './kdf.ts';

const ID_BYTES = 16;

/**
 * The document's kind byte ‖ KDF(epoch, "part", documentId)[0..15]: whoever writes under the same epoch finds the same
 * part without asking anybody. The epoch's id is public, so the part's id is no secret; only members know the document's.
 */
export function partIdOf(epoch: EpochId, document: DocumentId): DocumentId {
  const whole = idToBytes(document);
  const part = new Uint8Array(ID_BYTES);
  part.set(whole.subarray(0, 1));
  part.set(kdf(idToBytes(epoch), 'part', whole).subarray(0, ID_BYTES - 1), 1);
  return idFromBytes('DocumentId', part);
}
