/**
 * Where concurrency ends: every operation of a region knew all that lies below it, so that what is below is settled
 * and need not be looked at again. A history without concurrency has regions of one operation [M6].
 */
import type { MembershipNode } from './membership-graph.ts';
import { maximalNodes } from './membership-graph.ts';
import type { PastSet } from './past-set.ts';

export interface Region {
  /** Heads of the settled part; empty when the region begins with the genesis. */
  readonly base: readonly MembershipNode[];
  readonly nodes: readonly MembershipNode[];
}

/** The smallest region under `heads` that contains all of `mustContain`. */
export function findRegion(heads: readonly MembershipNode[], mustContain: ReadonlySet<MembershipNode>): Region {
  const open = new Map<number, MembershipNode>(heads.map((head) => [head.index, head]));
  const nodes: MembershipNode[] = [];
  let common: PastSet | undefined;
  let outstanding = mustContain.size;
  while (open.size > 0) {
    const latest = open.get(Math.max(...open.keys()));
    if (latest === undefined) break;
    open.delete(latest.index);
    nodes.push(latest);
    if (mustContain.has(latest)) outstanding--;
    common = common === undefined ? latest.past : common.intersect(latest.past);
    for (const parent of latest.parents) open.set(parent.index, parent);
    if (outstanding === 0 && isWithin(open, common)) break;
  }
  return { base: maximalNodes([...open.values()]), nodes: nodes.reverse() };
}

function isWithin(open: ReadonlyMap<number, MembershipNode>, past: PastSet): boolean {
  for (const index of open.keys()) if (!past.has(index)) return false;
  return true;
}
