/** How one page becomes another, touching only the blocks that differ and of those only what differs inside. */
import type { Node } from 'prosemirror-model';
import type { ChangedRange } from '../page/changed-ranges.ts';
import type { PageModel } from '../page/page-model.ts';
import { stepsBetween } from '../page/page-steps.ts';

/** Above this many comparisons the differing stretch is taken as one. */
const MAX_COMPARISONS = 4_000_000;

interface Stretch {
  readonly fromA: number;
  readonly toA: number;
  readonly fromB: number;
  readonly toB: number;
}

/** Steps as JSON, in order. */
export function stepsToward(a: PageModel, b: PageModel): readonly unknown[] {
  const ranges = differingStretches(a.doc.children, b.doc.children).map((stretch): ChangedRange => {
    const [fromA, toA] = [positionOf(a.doc, stretch.fromA), positionOf(a.doc, stretch.toA)];
    const [fromB, toB] = [positionOf(b.doc, stretch.fromB), positionOf(b.doc, stretch.toB)];
    return { fromA: a.flatOf(fromA), toA: a.flatOf(toA), fromB: b.flatOf(fromB), toB: b.flatOf(toB) };
  });
  return stepsBetween(a, b, ranges).map((step) => step.toJSON() as unknown);
}

function positionOf(doc: Node, block: number): number {
  let position = 0;
  for (let i = 0; i < block; i++) position += doc.child(i).nodeSize;
  return position;
}

/** As block numbers: what stands between the longest row of equal blocks; one for one where as many stand on both sides. */
export function differingStretches(a: readonly Node[], b: readonly Node[]): readonly Stretch[] {
  const stretches: Stretch[] = [];
  const note = (fromA: number, toA: number, fromB: number, toB: number): void => {
    if (toA - fromA !== toB - fromB) stretches.push({ fromA, toA, fromB, toB });
    else
      for (let i = 0; fromA + i < toA; i++) {
        const one = { fromA: fromA + i, toA: fromA + i + 1, fromB: fromB + i, toB: fromB + i + 1 };
        stretches.push(one);
      }
  };
  let [atA, atB] = [0, 0];
  for (const [i, j] of commonBlocks(a, b)) {
    if (i > atA || j > atB) note(atA, i, atB, j);
    [atA, atB] = [i + 1, j + 1];
  }
  if (a.length > atA || b.length > atB) note(atA, a.length, atB, b.length);
  return stretches;
}

/** A longest common subsequence of blocks, as pairs of numbers. */
function commonBlocks(a: readonly Node[], b: readonly Node[]): readonly (readonly [number, number])[] {
  const keysA = a.map((block) => JSON.stringify(block));
  const keysB = b.map((block) => JSON.stringify(block));
  let start = 0;
  while (start < Math.min(a.length, b.length) && keysA[start] === keysB[start]) start++;
  let end = 0;
  const most = Math.min(a.length, b.length) - start;
  while (end < most && keysA[a.length - 1 - end] === keysB[b.length - 1 - end]) end++;
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0; i < start; i++) pairs.push([i, i]);
  const [rows, columns] = [a.length - start - end, b.length - start - end];
  if (rows * columns <= MAX_COMPARISONS) {
    const middle = longestRow(keysA.slice(start, start + rows), keysB.slice(start, start + columns));
    pairs.push(...middle.map(([i, j]) => [start + i, start + j] as const));
  }
  for (let i = end; i > 0; i--) pairs.push([a.length - i, b.length - i]);
  return pairs;
}

function longestRow(a: readonly string[], b: readonly string[]): readonly (readonly [number, number])[] {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}
