/** [G2] Automerge actors follow from author, document and generation: nobody can write as somebody else's actor. */
import { concatBytes } from '../foundation/bytes.ts';
import { idFromBytes, idToBytes } from '../foundation/ids.ts';
import type { ActorId, DeviceId, DocumentId } from '../foundation/ids.ts';
import { kdf } from './kdf.ts';

const ACTOR_BYTES = 16;

/** KDF(author, "actor", documentId ‖ generation)[0..16]; the generation is a 32-bit number. */
export function actorIdOf(author: DeviceId, documentId: DocumentId, generation: number): ActorId {
  const counter = new Uint8Array(4);
  new DataView(counter.buffer).setUint32(0, generation);
  const derived = kdf(idToBytes(author), 'actor', concatBytes(idToBytes(documentId), counter));
  return idFromBytes('ActorId', derived.subarray(0, ACTOR_BYTES));
}
