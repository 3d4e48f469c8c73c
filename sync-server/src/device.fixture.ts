/** A device as the relay sees one: a key that writes a chain of sealed-looking envelopes. Content is random bytes. */
import { randomBytes } from 'node:crypto';
import { spaceIdOf } from '../../src/lib/crypto/envelope-seal.ts';
import { hash } from '../../src/lib/crypto/kdf.ts';
import type { SigningKeyPair } from '../../src/lib/crypto/keys.ts';
import { sign, signingKeyPairFromSeed } from '../../src/lib/crypto/sign.ts';
import { concatBytes } from '../../src/lib/foundation/bytes.ts';
import { idFromBytes, ZERO_ENVELOPE, ZERO_EPOCH, ZERO_SPACE, ZERO_TAG } from '../../src/lib/foundation/ids.ts';
import type { DocumentTag, EnvelopeId, EpochId, MembershipRef, SpaceId } from '../../src/lib/foundation/ids.ts';
import { CONTEXTS } from '../../src/lib/protocol/contexts.ts';
import { encodeHeader, isClearType, NONCE_BYTES, ZERO_MEMBERSHIP_REF } from '../../src/lib/protocol/envelope.ts';
import type { EnvelopeType } from '../../src/lib/protocol/envelope.ts';

export interface MadeEnvelope {
  readonly id: EnvelopeId;
  readonly seq: number;
  readonly bytes: Uint8Array;
}

export interface EnvelopeWishes {
  readonly type?: EnvelopeType;
  readonly seq?: number;
  readonly prev?: EnvelopeId;
  /** Bytes of ciphertext. */
  readonly size?: number;
  readonly content?: Uint8Array;
}

export class Device {
  readonly keys: SigningKeyPair;
  space: SpaceId;
  #seq = 0;
  #prev: EnvelopeId = ZERO_ENVELOPE;
  readonly #made: MadeEnvelope[] = [];

  constructor(space: SpaceId = ZERO_SPACE) {
    this.keys = signingKeyPairFromSeed(new Uint8Array(randomBytes(32)));
    this.space = space;
  }

  /** The first of a new space, which this device then belongs to. */
  genesis(): MadeEnvelope {
    const made = this.next({ type: 'genesis', size: 200 });
    this.space = spaceIdOf(made.id);
    return made;
  }

  /** Extends the chain. */
  next(wishes: EnvelopeWishes = {}): MadeEnvelope {
    const made = this.make(wishes);
    this.#seq = made.seq + 1;
    this.#prev = made.id;
    this.#made[made.seq] = made;
    return made;
  }

  idAt(seq: number): EnvelopeId {
    return this.#made[seq]?.id ?? ZERO_ENVELOPE;
  }

  bytesAt(seq: number): Uint8Array {
    return this.#made[seq]?.bytes ?? new Uint8Array(0);
  }

  /** What came after `seq` was lost with the relay: the chain goes on from there. */
  resumeAfter(seq: number): void {
    this.#seq = seq + 1;
    this.#prev = seq < 0 ? ZERO_ENVELOPE : this.idAt(seq);
    this.#made.length = seq + 1;
  }

  /** What could come next, or whatever was wished, without moving on. */
  make({
    type = 'update',
    seq = this.#seq,
    prev = this.#prev,
    size = 280,
    content,
  }: EnvelopeWishes = {}): MadeEnvelope {
    const isClear = isClearType(type);
    const ciphertext = content ?? new Uint8Array(randomBytes(size));
    const header = encodeHeader(
      {
        suite: 1,
        type,
        flags: { clear: isClear, deflated: false },
        space: type === 'genesis' ? ZERO_SPACE : this.space,
        tag: isClear ? ZERO_TAG : ('ab'.repeat(16) as DocumentTag),
        epoch: isClear ? ZERO_EPOCH : ('cd'.repeat(32) as EpochId),
        author: this.keys.device,
        seq,
        prev,
        mref: type === 'genesis' ? ZERO_MEMBERSHIP_REF : ('ef'.repeat(32) as MembershipRef),
        nonce: isClear ? new Uint8Array(NONCE_BYTES) : new Uint8Array(randomBytes(NONCE_BYTES)),
      },
      ciphertext.length,
    );
    const id = hash(CONTEXTS.envelopeId, header, ciphertext);
    const signature = sign(this.keys.secret, CONTEXTS.envelopeSignature, id);
    return { id: idFromBytes('EnvelopeId', id), seq, bytes: concatBytes(header, ciphertext, signature) };
  }
}
