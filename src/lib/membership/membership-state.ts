/**
 * What a set of membership operations amounts to: members, devices, invitations, policy, and what was void and why.
 * States are immutable values; only `apply-operation.ts` makes new ones.
 */
import type { DeviceId, EnvelopeId, InviteId, MemberId } from '../foundation/ids.ts';
import { ROLES, type MemberCard, type Role, type SpacePolicy } from '../protocol/membership-op.ts';
import { HexMap } from './hex-map.ts';
import type { Rank } from './seniority.ts';

/** A step of seniority: smaller is more senior, the operation's id breaks ties. */
export interface PathStep {
  readonly seq: number;
  readonly id: EnvelopeId | '';
}
export type SeniorityPath = readonly PathStep[];

/** An operation that gave a member a role. */
export interface Grant {
  readonly by: EnvelopeId;
  readonly role: Role;
}

export interface Member {
  readonly id: MemberId;
  readonly role: Role;
  readonly card: MemberCard | undefined;
  readonly isActive: boolean;
  readonly devices: readonly DeviceId[];
  /** Founder []; each admission adds one step to the sponsor's path. */
  readonly path: SeniorityPath;
  /** The genesis or the admissions (the same person may be admitted twice concurrently) that this membership rests on. */
  readonly admissions: readonly EnvelopeId[];
  /** Every grant in replay order, the admission's role first. */
  readonly grants: readonly Grant[];
  /** The role changes that no other one knew of; the lowest of them holds. */
  readonly latestGrants: readonly Grant[];
  /** The removal or leave that ended the membership. */
  readonly endedBy: EnvelopeId | undefined;
}

/** Content of a device past `seq` is late for this operation, unless its author knew of it. */
export interface Revocation {
  readonly by: EnvelopeId;
  readonly seq: number;
  /** The role left after a demotion; undefined after a removal. */
  readonly role: Role | undefined;
}

export interface Device {
  readonly id: DeviceId;
  readonly member: MemberId;
  /** X-Wing public key. */
  readonly kem: Uint8Array;
  /** As its owner named it; empty for first and recovery devices. */
  readonly name: string;
  readonly isRecovery: boolean;
  readonly isActive: boolean;
  /** The device.add operations it rests on; empty for devices that came with the admission. */
  readonly additions: readonly EnvelopeId[];
  readonly path: SeniorityPath;
  /** Removals and demotions that hit it, with their cutoffs. */
  readonly revocations: readonly Revocation[];
}

export interface Invite {
  readonly id: InviteId;
  readonly invitePk: Uint8Array;
  readonly role: Role;
  readonly maxUses: number;
  readonly uses: number;
  readonly expiresAt: number;
  readonly approve: boolean;
  readonly isRevoked: boolean;
  /** The member who answers for it: its maker, or who adopted it after its maker could not any more. */
  readonly keeper: MemberId;
  /** The operation that made it. */
  readonly by: EnvelopeId;
  /** The operation by which the keeper took it over. */
  readonly adoptedBy: EnvelopeId | undefined;
}

export type VoidReason =
  /** The author was no active device in what it knew. */
  | 'author-not-active'
  | 'role-forbids'
  /** Rule M: it denies what its author had acknowledged before. */
  | 'forgot-acknowledged'
  /** Rule F: past a chain fork, and nobody else confirms this branch. */
  | 'fork-unconfirmed'
  /** Its author's admission, device or role, or the invitation used, does not stand. */
  | 'unsupported'
  /** A standing removal or demotion came concurrently. */
  | 'revoked'
  /** Rule C: the most junior revocation of a cycle. */
  | 'cycle'
  | 'already-known'
  | 'unknown-target'
  | 'invite-unknown'
  | 'invite-revoked'
  | 'invite-used'
  | 'claim-invalid'
  | 'card-invalid'
  | 'last-owner'
  | 'owner-remains'
  | 'suite-lower'
  | 'misplaced';

export interface VoidOperation {
  readonly reason: VoidReason;
  /** The operation that is the cause, where one is. */
  readonly by: EnvelopeId | undefined;
}

export type Verdict = 'adopted' | 'rejected';

interface MembershipFields {
  readonly heads: readonly EnvelopeId[];
  readonly members: HexMap<MemberId, Member>;
  readonly devices: HexMap<DeviceId, Device>;
  readonly invites: HexMap<InviteId, Invite>;
  readonly policy: SpacePolicy;
  readonly suite: number;
  readonly voids: HexMap<EnvelopeId, VoidOperation>;
  /** Late work that admins took in or turned away. */
  readonly verdicts: HexMap<EnvelopeId, Verdict>;
  /** Active owners that still have an active device. */
  readonly ownerCount: number;
}

export class MembershipState implements MembershipFields {
  readonly heads: readonly EnvelopeId[];
  readonly members: HexMap<MemberId, Member>;
  readonly devices: HexMap<DeviceId, Device>;
  readonly invites: HexMap<InviteId, Invite>;
  readonly policy: SpacePolicy;
  readonly suite: number;
  readonly voids: HexMap<EnvelopeId, VoidOperation>;
  readonly verdicts: HexMap<EnvelopeId, Verdict>;
  readonly ownerCount: number;

  private constructor(fields: MembershipFields) {
    this.heads = fields.heads;
    this.members = fields.members;
    this.devices = fields.devices;
    this.invites = fields.invites;
    this.policy = fields.policy;
    this.suite = fields.suite;
    this.voids = fields.voids;
    this.verdicts = fields.verdicts;
    this.ownerCount = fields.ownerCount;
  }

  static readonly empty = new MembershipState({
    heads: [],
    members: HexMap.empty(),
    devices: HexMap.empty(),
    invites: HexMap.empty(),
    policy: { historyFrom: 'start' },
    suite: 1,
    voids: HexMap.empty(),
    verdicts: HexMap.empty(),
    ownerCount: 0,
  });

  with(changes: Partial<MembershipFields>): MembershipState {
    return new MembershipState({
      heads: changes.heads ?? this.heads,
      members: changes.members ?? this.members,
      devices: changes.devices ?? this.devices,
      invites: changes.invites ?? this.invites,
      policy: changes.policy ?? this.policy,
      suite: changes.suite ?? this.suite,
      voids: changes.voids ?? this.voids,
      verdicts: changes.verdicts ?? this.verdicts,
      ownerCount: changes.ownerCount ?? this.ownerCount,
    });
  }

  member(id: MemberId): Member | undefined {
    return this.members.get(id);
  }

  device(id: DeviceId): Device | undefined {
    return this.devices.get(id);
  }

  /** The member a device belongs or belonged to. */
  memberOf(device: DeviceId): Member | undefined {
    const found = this.devices.get(device);
    return found === undefined ? undefined : this.members.get(found.member);
  }

  isActiveDevice(device: DeviceId): boolean {
    return this.devices.get(device)?.isActive === true;
  }

  /** The role an active device acts with; undefined for all others. */
  roleOf(device: DeviceId): Role | undefined {
    return this.isActiveDevice(device) ? this.memberOf(device)?.role : undefined;
  }

  activeMembers(): readonly Member[] {
    return [...this.members.values()].filter((member) => member.isActive);
  }

  /** Active devices, recovery devices among them, sorted by id. */
  activeDevices(): readonly Device[] {
    return [...this.devices.values()].filter((device) => device.isActive);
  }
}

export function rankOf(role: Role): Rank {
  return ROLES.indexOf(role) as Rank;
}
