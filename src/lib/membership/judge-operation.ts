/**
 * The guard of every membership operation, judged in the operation's own causal past (docs/spec/membership.md §3):
 * whether its author could do it there, the rank it takes, and the operations it rests on.
 */
import type { DeviceId, EnvelopeId, MemberId, SpaceId } from '../foundation/ids.ts';
import { unreachable } from '../foundation/assert.ts';
import type { InviteClaim, MemberCard, MembershipOp, Role } from '../protocol/membership-op.ts';
import { isInviteStanding, rankToGovern } from './invite-standing.ts';
import { rankOf, type Member, type MembershipState, type VoidReason } from './membership-state.ts';
import { RANKS, type Rank } from './seniority.ts';

/** Signature checks, supplied from above so that this layer holds no cryptography. Pure and deterministic. */
export interface SignatureChecks {
  /** Both signatures of the claim cover all its public keys, role, invite and space [I2]. */
  verifyClaim(space: SpaceId, claim: InviteClaim, invitePk: Uint8Array): boolean;
  verifyCard(space: SpaceId, member: MemberId, card: MemberCard): boolean;
}

/** Groups of operations: of each group at least one must stand. */
export type Supports = readonly (readonly EnvelopeId[])[];

export type Judgement =
  | {
      readonly isAdmissible: true;
      readonly needs: Rank;
      readonly supports: Supports;
      readonly lowersTo: Role | undefined;
    }
  | { readonly isAdmissible: false; readonly reason: VoidReason };

export interface Attempt {
  readonly operation: MembershipOp;
  readonly author: DeviceId;
  /** What the author knew. */
  readonly state: MembershipState;
  readonly verifyClaim: (claim: InviteClaim, invitePk: Uint8Array) => boolean;
  readonly verifyCard: (member: MemberId, card: MemberCard) => boolean;
}

export function judgeOperation(attempt: Attempt): Judgement {
  const { operation, author, state } = attempt;
  if (operation.op === 'genesis') {
    if (state.members.size > 0) return { isAdmissible: false, reason: 'misplaced' };
    return { isAdmissible: true, needs: RANKS.reader, supports: [], lowersTo: undefined };
  }
  const member = state.memberOf(author);
  if (member === undefined || !state.isActiveDevice(author))
    return { isAdmissible: false, reason: 'author-not-active' };
  const objection = objectionTo(attempt, member);
  if (objection !== undefined) return { isAdmissible: false, reason: objection };
  const needs = neededRank(operation, member, state);
  if (rankOf(member.role) < needs) return { isAdmissible: false, reason: 'role-forbids' };
  return {
    isAdmissible: true,
    needs,
    supports: supportsOf(attempt, member, needs),
    lowersTo: loweredRole(operation, state),
  };
}

/** The rank the author must hold for `operation`, given what it knew. */
function neededRank(operation: MembershipOp, member: Member, state: MembershipState): Rank {
  switch (operation.op) {
    case 'invite.create':
    case 'admit':
      return rankToGovern(operation.role);
    case 'remove':
      return rankToGovern(state.member(operation.memberId)?.role ?? 'owner');
    case 'invite.revoke':
    case 'adopt':
    case 'reject':
      return RANKS.admin;
    case 'role.set':
    case 'policy.set':
    case 'suite.upgrade':
      return RANKS.owner;
    case 'device.remove':
      return state.device(operation.device)?.member === member.id ? RANKS.reader : RANKS.owner;
    case 'claim.ownership':
      return highestRank(state);
    case 'genesis':
    case 'card.set':
    case 'device.add':
    case 'device.rekey':
    case 'leave':
      return RANKS.reader;
    default:
      return unreachable(operation);
  }
}

function highestRank(state: MembershipState): Rank {
  let highest: Rank = RANKS.reader;
  for (const member of state.members.values()) {
    const canAct = member.isActive && member.devices.some((device) => state.isActiveDevice(device));
    if (canAct && rankOf(member.role) > highest) highest = rankOf(member.role);
  }
  return highest;
}

function objectionTo(attempt: Attempt, member: Member): VoidReason | undefined {
  const { operation, state } = attempt;
  switch (operation.op) {
    case 'genesis':
      return 'misplaced';
    case 'card.set':
      return attempt.verifyCard(member.id, operation.card) ? undefined : 'card-invalid';
    case 'invite.create':
      return state.invites.has(operation.inviteId)
        ? 'already-known'
        : operation.maxUses < 1
          ? 'invite-used'
          : undefined;
    case 'invite.revoke':
      return state.invites.has(operation.inviteId) ? undefined : 'invite-unknown';
    case 'admit':
      return objectionToAdmission(attempt, operation);
    case 'remove':
      return operation.memberId !== member.id && state.members.has(operation.memberId) ? undefined : 'unknown-target';
    case 'role.set':
      return state.member(operation.memberId)?.isActive === true ? undefined : 'unknown-target';
    case 'device.add':
      return state.devices.has(operation.keys.device) ? 'already-known' : undefined;
    case 'device.remove':
      return state.devices.has(operation.device) && operation.cutoff.device === operation.device
        ? undefined
        : 'unknown-target';
    case 'claim.ownership':
      return state.ownerCount > 0 ? 'owner-remains' : undefined;
    case 'suite.upgrade':
      return operation.suite > state.suite ? undefined : 'suite-lower';
    case 'device.rekey':
    case 'leave':
    case 'adopt':
    case 'reject':
    case 'policy.set':
      return undefined;
    default:
      return unreachable(operation);
  }
}

function objectionToAdmission(attempt: Attempt, admission: MembershipOp & { op: 'admit' }): VoidReason | undefined {
  const { state } = attempt;
  const { claim, memberId, role } = admission;
  const invite = state.invites.get(claim.inviteId);
  if (invite === undefined) return 'invite-unknown';
  if (!isInviteStanding(state, invite)) return 'invite-revoked';
  if (invite.uses >= invite.maxUses) return 'invite-used';
  const newDevices = claim.recovery === undefined ? [claim.keys.device] : [claim.keys.device, claim.recovery.device];
  if (state.members.has(memberId) || newDevices.some((device) => state.devices.has(device))) return 'already-known';
  const isOneDevice = claim.recovery !== undefined && claim.recovery.device === claim.keys.device;
  if (claim.memberId !== memberId || claim.role !== role || invite.role !== role || isOneDevice) return 'claim-invalid';
  return attempt.verifyClaim(claim, invite.invitePk) ? undefined : 'claim-invalid';
}

function supportsOf({ operation, author, state }: Attempt, member: Member, needs: Rank): Supports {
  const supports = groundsOf(state, author, needs);
  const invite = operation.op === 'admit' ? state.invites.get(operation.claim.inviteId) : undefined;
  if (invite === undefined) return supports;
  return [...supports, [invite.by], ...(invite.adoptedBy === undefined ? [] : [[invite.adoptedBy]])];
}

/** What `device` rests on when it acts with rank `needs`: its member's admission, its role, its own addition. */
export function groundsOf(state: MembershipState, device: DeviceId, needs: Rank): Supports {
  const member = state.memberOf(device);
  if (member === undefined) return [];
  const groups: (readonly EnvelopeId[])[] = [member.admissions];
  const additions = state.device(device)?.additions ?? [];
  if (additions.length > 0) groups.push(additions);
  if (needs === RANKS.reader) return groups;
  const sufficient: EnvelopeId[] = [];
  for (let i = member.grants.length - 1; i >= 0; i--) {
    const grant = member.grants[i];
    if (grant === undefined || rankOf(grant.role) < needs) return [...groups, sufficient];
    sufficient.push(grant.by);
  }
  return groups;
}

function loweredRole(operation: MembershipOp, state: MembershipState): Role | undefined {
  if (operation.op !== 'role.set') return undefined;
  const target = state.member(operation.memberId);
  return target !== undefined && rankOf(operation.role) < rankOf(target.role) ? operation.role : undefined;
}
