/**
 * Whether an invitation may still be used: it lives as long as the one who answers for it may make it. Who is removed,
 * leaves or is demoted leaves no open door behind; another member who may make it can take it over with `adopt`, which
 * names the operation that made it. An operation that did not know of the removal is judged by what it knew.
 */
import type { EnvelopeId, MemberId } from '../foundation/ids.ts';
import type { Role } from '../protocol/membership-op.ts';
import { rankOf, type Invite, type MembershipState } from './membership-state.ts';
import { RANKS, type Rank } from './seniority.ts';

/** Admins govern up to editors, owners everyone. */
export function rankToGovern(role: Role): Rank {
  return rankOf(role) <= RANKS.editor ? RANKS.admin : RANKS.owner;
}

export function isInviteStanding(state: MembershipState, invite: Invite): boolean {
  return !invite.isRevoked && mayInvite(state, invite.keeper, invite.role);
}

/** The state in which `adopter` answers for those invitations among `operations` that nobody answers for any more. */
export function adoptInvites(
  state: MembershipState,
  adopter: MemberId,
  { operations, by }: { readonly operations: readonly EnvelopeId[]; readonly by: EnvelopeId },
): MembershipState {
  const named = new Set(operations);
  let invites = state.invites;
  for (const invite of state.invites.values()) {
    if (!named.has(invite.by) || mayInvite(state, invite.keeper, invite.role)) continue;
    if (mayInvite(state, adopter, invite.role))
      invites = invites.set(invite.id, { ...invite, keeper: adopter, adoptedBy: by });
  }
  return invites === state.invites ? state : state.with({ invites });
}

function mayInvite(state: MembershipState, id: MemberId, role: Role): boolean {
  const member = state.member(id);
  return member?.isActive === true && rankOf(member.role) >= rankToGovern(role);
}
