/**
 * Identifiers as they travel inside the program: lower-case hex of their bytes, branded so that one kind cannot
 * stand for another. Hex compares as its bytes do, so every tie that consensus breaks by id may compare strings.
 * Only `parse…`, `…FromBytes`, `readId` and the crypto layer make them.
 */
import { bytesToHex, hexToBytes, isHex } from './bytes.ts';
import type { ByteReader } from './bytes.ts';

declare const brand: unique symbol;
export type Branded<T, B extends string> = T & { readonly [brand]: B };

/** 32 bytes: BLAKE2b-256("lf/v1/space" ‖ genesis id). */
export type SpaceId = Branded<string, 'SpaceId'>;
/** 32 bytes: the device's Ed25519 public key in one space. */
export type DeviceId = Branded<string, 'DeviceId'>;
/** 16 random bytes: a person in one space. */
export type MemberId = Branded<string, 'MemberId'>;
/** 32 bytes: hash of an envelope's header and ciphertext. */
export type EnvelopeId = Branded<string, 'EnvelopeId'>;
/** 32 bytes: the id of the epoch operation that introduced the secret. */
export type EpochId = Branded<string, 'EpochId'>;
/** 16 bytes; the first byte is the document's kind, the rest random. */
export type DocumentId = Branded<string, 'DocumentId'>;
/** 16 bytes: what the relay sees instead of a document id; differs in each epoch. */
export type DocumentTag = Branded<string, 'DocumentTag'>;
/** 32 bytes: hash of the sorted membership heads an author held. */
export type MembershipRef = Branded<string, 'MembershipRef'>;
/** 16 random bytes. */
export type InviteId = Branded<string, 'InviteId'>;
/** 16 bytes: an Automerge actor, derived from author, document and generation. */
export type ActorId = Branded<string, 'ActorId'>;
/** 32 bytes: a person's Ed25519 identity key; never shown to a relay. */
export type IdentityKey = Branded<string, 'IdentityKey'>;
/** 32 bytes: hash of an invitee's claim, signatures included. */
export type ClaimId = Branded<string, 'ClaimId'>;

interface IdLengths {
  SpaceId: SpaceId;
  DeviceId: DeviceId;
  MemberId: MemberId;
  EnvelopeId: EnvelopeId;
  EpochId: EpochId;
  DocumentId: DocumentId;
  DocumentTag: DocumentTag;
  MembershipRef: MembershipRef;
  InviteId: InviteId;
  ActorId: ActorId;
  IdentityKey: IdentityKey;
  ClaimId: ClaimId;
}

export type IdName = keyof IdLengths;

export const ID_BYTES: Readonly<Record<IdName, number>> = {
  SpaceId: 32,
  DeviceId: 32,
  MemberId: 16,
  EnvelopeId: 32,
  EpochId: 32,
  DocumentId: 16,
  DocumentTag: 16,
  MembershipRef: 32,
  InviteId: 16,
  ActorId: 16,
  IdentityKey: 32,
  ClaimId: 32,
};

/** The id in `text`, or undefined unless it is exactly lower-case hex of the right length. */
export function parseId<N extends IdName>(name: N, text: string): IdLengths[N] | undefined {
  return text.length === ID_BYTES[name] * 2 && isHex(text) ? (text as IdLengths[N]) : undefined;
}

/** The id in `bytes`, which must have the right length (an internal caller's duty, so asserted by throwing). */
export function idFromBytes<N extends IdName>(name: N, bytes: Uint8Array): IdLengths[N] {
  if (bytes.length !== ID_BYTES[name]) throw new RangeError(`${name} is ${String(ID_BYTES[name])} bytes`);
  return bytesToHex(bytes) as IdLengths[N];
}

/** The id that comes next; zeros once the reader failed. */
export function readId<N extends IdName>(name: N, reader: ByteReader): IdLengths[N] {
  return reader.hex(ID_BYTES[name]) as IdLengths[N];
}

export function idToBytes(id: IdLengths[IdName]): Uint8Array {
  return hexToBytes(id);
}

export const ZERO_SPACE = '0'.repeat(64) as SpaceId;
export const ZERO_ENVELOPE = '0'.repeat(64) as EnvelopeId;
export const ZERO_EPOCH = '0'.repeat(64) as EpochId;
export const ZERO_TAG = '0'.repeat(32) as DocumentTag;
export const ZERO_DOCUMENT = '0'.repeat(32) as DocumentId;
