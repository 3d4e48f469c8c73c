/** A space's membership as the rest of the program sees it: plain data. */
import type { DocumentId, MemberId, SpaceId } from '../foundation/ids.ts';
import { parseId } from '../foundation/ids.ts';
import { assert } from '../foundation/assert.ts';
import type { MembershipState } from '../membership/membership-state.ts';
import type { MemberView } from './engine.ts';

/** The kind byte of a space's index document (docs/spec/documents.md), whose id follows from the space's. */
const INDEX_KIND = '01';

export function indexOf(space: SpaceId): DocumentId {
  const id = parseId('DocumentId', `${INDEX_KIND}${space.slice(0, 30)}`);
  assert(id !== undefined, 'a space id makes an index id');
  return id;
}

export function membersView(state: MembershipState, self: MemberId): readonly MemberView[] {
  return [...state.members.values()].map((member) => ({
    member: member.id,
    name: member.card?.name ?? '',
    role: member.role,
    isSelf: member.id === self,
    isActive: member.isActive,
    devices: member.devices.flatMap((id) => {
      const device = state.device(id);
      if (device === undefined) return [];
      return [{ device: id, name: device.name, isActive: device.isActive, isRecovery: device.isRecovery }];
    }),
  }));
}
