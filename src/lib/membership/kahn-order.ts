/** The order of replay: parents first, and of those that are ready the one with the smallest id. */
import type { MembershipNode } from './membership-graph.ts';

export function kahnOrder<V extends { readonly node: MembershipNode }>(views: readonly V[]): readonly V[] {
  const byNode = new Map<MembershipNode, V>(views.map((view) => [view.node, view]));
  const waitsFor = new Map<V, number>();
  const followers = new Map<V, V[]>();
  const ready: V[] = [];
  for (const view of views) {
    const parents = view.node.parents.flatMap((parent) => byNode.get(parent) ?? []);
    waitsFor.set(view, parents.length);
    for (const parent of parents) followers.set(parent, [...(followers.get(parent) ?? []), view]);
    if (parents.length === 0) insert(ready, view);
  }
  const ordered: V[] = [];
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    ordered.push(next);
    for (const follower of followers.get(next) ?? []) {
      const left = (waitsFor.get(follower) ?? 0) - 1;
      waitsFor.set(follower, left);
      if (left === 0) insert(ready, follower);
    }
  }
  return ordered;
}

/** Keeps `ready` sorted with the smallest id last. */
function insert<V extends { readonly node: MembershipNode }>(ready: V[], view: V): void {
  let low = 0;
  let high = ready.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = ready[middle];
    if (other !== undefined && other.node.entry.id > view.node.entry.id) low = middle + 1;
    else high = middle;
  }
  ready.splice(low, 0, view);
}
