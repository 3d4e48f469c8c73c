/** The operations of a space as plain data: who did what to whom, and whether it counts. Words are the screens' work. */
import type { EnvelopeId, MemberId } from '../../foundation/ids.ts';
import type { MembershipNode } from '../../membership/membership-graph.ts';
import type { Member, MembershipState } from '../../membership/membership-state.ts';
import type { Role } from '../../protocol/membership-op.ts';
import type { SpaceReplica } from '../space-replica.ts';
import type { Deed, HistoryLine, HistoryPage, Named, Standing } from './stewardship-calls.ts';

export function historyPage(
  replica: SpaceReplica,
  { before, limit }: { readonly before: number | undefined; readonly limit: number },
): HistoryPage {
  const nodes = replica.governance.history.graph.nodes();
  const end = Math.min(before ?? nodes.length, nodes.length);
  const start = Math.max(0, end - limit);
  const lines = nodes
    .slice(start, end)
    .reverse()
    .map((node) => lineOf(replica, node));
  return { lines, next: start === 0 ? undefined : start, total: nodes.length };
}

/** Undefined for an operation that has no place here. */
export function findLine(replica: SpaceReplica, id: EnvelopeId): HistoryLine | undefined {
  const node = replica.governance.history.graph.find(id);
  return node === undefined ? undefined : lineOf(replica, node);
}

export function findDeed(replica: SpaceReplica, id: EnvelopeId): Deed | undefined {
  const node = replica.governance.history.graph.find(id);
  return node === undefined ? undefined : deedOf(replica, node);
}

export function nameOf(replica: SpaceReplica, member: Member): Named {
  return { member: member.id, name: member.card?.name ?? '', isSelf: member.id === replica.secrets.member };
}

function lineOf(replica: SpaceReplica, node: MembershipNode): HistoryLine {
  return { ...deedOf(replica, node), standing: standingOf(replica, node.entry.id) };
}

function standingOf(replica: SpaceReplica, id: EnvelopeId): Standing {
  const ruling = replica.state.voids.get(id);
  if (ruling === undefined) return { kind: 'counts' };
  const because = ruling.by === undefined ? undefined : findDeed(replica, ruling.by);
  return { kind: 'void', reason: ruling.reason, because };
}

function deedOf(replica: SpaceReplica, node: MembershipNode): Deed {
  const { id, author, record } = node.entry;
  const { operation } = record;
  const look = lookAt(replica, node);
  const acting = look((state) => state.memberOf(author));
  return {
    id,
    deed: operation.op,
    author: operation.op === 'genesis' ? look((state) => state.member(operation.memberId)) : (acting ?? undefined),
    subject: subjectOf(replica, node),
    role: roleIn(replica, node),
    device: operation.op === 'device.add' ? operation.name : deviceNameIn(replica, node),
    count: operation.op === 'adopt' || operation.op === 'reject' ? operation.envelopes.length : 0,
    reason: operation.op === 'adopt' || operation.op === 'reject' ? operation.reason : '',
    claimedTime: replica.governance.claimedTimeOf(id),
  };
}

function subjectOf(replica: SpaceReplica, node: MembershipNode): Named | undefined {
  const { operation } = node.entry.record;
  const look = lookAt(replica, node);
  const of = (member: MemberId): Named | undefined => look((state) => state.member(member));
  switch (operation.op) {
    case 'remove':
    case 'role.set':
      return of(operation.memberId);
    case 'admit':
      // Someone whose admission came to nothing stands in no state.
      return (
        of(operation.memberId) ?? {
          member: operation.memberId,
          name: operation.claim.card.name,
          isSelf: operation.memberId === replica.secrets.member,
        }
      );
    case 'device.remove':
      return look((state) => state.memberOf(operation.device));
    default:
      return undefined;
  }
}

function roleIn(replica: SpaceReplica, node: MembershipNode): Role | undefined {
  const { operation } = node.entry.record;
  switch (operation.op) {
    case 'admit':
    case 'role.set':
    case 'invite.create':
      return operation.role;
    case 'invite.revoke':
      return replica.state.invites.get(operation.inviteId)?.role;
    default:
      return undefined;
  }
}

function deviceNameIn(replica: SpaceReplica, node: MembershipNode): string {
  const { operation } = node.entry.record;
  return operation.op === 'device.remove' ? (replica.state.device(operation.device)?.name ?? '') : '';
}

/** Who someone is now; failing that, who it was to the author of the operation. */
function lookAt(replica: SpaceReplica, node: MembershipNode) {
  return (find: (state: MembershipState) => Member | undefined): Named | undefined => {
    const now = find(replica.state);
    if (now !== undefined) return nameOf(replica, now);
    const then = replica.governance.history.findState(node.parents.map((parent) => parent.entry.id));
    const member = then === undefined ? undefined : find(then);
    return member === undefined ? undefined : nameOf(replica, member);
  };
}
