/**
 * Cards and invite claims [I2]: who says what about which keys, signed so that every member verifies it again, in the
 * mailbox and in `admit`. A claim needs both signatures: the link's key (was invited) and the device's (holds the keys).
 */
import { concatBytes } from '../foundation/bytes.ts';
import { idFromBytes, idToBytes } from '../foundation/ids.ts';
import type { ClaimId, MemberId, SpaceId } from '../foundation/ids.ts';
import { fail, ok } from '../foundation/result.ts';
import type { Result } from '../foundation/result.ts';
import { CONTEXTS } from '../protocol/contexts.ts';
import { cardSignedBytes, claimSignedBytes, encodeClaim } from '../protocol/membership-claim.ts';
import type { UnsignedClaim } from '../protocol/membership-claim.ts';
import type { InviteClaim, MemberCard } from '../protocol/membership-op.ts';
import { hash, kdf } from './kdf.ts';
import type {
  IdentityKeyPair,
  InviteSeed,
  MailboxId,
  MailboxKey,
  PlainSigningKeyPair,
  SigningKeyPair,
} from './keys.ts';
import type { Mailbox } from './mailbox.ts';
import { isContextedSignature, plainSigningKeyPairFromSeed, signContexted } from './sign.ts';

export interface CardPlace {
  readonly space: SpaceId;
  readonly memberId: MemberId;
}

export function signCard(
  { space, memberId }: CardPlace,
  name: string,
  { identity, secret }: IdentityKeyPair,
): MemberCard {
  return { identity, name, signature: signContexted(secret, cardSignedBytes(space, { identity, memberId, name })) };
}

export function isCardValid({ space, memberId }: CardPlace, card: MemberCard): boolean {
  return isContextedSignature(idToBytes(card.identity), cardSignedBytes(space, { ...card, memberId }), card.signature);
}

export interface ClaimSigners {
  readonly invite: PlainSigningKeyPair;
  readonly device: SigningKeyPair;
}

export function signClaim(space: SpaceId, claim: UnsignedClaim, { invite, device }: ClaimSigners): InviteClaim {
  const text = claimSignedBytes(space, claim);
  return {
    ...claim,
    inviteSignature: signContexted(invite.secret, text),
    deviceSignature: signContexted(device.secret, text),
  };
}

/** Both signatures and the card, against the public key that `invite.create` published. */
export function verifyClaim(space: SpaceId, claim: InviteClaim, invitePk: Uint8Array): Result<InviteClaim> {
  const text = claimSignedBytes(space, claim);
  if (!isContextedSignature(invitePk, text, claim.inviteSignature)) return fail('claim-invalid', 'invite signature');
  if (!isContextedSignature(idToBytes(claim.keys.device), text, claim.deviceSignature))
    return fail('claim-invalid', 'device signature');
  if (!isCardValid({ space, memberId: claim.memberId }, claim.card)) return fail('claim-invalid', 'card');
  return ok(claim);
}

export function inviteKeyPairOf(seed: InviteSeed): PlainSigningKeyPair {
  return plainSigningKeyPairFromSeed(kdf(seed, 'invite-sign'));
}

export function inviteMailboxOf(seed: InviteSeed): Mailbox {
  return { id: kdf(seed, 'invite-mbx-id') as MailboxId, key: kdf(seed, 'invite-mbx-key') as MailboxKey };
}

/** [I3] The commitment of a claim to a random value that is revealed when voices compare digits. */
export function claimCommitmentOf(revealed: Uint8Array): Uint8Array {
  return hash(CONTEXTS.claimCommitment, revealed);
}

export function claimIdOf(claim: InviteClaim): ClaimId {
  return idFromBytes('ClaimId', hash(CONTEXTS.claimId, encodeClaim(claim)));
}

/**
 * [I3] Six digits over the claim, signatures and keys included, and both sides' values. The invitee is committed to
 * its value by the claim, and shows it only after the approver's came: neither could choose after seeing the other's,
 * and who passes the values on under another claim gets other digits.
 */
export function approvalDigitsOf(claim: ClaimId, values: { invitee: Uint8Array; approver: Uint8Array }): string {
  const digest = hash(CONTEXTS.approvalDigits, concatBytes(idToBytes(claim), values.invitee, values.approver));
  const value = digest.subarray(0, 6).reduce((sum, byte) => sum * 256 + byte, 0);
  return String(value % 1_000_000).padStart(6, '0');
}
