/**
 * The epoch secrets of one space, and the tags and content keys that follow from them. A derivation costs more than
 * sealing a key press, so both are remembered; the owner drops the object when the space locks.
 */
import { assert } from '../foundation/assert.ts';
import { idFromBytes, idToBytes } from '../foundation/ids.ts';
import type { DocumentId, DocumentTag, EpochId, SpaceId } from '../foundation/ids.ts';
import { kdf } from './kdf.ts';
import type { ContentKey, EpochSecret } from './keys.ts';

const TAG_BYTES = 16;
const MAX_REMEMBERED = 8192;

interface EpochKeys {
  readonly secret: EpochSecret;
  readonly content: Uint8Array;
  readonly tags: Map<DocumentId, DocumentTag>;
  readonly keys: Map<DocumentTag, ContentKey>;
}

/** KDF(es, "tag", documentId)[0..16]: what the relay sees instead of the document's id. */
export function tagOf(secret: EpochSecret, documentId: DocumentId): DocumentTag {
  return idFromBytes('DocumentTag', kdf(secret, 'tag', idToBytes(documentId)).subarray(0, TAG_BYTES));
}

export class ContentKeys {
  readonly space: SpaceId;
  readonly #epochs = new Map<EpochId, EpochKeys>();

  constructor(space: SpaceId) {
    this.space = space;
  }

  /** Idempotent. The secret must have been checked against the epoch's `commit`. */
  addEpoch(epoch: EpochId, secret: EpochSecret): void {
    if (this.#epochs.has(epoch)) return;
    this.#epochs.set(epoch, {
      secret,
      content: kdf(secret, 'content', idToBytes(this.space)),
      tags: new Map(),
      keys: new Map(),
    });
  }

  hasEpoch(epoch: EpochId): boolean {
    return this.#epochs.has(epoch);
  }

  epochs(): readonly EpochId[] {
    return [...this.#epochs.keys()];
  }

  findSecret(epoch: EpochId): EpochSecret | undefined {
    return this.#epochs.get(epoch)?.secret;
  }

  /** The epoch must be held. */
  tagOf(epoch: EpochId, documentId: DocumentId): DocumentTag {
    const held = this.#held(epoch);
    const known = held.tags.get(documentId);
    return known ?? remember(held.tags, documentId, tagOf(held.secret, documentId));
  }

  /** KDF(KDF(es, "content", spaceId), "doc", tag). The epoch must be held. */
  keyOf(epoch: EpochId, tag: DocumentTag): ContentKey {
    const held = this.#held(epoch);
    const known = held.keys.get(tag);
    return known ?? remember(held.keys, tag, kdf(held.content, 'doc', idToBytes(tag)) as ContentKey);
  }

  #held(epoch: EpochId): EpochKeys {
    const held = this.#epochs.get(epoch);
    assert(held !== undefined, 'the epoch is held');
    return held;
  }
}

/** Tags come from outside: forget the oldest instead of growing without bound. */
function remember<K, V>(memory: Map<K, V>, key: K, value: V): V {
  if (memory.size >= MAX_REMEMBERED) for (const oldest of memory.keys()) if (memory.delete(oldest)) break;
  memory.set(key, value);
  return value;
}
