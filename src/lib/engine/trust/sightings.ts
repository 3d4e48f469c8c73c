/** Under which identity keys the members of a space stand, and stood before: read from its own history. */
import type { IdentityKey, MemberId, SpaceId } from '../../foundation/ids.ts';
import type { MembershipEntry } from '../../membership/membership-graph.ts';
import type { MembershipState } from '../../membership/membership-state.ts';
import type { SpaceReplica } from '../space-replica.ts';

export interface Sighting {
  readonly space: SpaceId;
  readonly member: MemberId;
  readonly identity: IdentityKey;
  readonly name: string;
  /** Every key the same member stood under, the present one among them. */
  readonly earlier: readonly IdentityKey[];
}

/** The active members of a space but oneself. */
export function identitiesOf(replica: SpaceReplica): readonly Sighting[] {
  const { space, state, secrets, governance } = replica;
  const others = state.activeMembers().filter((member) => member.id !== secrets.member && member.card !== undefined);
  if (others.length === 0) return [];
  const earlier = new Map<MemberId, Set<IdentityKey>>();
  for (const { entry } of governance.history.graph.nodes()) {
    const shown = state.voids.has(entry.id) ? undefined : cardIn(entry, state);
    if (shown === undefined) continue;
    const keys = earlier.get(shown.member) ?? new Set();
    earlier.set(shown.member, keys.add(shown.identity));
  }
  return others.flatMap(({ id, card }) =>
    card === undefined
      ? []
      : [{ space, member: id, identity: card.identity, name: card.name, earlier: [...(earlier.get(id) ?? [])] }],
  );
}

function cardIn(
  { author, record }: MembershipEntry,
  state: MembershipState,
): { readonly member: MemberId; readonly identity: IdentityKey } | undefined {
  const { operation } = record;
  if (operation.op === 'admit') return { member: operation.memberId, identity: operation.claim.card.identity };
  const member = operation.op === 'card.set' ? state.memberOf(author)?.id : undefined;
  return operation.op === 'card.set' && member !== undefined
    ? { member, identity: operation.card.identity }
    : undefined;
}
