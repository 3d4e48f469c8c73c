/**
 * Whether a device may have written an entry: its role at what it knew [M9] for that kind of document [G9], and for
 * every removal or demotion it did not know of, whether the entry came in time [M8]. Late work is kept, not lost.
 */
import type { DeviceId, EnvelopeId } from '../foundation/ids.ts';
import type { ErrorCode } from '../foundation/error-codes.ts';
import type { EnvelopeType } from '../protocol/envelope.ts';
import { groundsOf, type Supports } from './judge-operation.ts';
import { rankOf, type MembershipState } from './membership-state.ts';
import { RANKS, type Rank } from './seniority.ts';

export type ContentType = Exclude<EnvelopeType, 'genesis' | 'membership'>;

export type ContentJudgement = 'accepted' | 'quarantined' | { readonly refused: ErrorCode };

export interface ContentClaim {
  readonly id: EnvelopeId;
  readonly author: DeviceId;
  readonly seq: number;
  readonly type: ContentType;
  /** The first byte of the document id; of no meaning for epochs, boxes, attests, presence and signals. */
  readonly kind: number;
}

/** Another device's word that it held a chain up to `seq` while it knew no more than `heads`. */
export interface HeldPosition {
  readonly author: DeviceId;
  readonly seq: number;
  /** The state at the heads of the attest. */
  readonly knownState: () => MembershipState;
  readonly knew: (operation: EnvelopeId) => boolean;
}

export interface ContentContext {
  /** The state at the heads that the author had acknowledged. */
  readonly known: MembershipState;
  readonly knew: (operation: EnvelopeId) => boolean;
  /** The state at all heads this replica holds. */
  readonly current: MembershipState;
  /** Attested positions of the author's chain. */
  readonly held: () => readonly HeldPosition[];
}

/** Number of each kind, as the first byte of a document id has it; 15: a person's own records, in the space of her devices. */
const EDITOR_KINDS: ReadonlySet<number> = new Set([1, 2, 3, 15]);
const COMMENTER_KINDS: ReadonlySet<number> = new Set([4, 5, 6, 14]);

export function judgeContent(claim: ContentClaim, context: ContentContext): ContentJudgement {
  const needs = rankToWrite(claim);
  if (needs === undefined) return { refused: 'kind-mismatch' };
  const { known, current } = context;
  const device = known.device(claim.author);
  if (device === undefined) return { refused: 'not-a-member' };
  if (!device.isActive) return { refused: 'after-removal' };
  if (rankOf(known.memberOf(claim.author)?.role ?? 'reader') < needs) return { refused: 'role-forbids' };
  if (isInTime(claim, needs, context)) return 'accepted';
  const verdict = current.verdicts.get(claim.id);
  if (verdict === undefined) return 'quarantined';
  return verdict === 'adopted' ? 'accepted' : { refused: 'after-removal' };
}

/** [G9] The rank that writes this type and kind; undefined for a kind nobody knows. */
export function rankToWrite({ type, kind }: Pick<ContentClaim, 'type' | 'kind'>): Rank | undefined {
  switch (type) {
    case 'update':
    case 'snapshot':
      return EDITOR_KINDS.has(kind) ? RANKS.editor : COMMENTER_KINDS.has(kind) ? RANKS.commenter : undefined;
    case 'epoch':
      return RANKS.editor;
    case 'keybox':
    case 'attest':
    case 'testimony':
    case 'presence':
    case 'signal':
      return RANKS.reader;
  }
}

/** [M8] */
function isInTime(claim: ContentClaim, needs: Rank, context: ContentContext): boolean {
  const { known, current, knew } = context;
  const grounds = groundsOf(known, claim.author, needs);
  if (
    !isGrounded(grounds, current) &&
    !isVouchedFor(claim, context, ({ knownState }) => isGrounded(grounds, knownState()))
  ) {
    return false;
  }
  const unknown = (current.device(claim.author)?.revocations ?? []).filter(
    ({ by, role }) => !knew(by) && (role === undefined || rankOf(role) < needs),
  );
  const named = unknown.reduce((highest, { seq }) => Math.max(highest, seq), -1);
  if (unknown.length === 0 || claim.seq <= named) return true;
  return unknown.every(({ by }) => isVouchedFor(claim, context, (position) => !position.knew(by)));
}

/** What the author's standing rests on stands in `state`: nothing there was voided. */
function isGrounded(grounds: Supports, state: MembershipState): boolean {
  return grounds.every((group) => group.some((operation) => !state.voids.has(operation)));
}

/** A member who is active still, and not the author, held the entry under the given condition. */
function isVouchedFor(
  claim: ContentClaim,
  { known, current, held }: ContentContext,
  condition: (position: HeldPosition) => boolean,
): boolean {
  const member = known.device(claim.author)?.member;
  return held().some((position) => {
    if (position.seq < claim.seq || !current.isActiveDevice(position.author)) return false;
    return current.device(position.author)?.member !== member && condition(position);
  });
}
