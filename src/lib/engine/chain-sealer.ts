/** Seals the next entries of this device's chain, one after another, inside the transaction that will store them [C1]. */
import { assert } from '../foundation/assert.ts';
import {
  ZERO_DOCUMENT,
  ZERO_ENVELOPE,
  ZERO_SPACE,
  type DocumentId,
  type EpochId,
  type MembershipRef,
  type SpaceId,
} from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import { ok, type Result } from '../foundation/result.ts';
import type { ContentKeys } from '../crypto/content-keys.ts';
import { sealEnvelope } from '../crypto/envelope-seal.ts';
import type { SigningKeyPair } from '../crypto/keys.ts';
import type { ChainHead, LogEntry } from '../log/log-store.ts';
import { isClearType, type EnvelopeType } from '../protocol/envelope.ts';
import { kindOfType } from '../protocol/payload.ts';
import { heldEnvelope, logEntryOf } from './held-envelope.ts';

export interface Draft {
  readonly type: EnvelopeType;
  readonly body: Uint8Array;
  /** Of updates and snapshots; zero otherwise. */
  readonly document?: DocumentId;
}

export interface SealingContext {
  readonly space: SpaceId;
  readonly author: SigningKeyPair;
  readonly keys: ContentKeys;
  readonly random: Random;
  readonly nowMs: number;
}

export class ChainSealer {
  readonly #context: SealingContext;
  readonly #entries: LogEntry[] = [];
  #head: ChainHead | undefined;
  /** The epoch that sealed types go under from here on. */
  epoch: EpochId | undefined;
  mref: MembershipRef;

  constructor(
    context: SealingContext,
    start: { readonly head: ChainHead | undefined; readonly mref: MembershipRef; readonly epoch: EpochId | undefined },
  ) {
    this.#context = context;
    this.#head = start.head;
    this.mref = start.mref;
    this.epoch = start.epoch;
  }

  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  /** Fails only with `oversized`, and then the chain stays as it was. */
  add({ type, body, document = ZERO_DOCUMENT }: Draft): Result<LogEntry> {
    const { space, author, keys, random, nowMs } = this.#context;
    const isClear = isClearType(type);
    assert(isClear || this.epoch !== undefined, 'sealed types have an epoch to go under');
    const sealed = sealEnvelope({
      type,
      space: type === 'genesis' ? ZERO_SPACE : space,
      author,
      seq: this.#head === undefined ? 0 : this.#head.seq + 1,
      prev: this.#head?.id ?? ZERO_ENVELOPE,
      mref: this.mref,
      payload: { documentId: document, kind: kindOfType(type), body, claimedTime: nowMs },
      ...(isClear || this.epoch === undefined ? {} : { under: { epoch: this.epoch, keys } }),
      compress: type === 'update' || type === 'snapshot' ? 'when-smaller' : 'never',
      random,
    });
    if (!sealed.ok) return sealed;
    const entry = logEntryOf(heldEnvelope(sealed.value));
    this.#entries.push(entry);
    this.#head = { seq: entry.seq, id: entry.id };
    return ok(entry);
  }
}
