/**
 * The epoch secrets of one space, and the tags and sealing keys that follow from them. What governs the space (its
 * membership and its attests) is sealed under a secret of its own that follows from the epoch's, so that it can be given
 * to someone who may not read what was written [K4]. A derivation costs more than sealing a key press, so all are
 * remembered; the owner drops the object when the space locks.
 */
import { assert } from '../foundation/assert.ts';
import { idFromBytes, idToBytes } from '../foundation/ids.ts';
import type { DocumentId, DocumentTag, EpochId, SpaceId } from '../foundation/ids.ts';
import { isRecordType, type EnvelopeType } from '../protocol/envelope.ts';
import { recordSecretOf } from './epoch-secrets.ts';
import { kdf } from './kdf.ts';
import type { ContentKey, EpochSecret, RecordSecret } from './keys.ts';

const TAG_BYTES = 16;
const MAX_REMEMBERED = 8192;

interface Derived<S> {
  readonly secret: S;
  readonly content: Uint8Array;
  readonly tags: Map<DocumentId, DocumentTag>;
  readonly keys: Map<DocumentTag, ContentKey>;
}

/** KDF(secret, "tag", documentId)[0..16]: what the relay sees instead of the document's id. */
export function tagOf(secret: EpochSecret | RecordSecret, documentId: DocumentId): DocumentTag {
  return idFromBytes('DocumentTag', kdf(secret, 'tag', idToBytes(documentId)).subarray(0, TAG_BYTES));
}

/** The tags and keys that follow from one kind of secret. */
export class KeyFamily<S extends EpochSecret | RecordSecret> {
  readonly #space: SpaceId;
  readonly #epochs = new Map<EpochId, Derived<S>>();

  constructor(space: SpaceId) {
    this.#space = space;
  }

  /** Idempotent. The secret must have been checked against the epoch's `commit`. */
  add(epoch: EpochId, secret: S): void {
    if (this.#epochs.has(epoch)) return;
    const content = kdf(secret, 'content', idToBytes(this.#space));
    this.#epochs.set(epoch, { secret, content, tags: new Map(), keys: new Map() });
  }

  has(epoch: EpochId): boolean {
    return this.#epochs.has(epoch);
  }

  epochs(): readonly EpochId[] {
    return [...this.#epochs.keys()];
  }

  find(epoch: EpochId): S | undefined {
    return this.#epochs.get(epoch)?.secret;
  }

  /** The epoch must be held. */
  tagOf(epoch: EpochId, documentId: DocumentId): DocumentTag {
    const held = this.#held(epoch);
    const known = held.tags.get(documentId);
    return known ?? remember(held.tags, documentId, tagOf(held.secret, documentId));
  }

  /** KDF(KDF(secret, "content", spaceId), "doc", tag). The epoch must be held. */
  keyOf(epoch: EpochId, tag: DocumentTag): ContentKey {
    const held = this.#held(epoch);
    const known = held.keys.get(tag);
    return known ?? remember(held.keys, tag, kdf(held.content, 'doc', idToBytes(tag)) as ContentKey);
  }

  #held(epoch: EpochId): Derived<S> {
    const held = this.#epochs.get(epoch);
    assert(held !== undefined, 'the epoch is held');
    return held;
  }
}

export class ContentKeys {
  readonly space: SpaceId;
  readonly #content: KeyFamily<EpochSecret>;
  readonly #records: KeyFamily<RecordSecret>;

  constructor(space: SpaceId) {
    this.space = space;
    this.#content = new KeyFamily(space);
    this.#records = new KeyFamily(space);
  }

  /** The whole secret, records included. Idempotent; checked against the epoch's `commit` by the caller. */
  addEpoch(epoch: EpochId, secret: EpochSecret): void {
    this.#content.add(epoch, secret);
    this.#records.add(epoch, recordSecretOf(secret, this.space));
  }

  /** Only what opens the epoch's membership and attests. */
  addRecords(epoch: EpochId, secret: RecordSecret): void {
    this.#records.add(epoch, secret);
  }

  hasEpoch(epoch: EpochId): boolean {
    return this.#content.has(epoch);
  }

  hasRecords(epoch: EpochId): boolean {
    return this.#records.has(epoch);
  }

  /** Those whose content opens. */
  epochs(): readonly EpochId[] {
    return this.#content.epochs();
  }

  findSecret(epoch: EpochId): EpochSecret | undefined {
    return this.#content.find(epoch);
  }

  findRecordSecret(epoch: EpochId): RecordSecret | undefined {
    return this.#records.find(epoch);
  }

  /** Of content. The epoch must be held. */
  tagOf(epoch: EpochId, documentId: DocumentId): DocumentTag {
    return this.#content.tagOf(epoch, documentId);
  }

  /** The keys that seal entries of a type. */
  familyOf(type: EnvelopeType): KeyFamily<EpochSecret> | KeyFamily<RecordSecret> {
    return isRecordType(type) ? this.#records : this.#content;
  }
}

/** Tags come from outside: forget the oldest instead of growing without bound. */
function remember<K, V>(memory: Map<K, V>, key: K, value: V): V {
  if (memory.size >= MAX_REMEMBERED) for (const oldest of memory.keys()) if (memory.delete(oldest)) break;
  memory.set(key, value);
  return value;
}
