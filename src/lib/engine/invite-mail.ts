/**
 * What lies in an invitation's mailbox, sealed under the link's seed: the host's note (slot 0: which space, which
 * invitation, which role, whether it is still open) and the claims of those who want in. See docs/spec/invitations.md.
 */
import { concatBytes } from '../foundation/bytes.ts';
import { idToBytes, type InviteId, type SpaceId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import { openMail, sealMail, type Mailbox } from '../crypto/mailbox.ts';
import { CborRecord } from '../protocol/cbor-record.ts';
import { cborMap, encodeCbor } from '../protocol/cbor.ts';
import { decodeClaim, encodeClaim } from '../protocol/membership-claim.ts';
import { ROLES, type InviteClaim, type Role } from '../protocol/membership-op.ts';

export const NOTE_SLOT = 0;

export const INVITE_STATES = ['open', 'used', 'expired', 'revoked'] as const;
export type InviteState = (typeof INVITE_STATES)[number];

export interface HostNote {
  readonly space: SpaceId;
  readonly invite: InviteId;
  readonly role: Role;
  readonly state: InviteState;
}

export type InviteLetter =
  { readonly kind: 'note'; readonly note: HostNote } | { readonly kind: 'claim'; readonly claim: InviteClaim };

const NOTE_BYTE = 1;
const CLAIM_BYTE = 2;

export function sealNote(mailbox: Mailbox, note: HostNote, random: Random): Result<Uint8Array> {
  const fields = cborMap(
    [0, idToBytes(note.space)],
    [1, idToBytes(note.invite)],
    [2, ROLES.indexOf(note.role)],
    [3, INVITE_STATES.indexOf(note.state)],
  );
  return sealMail(mailbox, concatBytes(Uint8Array.of(NOTE_BYTE), encodeCbor(fields)), random);
}

export function sealClaim(mailbox: Mailbox, claim: InviteClaim, random: Random): Result<Uint8Array> {
  return sealMail(mailbox, concatBytes(Uint8Array.of(CLAIM_BYTE), encodeClaim(claim)), random);
}

export function openLetter(mailbox: Mailbox, blob: Uint8Array): Result<InviteLetter> {
  const opened = openMail(mailbox, blob);
  if (!opened.ok) return opened;
  const body = opened.value.subarray(1);
  if (opened.value[0] === NOTE_BYTE) {
    const note = readNote(body);
    return note.ok ? ok({ kind: 'note', note: note.value }) : note;
  }
  if (opened.value[0] !== CLAIM_BYTE) return fail('unknown-type', 'letter');
  const claim = decodeClaim(body);
  return claim.ok ? ok({ kind: 'claim', claim: claim.value }) : claim;
}

function readNote(bytes: Uint8Array): Result<HostNote> {
  return CborRecord.decode(bytes, 'invite note', (record) => ({
    space: record.id(0, 'SpaceId'),
    invite: record.id(1, 'InviteId'),
    role: record.choice(2, ROLES),
    state: record.choice(3, INVITE_STATES),
  }));
}
