/**
 * [R1] One side of one socket's proofs. The nonce lives for 60 s on this socket alone and admits a device to a space once;
 * the signature binds it to our origin and key, so a challenge that another relay forwards proves nothing here.
 */
import { isAuthValid, signRelayProof } from '../../src/lib/crypto/auth.ts';
import type { PlainSigningKeyPair } from '../../src/lib/crypto/keys.ts';
import { equalBytes } from '../../src/lib/foundation/bytes.ts';
import type { SpaceId } from '../../src/lib/foundation/ids.ts';
import type { Random } from '../../src/lib/foundation/random.ts';
import { FRAME_VERSION, relayBinding } from '../../src/lib/protocol/frames.ts';
import type { Frame } from '../../src/lib/protocol/frames.ts';
import { FRAME_NONCE_BYTES } from '../../src/lib/protocol/sync-frames.ts';

export const CHALLENGE_LIFE_MS = 60_000;

export interface RelayIdentity {
  readonly keys: PlainSigningKeyPair;
}

export type AuthVerdict =
  | 'proven'
  /** The same proof once more: its answer was lost. */
  | 'repeated'
  /** The challenge is too old; the greeting must be sent again. */
  | 'expired'
  | 'refused';

type AuthFrame = Extract<Frame, { readonly kind: 'auth' }>;

export class Challenge {
  readonly #identity: RelayIdentity;
  readonly #origin: string;
  readonly #random: Random;
  readonly #used = new Map<SpaceId, Uint8Array>();
  #nonce: Uint8Array;
  #issuedMs: number;
  #retired: Uint8Array | undefined;

  constructor(options: { identity: RelayIdentity; origin: string; random: Random; nowMs: number }) {
    this.#identity = options.identity;
    this.#origin = options.origin;
    this.#random = options.random;
    this.#nonce = options.random.bytes(FRAME_NONCE_BYTES);
    this.#issuedMs = options.nowMs;
  }

  /** Our hello, and the proof of our own key over the client's nonce. */
  greeting(clientNonce: Uint8Array): readonly Frame[] {
    const { keys } = this.#identity;
    const relay = { key: keys.publicKey, origin: this.#origin };
    return [
      { kind: 'hello', version: FRAME_VERSION, side: 'relay', nonce: this.#nonce, relay },
      { kind: 'proof', signature: signRelayProof(this.#origin, clientNonce, keys) },
    ];
  }

  judge(frame: AuthFrame, nowMs: number): AuthVerdict {
    if (this.#retired !== undefined && equalBytes(frame.nonce, this.#retired)) return 'expired';
    if (!equalBytes(frame.nonce, this.#nonce)) return 'refused';
    if (nowMs - this.#issuedMs > CHALLENGE_LIFE_MS) {
      this.#renew(nowMs);
      return 'expired';
    }
    const used = this.#used.get(frame.space);
    if (used !== undefined) return equalBytes(used, frame.signature) ? 'repeated' : 'refused';
    const binding = relayBinding({ key: this.#identity.keys.publicKey, origin: this.#origin });
    if (!isAuthValid({ binding, nonce: this.#nonce, space: frame.space }, frame.device, frame.signature))
      return 'refused';
    this.#used.set(frame.space, frame.signature.slice());
    return 'proven';
  }

  #renew(nowMs: number): void {
    this.#retired = this.#nonce;
    this.#nonce = this.#random.bytes(FRAME_NONCE_BYTES);
    this.#issuedMs = nowMs;
    this.#used.clear();
  }
}
