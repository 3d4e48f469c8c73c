/** Changes to who is in a space. Each is one operation, and what it calls for: a new epoch after a removal [K3]. */
import { ZERO_ENVELOPE, type DeviceId, type MemberId } from '../foundation/ids.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import type { LogStore } from '../log/log-store.ts';
import { rankOf } from '../membership/membership-state.ts';
import type { Cutoff, MembershipOp, Role } from '../protocol/membership-op.ts';
import type { SpaceReplica } from './space-replica.ts';
import { mayLeave } from './stewardship/lawful-change.ts';

export class People {
  readonly #store: LogStore;

  constructor(store: LogStore) {
    this.#store = store;
  }

  async setRole(replica: SpaceReplica, memberId: MemberId, role: Role): Promise<Result<void>> {
    const member = replica.state.member(memberId);
    if (member?.isActive !== true) return fail('not-a-member');
    if (member.role === role) return ok(undefined);
    const isLowering = rankOf(role) < rankOf(member.role);
    const cutoffs = isLowering ? await this.#cutoffs(replica, member.devices) : [];
    return this.#change(replica, { op: 'role.set', memberId, role, cutoffs });
  }

  async remove(replica: SpaceReplica, memberId: MemberId): Promise<Result<void>> {
    const member = replica.state.member(memberId);
    if (member?.isActive !== true) return fail('not-a-member');
    if (memberId === replica.secrets.member) return this.leave(replica);
    return this.#change(replica, { op: 'remove', memberId, cutoffs: await this.#cutoffs(replica, member.devices) });
  }

  async leave(replica: SpaceReplica): Promise<Result<void>> {
    if (!mayLeave(replica)) return fail('last-owner');
    const left = await replica.writer.operate({ op: 'leave' });
    return left.ok ? ok(undefined) : left;
  }

  /** One device out; where the role makes no epoch, who may makes one before the next word. */
  async removeDevice(replica: SpaceReplica, device: DeviceId): Promise<Result<void>> {
    const [cutoff] = await this.#cutoffs(replica, [device]);
    if (cutoff === undefined || !replica.state.isActiveDevice(device)) return ok(undefined);
    const removed = await this.#change(replica, { op: 'device.remove', device, cutoff });
    return removed.ok || removed.error.code !== 'unknown-epoch' || replica.state.isActiveDevice(device)
      ? removed
      : ok(undefined);
  }

  /** The removed device must not find the next word sealed under a secret it holds. */
  async #change(replica: SpaceReplica, operation: MembershipOp): Promise<Result<void>> {
    const written = await replica.writer.operate(operation);
    return written.ok ? replica.writer.rotateIfNeeded() : written;
  }

  async #cutoffs(replica: SpaceReplica, devices: readonly DeviceId[]): Promise<readonly Cutoff[]> {
    const heads = await this.#store.heads(replica.space);
    return [...devices].sort().map((device) => {
      const head = heads.get(device);
      return { device, seq: head?.seq ?? -1, id: head?.id ?? ZERO_ENVELOPE };
    });
  }
}
