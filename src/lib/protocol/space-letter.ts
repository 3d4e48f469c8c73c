/**
 * Letters that members of a space send to single devices of others, sealed, inside that space (docs/spec/private-spaces.md):
 * the offer of a place in a private space, and the answer with the claim. One entry carries the same letter once for
 * each device; nothing outside the seal says for whom.
 */
import { idToBytes, type InviteId, type MemberId, type SpaceId } from '../foundation/ids.ts';
import type { Result } from '../foundation/result.ts';
import { CborRecord } from './cbor-record.ts';
import { cborMap, encodeCbor } from './cbor.ts';
import { INVITE_SEED_BYTES } from './invite-link.ts';
import { KEM_CIPHERTEXT_BYTES } from './keybox.ts';
import { claimToCbor, readClaim } from './membership-claim.ts';
import { ROLES, type InviteClaim, type Role } from './membership-op.ts';

export type SpaceLetter =
  | {
      readonly kind: 'offer';
      /** The private space. */
      readonly space: SpaceId;
      /** Whom it is for, as the parent knows this person. */
      readonly member: MemberId;
      readonly invite: InviteId;
      readonly role: Role;
      readonly seed: Uint8Array;
      /** Milliseconds since 1970, by the host's clock. */
      readonly expiresAt: number;
    }
  | { readonly kind: 'claim'; readonly space: SpaceId; readonly claim: InviteClaim };

/** A letter as one device can open it. */
export interface SealedLetter {
  readonly encapsulation: Uint8Array;
  readonly box: Uint8Array;
}

export const MAX_LETTER_COPIES = 64;
export const MAX_LETTER_BYTES = 16_384;
const LETTER_KINDS = ['offer', 'claim'] as const;

export function encodeSpaceLetter(letter: SpaceLetter): Uint8Array {
  const head = [0, LETTER_KINDS.indexOf(letter.kind)] as const;
  const space = [1, idToBytes(letter.space)] as const;
  if (letter.kind === 'claim') return encodeCbor(cborMap(head, space, [2, claimToCbor(letter.claim)]));
  const { member, invite, role, seed, expiresAt } = letter;
  return encodeCbor(
    cborMap(
      head,
      space,
      [3, idToBytes(member)],
      [4, idToBytes(invite)],
      [5, ROLES.indexOf(role)],
      [6, seed],
      [7, expiresAt],
    ),
  );
}

export function decodeSpaceLetter(bytes: Uint8Array): Result<SpaceLetter> {
  return CborRecord.decode(bytes, 'space letter', (record): SpaceLetter => {
    const kind = record.choice(0, LETTER_KINDS);
    const space = record.id(1, 'SpaceId');
    if (kind === 'claim') return { kind, space, claim: readClaim(record.record(2)) };
    return {
      kind,
      space,
      member: record.id(3, 'MemberId'),
      invite: record.id(4, 'InviteId'),
      role: record.choice(5, ROLES),
      seed: record.bytes(6, INVITE_SEED_BYTES),
      expiresAt: record.uint(7),
    };
  });
}

export function encodeSealedLetters(copies: readonly SealedLetter[]): Uint8Array {
  return encodeCbor(cborMap([0, copies.map(({ encapsulation, box }) => cborMap([0, encapsulation], [1, box]))]));
}

export function decodeSealedLetters(bytes: Uint8Array): Result<readonly SealedLetter[]> {
  return CborRecord.decode(bytes, 'sealed letters', (record) =>
    record.records(0, MAX_LETTER_COPIES).map((copy): SealedLetter => {
      const sealed = { encapsulation: copy.bytes(0, KEM_CIPHERTEXT_BYTES), box: copy.bytesUpTo(1, MAX_LETTER_BYTES) };
      copy.end();
      return sealed;
    }),
  );
}
