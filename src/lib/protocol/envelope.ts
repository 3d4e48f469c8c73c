/**
 * The envelope: one format for log, disk, wire and relay (docs/spec/envelope.md). The 220-byte header is both the
 * AAD of the ciphertext and the signed prefix of the sent bytes [E1]. This file knows offsets and bounds; hashing,
 * sealing and signing belong to `crypto/envelope-seal.ts`.
 */
import { ByteReader, ByteWriter } from '../foundation/bytes.ts';
import { idToBytes, readId, ZERO_ENVELOPE, ZERO_EPOCH, ZERO_SPACE, ZERO_TAG } from '../foundation/ids.ts';
import type { DeviceId, DocumentTag, EnvelopeId, EpochId, MembershipRef, SpaceId } from '../foundation/ids.ts';
import { fail, ok } from '../foundation/result.ts';
import type { Failure, Result } from '../foundation/result.ts';

export const ENVELOPE_TYPES = {
  genesis: 0,
  membership: 1,
  epoch: 2,
  keybox: 3,
  update: 4,
  snapshot: 5,
  attest: 6,
  testimony: 7,
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
  /** Zero if clear. */
  readonly tag: DocumentTag;
  /** Zero if clear. */
  readonly epoch: EpochId;
  readonly author: DeviceId;
  /** 0, 1, 2… per author per space; for presence and signal a session counter. */
  readonly seq: number;
  /** Id of the author's entry at seq − 1; zero at 0; for presence and signal the session id. */
  readonly prev: EnvelopeId;
  /** Zero in a genesis. */
  readonly mref: MembershipRef;
  /** 24 random bytes; zero if clear. */
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

export const ENVELOPE_MAGIC = 0x4c464531; // "LFE1"
export const ENVELOPE_HEADER_BYTES = 220;
export const SIGNATURE_BYTES = 64;
export const NONCE_BYTES = 24;
export const AEAD_TAG_BYTES = 16;
/** A header and its signature: what stays of an entry whose body was dropped, and what HDR frames carry. */
export const ENVELOPE_STUB_BYTES = ENVELOPE_HEADER_BYTES + SIGNATURE_BYTES;
export const MAX_CIPHERTEXT_BYTES = 2 ** 20;
export const MIN_ENVELOPE_BYTES = ENVELOPE_STUB_BYTES + 1;
export const MAX_ENVELOPE_BYTES = ENVELOPE_STUB_BYTES + MAX_CIPHERTEXT_BYTES;
/** The least padded payload and its AEAD tag. */
export const MIN_SEALED_BYTES = 256 + AEAD_TAG_BYTES;
export const ZERO_MEMBERSHIP_REF = '0'.repeat(64) as MembershipRef;

const FLAG_CLEAR = 1;
const FLAG_DEFLATED = 2;

const TYPE_OF_CODE: ReadonlyMap<number, EnvelopeType> = new Map(
  (Object.entries(ENVELOPE_TYPES) as [EnvelopeType, number][]).map(([type, code]) => [code, type]),
);

/**
 * A genesis makes the space, epochs and boxes are read before any secret is held, and a testimony carries what its own
 * author sealed: only these travel unsealed.
 */
export function isClearType(type: EnvelopeType): boolean {
  return type === 'genesis' || type === 'epoch' || type === 'keybox' || type === 'testimony';
}

/** What tells who is in and what they held: sealed under a secret that opens nothing else [K4]. */
export function isRecordType(type: EnvelopeType): boolean {
  return type === 'membership' || type === 'attest';
}

/** Presence and signals pass by: they stand in no chain and are never stored. */
export function isChainedType(type: EnvelopeType): boolean {
  return type !== 'presence' && type !== 'signal';
}

/** The 220 header bytes, with the length of the ciphertext that will follow. */
export function encodeHeader(header: EnvelopeHeader, ciphertextLength: number): Uint8Array {
  return new ByteWriter(ENVELOPE_HEADER_BYTES)
    .u32(ENVELOPE_MAGIC)
    .u8(header.suite)
    .u8(ENVELOPE_TYPES[header.type])
    .u16((header.flags.clear ? FLAG_CLEAR : 0) | (header.flags.deflated ? FLAG_DEFLATED : 0))
    .bytes(idToBytes(header.space))
    .bytes(idToBytes(header.tag))
    .bytes(idToBytes(header.epoch))
    .bytes(idToBytes(header.author))
    .u64(header.seq)
    .bytes(idToBytes(header.prev))
    .bytes(idToBytes(header.mref))
    .bytes(header.nonce)
    .u32(ciphertextLength)
    .finish();
}

/** [E2] Length, magic, suite, type, flags, then the fields that must be zero. No state, no hash, no key. */
export function decodeEnvelope(bytes: Uint8Array): Result<Envelope> {
  if (bytes.length < MIN_ENVELOPE_BYTES) return fail('truncated', 'envelope shorter than the least one');
  if (bytes.length > MAX_ENVELOPE_BYTES) return fail('oversized', 'envelope longer than the largest one');
  const headerBytes = bytes.subarray(0, ENVELOPE_HEADER_BYTES);
  const decoded = decodeHeader(headerBytes);
  if (!decoded.ok) return decoded;
  const { header, ciphertextLength } = decoded.value;
  if (ENVELOPE_STUB_BYTES + ciphertextLength !== bytes.length) return fail('malformed', 'ciphertext length differs');
  const end = ENVELOPE_HEADER_BYTES + ciphertextLength;
  return ok({
    header,
    bytes,
    headerBytes,
    ciphertext: bytes.subarray(ENVELOPE_HEADER_BYTES, end),
    signature: bytes.subarray(end),
  });
}

/** The header alone, as an HDR frame or a dropped body leaves it. */
export function decodeHeader(bytes: Uint8Array): Result<{ header: EnvelopeHeader; ciphertextLength: number }> {
  if (bytes.length !== ENVELOPE_HEADER_BYTES) return fail('truncated', 'header is 220 bytes');
  const reader = new ByteReader(bytes);
  if (reader.u32() !== ENVELOPE_MAGIC) return fail('malformed', 'magic');
  if (reader.u8() !== 1) return fail('unknown-suite');
  const type = TYPE_OF_CODE.get(reader.u8());
  if (type === undefined) return fail('unknown-type');
  const flags = reader.u16();
  if ((flags & ~(FLAG_CLEAR | FLAG_DEFLATED)) !== 0) return fail('unknown-flag');
  const header: EnvelopeHeader = {
    suite: 1,
    type,
    flags: { clear: (flags & FLAG_CLEAR) !== 0, deflated: (flags & FLAG_DEFLATED) !== 0 },
    space: readId('SpaceId', reader),
    tag: readId('DocumentTag', reader),
    epoch: readId('EpochId', reader),
    author: readId('DeviceId', reader),
    seq: reader.u64(),
    prev: readId('EnvelopeId', reader),
    mref: readId('MembershipRef', reader),
    nonce: reader.bytes(NONCE_BYTES),
  };
  const ciphertextLength = reader.u32();
  if (!reader.isComplete) return fail('malformed', 'sequence number above 2^53 - 1');
  const refusal = brokenRule(header, ciphertextLength);
  return refusal === undefined ? ok({ header, ciphertextLength }) : { ok: false, error: refusal };
}

function brokenRule(header: EnvelopeHeader, ciphertextLength: number): Failure | undefined {
  const { type, flags } = header;
  if (ciphertextLength > MAX_CIPHERTEXT_BYTES) return { code: 'oversized', detail: 'ciphertext' };
  if (flags.clear !== isClearType(type)) return { code: 'malformed', detail: 'clear flag does not fit the type' };
  if (flags.clear) {
    if (flags.deflated) return { code: 'malformed', detail: 'clear and deflated' };
    if (header.epoch !== ZERO_EPOCH || header.tag !== ZERO_TAG)
      return { code: 'malformed', detail: 'clear with an epoch' };
    if (header.nonce.some((byte) => byte !== 0)) return { code: 'malformed', detail: 'clear with a nonce' };
    if (ciphertextLength === 0) return { code: 'truncated', detail: 'no payload' };
  } else {
    if (header.epoch === ZERO_EPOCH) return { code: 'malformed', detail: 'sealed without an epoch' };
    if (ciphertextLength < MIN_SEALED_BYTES) return { code: 'truncated', detail: 'ciphertext below the least padding' };
  }
  if (type === 'genesis') {
    const isFirst = header.seq === 0 && header.space === ZERO_SPACE && header.mref === ZERO_MEMBERSHIP_REF;
    if (!isFirst) return { code: 'malformed', detail: 'genesis is not first' };
  } else if (header.space === ZERO_SPACE) return { code: 'malformed', detail: 'no space' };
  if (isChainedType(type) && (header.seq === 0) !== (header.prev === ZERO_ENVELOPE)) {
    return { code: 'malformed', detail: 'prev does not fit seq' };
  }
  return undefined;
}
