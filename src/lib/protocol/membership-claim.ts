/**
 * Cards, device keys and invite claims as bytes, and what their signatures cover [I2]. A claim travels in a mailbox
 * first, and then inside `admit`, so that every member can verify it again.
 */
import { concatBytes, utf8 } from '../foundation/bytes.ts';
import { idToBytes } from '../foundation/ids.ts';
import type { IdentityKey, MemberId, SpaceId } from '../foundation/ids.ts';
import type { Result } from '../foundation/result.ts';
import { cborMap, encodeCbor } from './cbor.ts';
import type { CborField, CborMap } from './cbor.ts';
import { CborRecord } from './cbor-record.ts';
import { CONTEXTS } from './contexts.ts';
import { SIGNATURE_BYTES } from './envelope.ts';
import type { DeviceKeys, InviteClaim, MemberCard } from './membership-op.ts';
import { ROLES } from './membership-op.ts';

export const KEM_PUBLIC_KEY_BYTES = 1216;
export const COMMITMENT_BYTES = 32;
export const MAX_NAME_BYTES = 200;

export type UnsignedClaim = Omit<InviteClaim, 'inviteSignature' | 'deviceSignature'>;

/** An invitee's claim as it travels in a mailbox, before anyone admitted it. */
export function encodeClaim(claim: InviteClaim): Uint8Array {
  return encodeCbor(claimToCbor(claim));
}

export function decodeClaim(bytes: Uint8Array): Result<InviteClaim> {
  return CborRecord.decode(bytes, 'claim', readClaim);
}

/** What both signatures of a claim cover: every field but the signatures, and the space. */
export function claimSignedBytes(space: SpaceId, claim: UnsignedClaim): Uint8Array {
  return concatBytes(utf8(CONTEXTS.claim), idToBytes(space), encodeCbor(cborMap(...unsignedClaimFields(claim))));
}

/** What a person's identity key signs to say: in this space, this member is me and this is my name. */
export function cardSignedBytes(
  space: SpaceId,
  card: { identity: IdentityKey; memberId: MemberId; name: string },
): Uint8Array {
  return concatBytes(
    utf8(CONTEXTS.card),
    idToBytes(space),
    idToBytes(card.memberId),
    idToBytes(card.identity),
    utf8(card.name),
  );
}

function unsignedClaimFields(claim: UnsignedClaim): CborField[] {
  return [
    [0, idToBytes(claim.inviteId)],
    [1, idToBytes(claim.memberId)],
    [2, ROLES.indexOf(claim.role)],
    [3, cardToCbor(claim.card)],
    [4, keysToCbor(claim.keys)],
    [5, claim.recovery === undefined ? undefined : keysToCbor(claim.recovery)],
    [6, claim.commitment],
  ];
}

export function claimToCbor(claim: InviteClaim): CborMap {
  return cborMap(...unsignedClaimFields(claim), [7, claim.inviteSignature], [8, claim.deviceSignature]);
}

export function readClaim(record: CborRecord): InviteClaim {
  const claim: InviteClaim = {
    inviteId: record.id(0, 'InviteId'),
    memberId: record.id(1, 'MemberId'),
    role: record.choice(2, ROLES),
    card: readCard(record.record(3)),
    keys: readKeys(record.record(4)),
    ...readRecovery(record, 5),
    commitment: record.bytes(6, COMMITMENT_BYTES),
    inviteSignature: record.bytes(7, SIGNATURE_BYTES),
    deviceSignature: record.bytes(8, SIGNATURE_BYTES),
  };
  record.end();
  return claim;
}

export function cardToCbor(card: MemberCard): CborMap {
  return cborMap([0, idToBytes(card.identity)], [1, card.name], [2, card.signature]);
}

export function readCard(record: CborRecord): MemberCard {
  const card = {
    identity: record.id(0, 'IdentityKey'),
    name: record.text(1, MAX_NAME_BYTES),
    signature: record.bytes(2, SIGNATURE_BYTES),
  };
  record.end();
  return card;
}

export function keysToCbor(keys: DeviceKeys): CborMap {
  return cborMap([0, idToBytes(keys.device)], [1, keys.kem]);
}

export function readKeys(record: CborRecord): DeviceKeys {
  const keys = { device: record.id(0, 'DeviceId'), kem: record.bytes(1, KEM_PUBLIC_KEY_BYTES) };
  record.end();
  return keys;
}

export function readRecovery(record: CborRecord, key: number): { recovery?: DeviceKeys } {
  return record.has(key) ? { recovery: readKeys(record.record(key)) } : {};
}
