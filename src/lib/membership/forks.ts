/**
 * Rule F: past a fork of a device's chain, an operation of that device counts only if another member acknowledged it
 * without its sibling, in an operation or in an attest. A late branch that nobody saw in time changes nothing.
 */
import type { DeviceId } from '../foundation/ids.ts';
import type { Attest, MembershipGraph, MembershipNode } from './membership-graph.ts';
import { compareIds } from './seniority.ts';
import type { MembershipState } from './membership-state.ts';

/** The operations of forked devices under `heads` that stand past a fork, each with those on the other branches. */
export function findForks(
  graph: MembershipGraph,
  heads: readonly MembershipNode[],
): ReadonlyMap<MembershipNode, readonly MembershipNode[]> {
  const forks = new Map<MembershipNode, readonly MembershipNode[]>();
  for (const device of graph.forkedDevices()) {
    const own = graph.operationsOf(device).filter((node) => isUnder(node, heads));
    for (const node of own) {
      const siblings = own.filter(
        (other) => other !== node && !isBefore(graph, node, other) && !isBefore(graph, other, node),
      );
      siblings.sort((a, b) => compareIds(a.entry.id, b.entry.id));
      if (siblings.length > 0) forks.set(node, siblings);
    }
  }
  return forks;
}

export interface Witness {
  /** The heads the witness had seen; for an operation the operation itself. */
  readonly heads: readonly MembershipNode[];
  readonly author: DeviceId;
  /** What the witness knew. */
  readonly knownState: () => MembershipState;
}

/** Those past a fork that no other member confirms. */
export function findUnconfirmed(
  forks: ReadonlyMap<MembershipNode, readonly MembershipNode[]>,
  witnesses: readonly Witness[],
): ReadonlySet<MembershipNode> {
  const unconfirmed = new Set<MembershipNode>();
  for (const [node, siblings] of forks) {
    const isConfirmed = witnesses.some((witness) => {
      if (!isUnder(node, witness.heads) || siblings.some((sibling) => isUnder(sibling, witness.heads))) return false;
      const known = witness.knownState();
      const member = known.memberOf(witness.author)?.id;
      return known.isActiveDevice(witness.author) && member !== known.memberOf(node.entry.author)?.id;
    });
    if (!isConfirmed) unconfirmed.add(node);
  }
  return unconfirmed;
}

/** The attests whose heads all lie under `heads`. */
export function attestsUnder(
  graph: MembershipGraph,
  heads: readonly MembershipNode[],
): readonly { attest: Attest; seen: readonly MembershipNode[] }[] {
  const under: { attest: Attest; seen: readonly MembershipNode[] }[] = [];
  for (const attest of graph.attests()) {
    const seen = graph.maximal(attest.heads);
    if (seen !== undefined && seen.length > 0 && seen.every((node) => isUnder(node, heads)))
      under.push({ attest, seen });
  }
  return under;
}

export function isUnder(node: MembershipNode, heads: readonly MembershipNode[]): boolean {
  return heads.some((head) => head === node || head.past.has(node.index));
}

/** Whether `earlier` precedes `later` on one branch of their author's chain. */
function isBefore(graph: MembershipGraph, earlier: MembershipNode, later: MembershipNode): boolean {
  for (let id = later.entry.previous; id !== undefined;) {
    if (id === earlier.entry.id) return true;
    id = graph.find(id)?.entry.previous;
  }
  return false;
}
