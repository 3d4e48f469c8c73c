/**
 * The effect of a standing operation on a state. It trusts the guard, and refuses only what replay alone can see:
 * an invitation used up meanwhile, a second person under one id, a space left without an owner [M2].
 */
import type { DeviceId, EnvelopeId } from '../foundation/ids.ts';
import { unreachable } from '../foundation/assert.ts';
import type { Cutoff, DeviceKeys, MembershipOp, Role } from '../protocol/membership-op.ts';
import { adoptInvites } from './invite-standing.ts';
import type { MembershipNode } from './membership-graph.ts';
import {
  rankOf,
  type Device,
  type Member,
  type MembershipState,
  type PathStep,
  type VoidReason,
} from './membership-state.ts';
import { FIRST_DEVICE_PATH, FOUNDER_PATH, RECOVERY_DEVICE_PATH } from './seniority.ts';

export interface Application {
  readonly node: MembershipNode;
  /** What the author knew: the source of paths. */
  readonly known: MembershipState;
  readonly lowersTo: Role | undefined;
  /** Whether the node's author knew of an operation. */
  readonly isInPast: (id: EnvelopeId) => boolean;
}

/** The state after the operation, or the reason why it is void all the same. */
export function applyOperation(state: MembershipState, application: Application): MembershipState | VoidReason {
  const next = effectOf(state, application);
  if (typeof next === 'string') return next;
  const losesLastOwner = next.ownerCount === 0 && state.ownerCount > 0;
  return losesLastOwner && application.node.entry.record.operation.op !== 'leave' ? 'last-owner' : next;
}

function effectOf(state: MembershipState, application: Application): MembershipState | VoidReason {
  const { id, author } = application.node.entry;
  const operation = application.node.entry.record.operation;
  switch (operation.op) {
    case 'genesis':
      return applyGenesis(state, operation, id);
    case 'card.set':
      return withAuthor(state, author, (member) => ({ ...member, card: operation.card }));
    case 'invite.create':
      return applyInvite(state, operation, application);
    case 'invite.revoke': {
      const invite = state.invites.get(operation.inviteId);
      if (invite === undefined) return state;
      return state.with({ invites: state.invites.set(invite.id, { ...invite, isRevoked: true }) });
    }
    case 'admit':
      return applyAdmission(state, operation, application);
    case 'remove':
      return endMembership(state, state.member(operation.memberId), { by: id, cutoffs: operation.cutoffs });
    case 'leave': {
      const cutoff = { device: author, seq: application.node.entry.seq, id };
      return endMembership(state, state.memberOf(author), { by: id, cutoffs: [cutoff] });
    }
    case 'role.set':
      return applyRole(state, operation, application);
    case 'claim.ownership':
      return withAuthor(state, author, (member) => grant(member, { by: id, role: 'owner' }, application.isInPast));
    case 'device.add':
      return applyDevice(state, operation, application);
    case 'device.rekey': {
      const device = state.device(author);
      return device === undefined
        ? state
        : state.with({ devices: state.devices.set(author, { ...device, kem: operation.kem }) });
    }
    case 'device.remove':
      return applyDeviceRemoval(state, operation.cutoff, id);
    case 'adopt':
    case 'reject': {
      const verdict = operation.op === 'adopt' ? 'adopted' : 'rejected';
      const adopter = state.memberOf(author);
      const verdicts = operation.envelopes.reduce((all, late) => all.set(late, verdict), state.verdicts);
      if (operation.op === 'reject' || adopter === undefined) return state.with({ verdicts });
      return adoptInvites(state, adopter.id, { operations: operation.envelopes, by: id }).with({ verdicts });
    }
    case 'policy.set':
      return state.with({ policy: operation.policy });
    case 'suite.upgrade':
      return state.with({ suite: Math.max(state.suite, operation.suite) });
    default:
      return unreachable(operation);
  }
}

function isUsableOwner(state: MembershipState, member: Member | undefined): boolean {
  return (
    member?.isActive === true &&
    member.role === 'owner' &&
    member.devices.some((device) => state.isActiveDevice(device))
  );
}

/** Puts a changed member and changed devices of it in place and keeps the count of owners right. */
function withMember(state: MembershipState, member: Member, devices: readonly Device[] = []): MembershipState {
  const next = state.with({
    members: state.members.set(member.id, member),
    devices: devices.reduce((all, device) => all.set(device.id, device), state.devices),
  });
  const before = isUsableOwner(state, state.member(member.id)) ? 1 : 0;
  const after = isUsableOwner(next, member) ? 1 : 0;
  return before === after ? next : next.with({ ownerCount: state.ownerCount + after - before });
}

function withAuthor(state: MembershipState, author: DeviceId, change: (member: Member) => Member): MembershipState {
  const member = state.memberOf(author);
  return member === undefined ? state : withMember(state, change(member));
}

function newDevice(member: Member, keys: DeviceKeys, isRecovery: boolean): Device {
  const path = isRecovery ? RECOVERY_DEVICE_PATH : FIRST_DEVICE_PATH;
  const { device: id, kem } = keys;
  return { id, member: member.id, kem, name: '', isRecovery, isActive: true, additions: [], path, revocations: [] };
}

function withNewMember(
  state: MembershipState,
  member: Member,
  keys: DeviceKeys,
  recovery: DeviceKeys | undefined,
): MembershipState {
  const devices = [newDevice(member, keys, false)];
  if (recovery !== undefined) devices.push(newDevice(member, recovery, true));
  return withMember(state, { ...member, devices: devices.map((device) => device.id) }, devices);
}

function applyGenesis(
  state: MembershipState,
  genesis: MembershipOp & { op: 'genesis' },
  id: EnvelopeId,
): MembershipState {
  const founder: Member = {
    id: genesis.memberId,
    role: 'owner',
    card: undefined,
    isActive: true,
    devices: [],
    path: FOUNDER_PATH,
    admissions: [id],
    grants: [{ by: id, role: 'owner' }],
    latestGrants: [],
    endedBy: undefined,
  };
  return withNewMember(state, founder, genesis.keys, genesis.recovery).with({ policy: genesis.policy });
}

function applyInvite(
  state: MembershipState,
  operation: MembershipOp & { op: 'invite.create' },
  { node, known }: Application,
): MembershipState | VoidReason {
  const creator = known.memberOf(node.entry.author);
  if (creator === undefined || state.invites.has(operation.inviteId)) return 'already-known';
  const { inviteId, invitePk, role, maxUses, expiresAt, approve } = operation;
  const invite = {
    id: inviteId,
    invitePk,
    role,
    maxUses,
    expiresAt,
    approve,
    uses: 0,
    isRevoked: false,
    keeper: creator.id,
    by: node.entry.id,
    adoptedBy: undefined,
  };
  return state.with({ invites: state.invites.set(inviteId, invite) });
}

function applyAdmission(
  state: MembershipState,
  { claim, memberId, role }: MembershipOp & { op: 'admit' },
  { node, known }: Application,
): MembershipState | VoidReason {
  const { id, author, seq } = node.entry;
  const present = state.member(memberId);
  if (present !== undefined) {
    const isSamePerson = present.devices[0] === claim.keys.device && present.role === role;
    if (!isSamePerson) return 'already-known';
    return withMember(state, { ...present, admissions: [...present.admissions, id] });
  }
  const newDevices = claim.recovery === undefined ? [claim.keys.device] : [claim.keys.device, claim.recovery.device];
  if (newDevices.some((device) => state.devices.has(device))) return 'already-known';
  const invite = state.invites.get(claim.inviteId);
  const sponsor = known.memberOf(author);
  if (invite === undefined || sponsor === undefined) return 'invite-unknown';
  if (invite.uses >= invite.maxUses) return 'invite-used';
  const admitted: Member = {
    id: memberId,
    role,
    card: claim.card,
    isActive: true,
    devices: [],
    path: [...sponsor.path, { seq, id }],
    admissions: [id],
    grants: [{ by: id, role }],
    latestGrants: [],
    endedBy: undefined,
  };
  const next = withNewMember(state, admitted, claim.keys, claim.recovery);
  return next.with({ invites: next.invites.set(invite.id, { ...invite, uses: invite.uses + 1 }) });
}

function endMembership(
  state: MembershipState,
  member: Member | undefined,
  ending: { readonly by: EnvelopeId; readonly cutoffs: readonly Cutoff[] },
): MembershipState {
  if (member === undefined) return state;
  const devices = revoked(state, member, { ...ending, role: undefined }).map((device) => ({
    ...device,
    isActive: false,
  }));
  return withMember(state, { ...member, isActive: false, endedBy: member.endedBy ?? ending.by }, devices);
}

function revoked(
  state: MembershipState,
  member: Member,
  {
    by,
    cutoffs,
    role,
  }: { readonly by: EnvelopeId; readonly cutoffs: readonly Cutoff[]; readonly role: Role | undefined },
): readonly Device[] {
  const changed: Device[] = [];
  for (const id of member.devices) {
    const device = state.device(id);
    const seq = cutoffs.find((cutoff) => cutoff.device === id)?.seq ?? -1;
    if (device !== undefined) changed.push({ ...device, revocations: [...device.revocations, { by, seq, role }] });
  }
  return changed;
}

function applyRole(
  state: MembershipState,
  operation: MembershipOp & { op: 'role.set' },
  { node, lowersTo, isInPast }: Application,
): MembershipState {
  const target = state.member(operation.memberId);
  if (target === undefined) return state;
  const by = node.entry.id;
  const changed = grant(target, { by, role: operation.role }, isInPast);
  if (lowersTo === undefined) return withMember(state, changed);
  return withMember(state, changed, revoked(state, target, { by, cutoffs: operation.cutoffs, role: lowersTo }));
}

/** Of role changes that did not know of one another the lowest holds. */
function grant(member: Member, given: { by: EnvelopeId; role: Role }, isInPast: (id: EnvelopeId) => boolean): Member {
  const latestGrants = [...member.latestGrants.filter((other) => !isInPast(other.by)), given];
  const role = latestGrants.reduce(
    (lowest, other) => (rankOf(other.role) < rankOf(lowest) ? other.role : lowest),
    given.role,
  );
  return { ...member, role, latestGrants, grants: [...member.grants, given] };
}

function applyDevice(
  state: MembershipState,
  operation: MembershipOp & { op: 'device.add' },
  { node, known }: Application,
): MembershipState | VoidReason {
  const { id, author, seq } = node.entry;
  const member = state.memberOf(author);
  const adder = known.device(author);
  if (member === undefined || adder === undefined) return 'author-not-active';
  const present = state.device(operation.keys.device);
  if (present !== undefined) {
    if (present.member !== member.id) return 'already-known';
    if (present.additions.length === 0) return state;
    return state.with({
      devices: state.devices.set(present.id, { ...present, additions: [...present.additions, id] }),
    });
  }
  const step: PathStep = { seq, id };
  const added = {
    ...newDevice(member, operation.keys, false),
    name: operation.name,
    // Its path stays the adder's: seniority is not to be had by calling a device so.
    isRecovery: operation.isRecovery === true,
    isActive: member.isActive,
    additions: [id],
    path: [...adder.path, step],
  };
  return withMember(state, { ...member, devices: [...member.devices, added.id] }, [added]);
}

function applyDeviceRemoval(state: MembershipState, cutoff: Cutoff, by: EnvelopeId): MembershipState {
  const device = state.device(cutoff.device);
  const member = device === undefined ? undefined : state.member(device.member);
  if (device === undefined || member === undefined) return state;
  const revocations = [...device.revocations, { by, seq: cutoff.seq, role: undefined }];
  return withMember(state, member, [{ ...device, isActive: false, revocations }]);
}
