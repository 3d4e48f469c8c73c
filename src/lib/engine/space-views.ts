/** A space's membership as the rest of the program sees it: plain data. */
import type { DocumentId, MemberId, SpaceId } from '../foundation/ids.ts';
import { parseId } from '../foundation/ids.ts';
import { assert } from '../foundation/assert.ts';
import type { MembershipState } from '../membership/membership-state.ts';
import type { MemberView, SpaceSummary } from './engine.ts';
import type { Governance } from './governance.ts';
import type { SpaceSecrets } from './vault-secrets.ts';

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

export interface SpaceStanding {
  readonly secrets: SpaceSecrets;
  readonly governance: Governance;
  readonly isReady: boolean;
  readonly isRestoring: boolean;
  readonly isForked: boolean;
}

export function summaryOf({ secrets, governance, isReady, isRestoring, isForked }: SpaceStanding): SpaceSummary {
  const { space, member, device } = secrets;
  const state = governance.history.current();
  return {
    space,
    member,
    device,
    role: isRestoring || isForked ? 'reader' : (state.member(member)?.role ?? 'reader'),
    index: indexOf(space),
    isReady: isReady || isRestoring,
    ...(isRestoring ? { isRestoring } : {}),
    ...(isForked ? { isForked } : {}),
    memberCount: state.activeMembers().length,
    ...parentView(secrets, governance),
  };
}

/** While it is being joined, what the offer said. */
function parentView({ parent: offered }: SpaceSecrets, { parent, genesis }: Governance): Pick<SpaceSummary, 'parent'> {
  if (parent !== undefined) return { parent };
  return offered === undefined || genesis !== undefined ? {} : { parent: { space: offered, kind: 'private' } };
}
