/**
 * The envelope: one format for log, disk, wire and relay (docs/spec/envelope.md). The 220-byte header is both the
 * AAD of the ciphertext and the signed prefix of the sent bytes [E1]. This file knows offsets and bounds; hashing,
 * sealing and signing belong to `crypto/envelope-seal.ts`.
 */
import type { DeviceId, DocumentTag, EnvelopeId, EpochId, MembershipRef, SpaceId } from '../foundation/ids.ts';

export const ENVELOPE_TYPES = {
  genesis: 0,
  membership: 1,
  epoch: 2,
  keybox: 3,
  update: 4,
  snapshot: 5,
  attest: 6,
  presence: 16,
  signal: 17,
} as const;

export type EnvelopeType = keyof typeof ENVELOPE_TYPES;

export interface EnvelopeHeader {
  readonly suite: 1;
  readonly type: EnvelopeType;
  readonly flags: { readonly clear: boolean; readonly deflated: boolean };
  /** Zero in a genesis, whose id makes the space's. */
  readonly space: SpaceId;
  readonly tag: DocumentTag;
  /** Zero if clear. */
  readonly epoch: EpochId;
  readonly author: DeviceId;
  /** 0, 1, 2… per author per space; for presence and signal a session counter. */
  readonly seq: number;
  /** Id of the author's entry at seq − 1; zero at 0; for presence and signal the session id. */
  readonly prev: EnvelopeId;
  readonly mref: MembershipRef;
  /** 24 random bytes. */
  readonly nonce: Uint8Array;
}

/** Decoded but not yet verified: nothing in it may be believed. */
export interface Envelope {
  readonly header: EnvelopeHeader;
  /** The received bytes, whole: header, ciphertext, signature. */
  readonly bytes: Uint8Array;
  readonly headerBytes: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly signature: Uint8Array;
}
