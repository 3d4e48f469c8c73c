/**
 * What lies in an invitation's mailbox, before it is sealed (docs/spec/invitations.md): one byte for the kind, then CBOR.
 * The host's note says what the invitation is; a claim asks for entry; ask and reveal exchange the values of the
 * approval by voice [I3]; a verdict tells the claimant what became of it. Whoever holds the link can write any of them.
 */
import { concatBytes } from '../foundation/bytes.ts';
import { idToBytes, type ClaimId, type InviteId, type SpaceId } from '../foundation/ids.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import { CborRecord } from './cbor-record.ts';
import { cborMap, encodeCbor, type CborMap } from './cbor.ts';
import { decodeClaim, encodeClaim, MAX_NAME_BYTES } from './membership-claim.ts';
import { ROLES, type InviteClaim, type Role } from './membership-op.ts';

export const INVITE_STATES = ['open', 'used', 'expired', 'revoked'] as const;
export type InviteState = (typeof INVITE_STATES)[number];

export const CLAIM_VERDICTS = ['admitted', 'refused', 'used', 'expired', 'revoked'] as const;
export type ClaimVerdict = (typeof CLAIM_VERDICTS)[number];

export const APPROVAL_VALUE_BYTES = 32;

export interface HostNote {
  readonly space: SpaceId;
  readonly invite: InviteId;
  readonly role: Role;
  readonly state: InviteState;
  /** The invitee will be asked to read digits aloud [I3]. */
  readonly approve: boolean;
  /** Milliseconds since 1970, by the host's clock. */
  readonly expiresAt: number;
  /** As the host calls itself; nobody proved it. */
  readonly host: string;
}

export type InviteLetter =
  | { readonly kind: 'note'; readonly note: HostNote }
  | { readonly kind: 'claim'; readonly claim: InviteClaim }
  /** The approver's value, and the invitee's behind the claim's commitment. */
  | { readonly kind: 'ask' | 'reveal'; readonly claim: ClaimId; readonly value: Uint8Array }
  | { readonly kind: 'verdict'; readonly claim: ClaimId; readonly verdict: ClaimVerdict };

const KIND_BYTES = { note: 1, claim: 2, ask: 3, reveal: 4, verdict: 5 } as const satisfies Record<
  InviteLetter['kind'],
  number
>;

export function encodeInviteLetter(letter: InviteLetter): Uint8Array {
  return concatBytes(Uint8Array.of(KIND_BYTES[letter.kind]), bodyOf(letter));
}

export function decodeInviteLetter(bytes: Uint8Array): Result<InviteLetter> {
  const body = bytes.subarray(1);
  switch (bytes[0]) {
    case KIND_BYTES.note:
      return CborRecord.decode(body, 'invite note', (record) => ({ kind: 'note', note: readNote(record) }) as const);
    case KIND_BYTES.claim: {
      const claim = decodeClaim(body);
      return claim.ok ? ok({ kind: 'claim', claim: claim.value }) : claim;
    }
    case KIND_BYTES.ask:
    case KIND_BYTES.reveal: {
      const kind = bytes[0] === KIND_BYTES.ask ? 'ask' : 'reveal';
      return CborRecord.decode(body, `invite ${kind}`, (record) => ({
        kind,
        claim: record.id(0, 'ClaimId'),
        value: record.bytes(1, APPROVAL_VALUE_BYTES),
      }));
    }
    case KIND_BYTES.verdict:
      return CborRecord.decode(
        body,
        'invite verdict',
        (record) =>
          ({ kind: 'verdict', claim: record.id(0, 'ClaimId'), verdict: record.choice(1, CLAIM_VERDICTS) }) as const,
      );
    default:
      return fail('unknown-type', 'letter');
  }
}

function bodyOf(letter: InviteLetter): Uint8Array {
  switch (letter.kind) {
    case 'note':
      return encodeCbor(noteToCbor(letter.note));
    case 'claim':
      return encodeClaim(letter.claim);
    case 'ask':
    case 'reveal':
      return encodeCbor(cborMap([0, idToBytes(letter.claim)], [1, letter.value]));
    case 'verdict':
      return encodeCbor(cborMap([0, idToBytes(letter.claim)], [1, CLAIM_VERDICTS.indexOf(letter.verdict)]));
  }
}

function noteToCbor(note: HostNote): CborMap {
  return cborMap(
    [0, idToBytes(note.space)],
    [1, idToBytes(note.invite)],
    [2, ROLES.indexOf(note.role)],
    [3, INVITE_STATES.indexOf(note.state)],
    [4, note.approve],
    [5, note.expiresAt],
    [6, note.host],
  );
}

function readNote(record: CborRecord): HostNote {
  return {
    space: record.id(0, 'SpaceId'),
    invite: record.id(1, 'InviteId'),
    role: record.choice(2, ROLES),
    state: record.choice(3, INVITE_STATES),
    approve: record.bool(4),
    expiresAt: record.uint(5),
    host: record.text(6, MAX_NAME_BYTES),
  };
}
