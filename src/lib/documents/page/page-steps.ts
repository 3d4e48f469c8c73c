/**
 * The steps that lead from one model to the next, given which units changed. They disturb no more than what changed, so
 * carets and unconfirmed edits of the editors survive; the result is checked, and replaced block by block if need be.
 */
import { Slice } from 'prosemirror-model';
import type { Node } from 'prosemirror-model';
import { ReplaceStep, Transform } from 'prosemirror-transform';
import type { Step } from 'prosemirror-transform';
import type { ChangedRange } from './changed-ranges.ts';
import { findKept, isMarker, readRegion } from './page-model.ts';
import type { PageModel, Region } from './page-model.ts';

export function stepsBetween(a: PageModel, b: PageModel, ranges: readonly ChangedRange[]): readonly Step[] {
  if (a.doc.eq(b.doc)) return [];
  const fine = tryFineSteps(a, b, ranges);
  return fine ?? [replaceBlocks(a.doc, b.doc)];
}

/** The blocks that differ, as one range of positions: what stays at both ends is left out. */
export function differingBlocks(a: Node, b: Node): ChangedRange | undefined {
  const most = Math.min(a.childCount, b.childCount);
  let start = 0;
  let from = 0;
  while (start < most && a.child(start).eq(b.child(start))) from += a.child(start++).nodeSize;
  if (start === a.childCount && start === b.childCount) return undefined;
  let end = 0;
  let toA = a.content.size;
  let toB = b.content.size;
  while (end < most - start) {
    const lastA = a.child(a.childCount - 1 - end);
    if (!lastA.eq(b.child(b.childCount - 1 - end))) break;
    toA -= lastA.nodeSize;
    toB -= lastA.nodeSize;
    end++;
  }
  return { fromA: from, toA, fromB: from, toB };
}

/** The same as units, for a page whose patches could not be followed. */
export function differingUnits(a: PageModel, b: PageModel): readonly ChangedRange[] {
  const range = differingBlocks(a.doc, b.doc);
  if (range === undefined) return [];
  return [
    { fromA: a.flatOf(range.fromA), toA: a.flatOf(range.toA), fromB: b.flatOf(range.fromB), toB: b.flatOf(range.toB) },
  ];
}

function replaceBlocks(a: Node, b: Node): Step {
  const range = differingBlocks(a, b) ?? { fromA: 0, toA: a.content.size, fromB: 0, toB: b.content.size };
  return new ReplaceStep(range.fromA, range.toA, new Slice(b.slice(range.fromB, range.toB).content, 0, 0));
}

function tryFineSteps(a: PageModel, b: PageModel, ranges: readonly ChangedRange[]): readonly Step[] | undefined {
  try {
    const transform = new Transform(a.doc);
    const replacements = ranges.map((range) => keepAndReplace(transform, a, b, range));
    for (const step of replacements.reverse()) {
      if (step !== undefined) transform.step(step);
    }
    return transform.doc.eq(b.doc) ? transform.steps : undefined;
  } catch (error) {
    // Steps that do not fit are a coarser answer, not a fault: the blocks are replaced as wholes instead.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** Changes what was kept at once (no position moves) and gives the replacement of the rest. */
function keepAndReplace(transform: Transform, a: PageModel, b: PageModel, range: ChangedRange): Step | undefined {
  const regionA = readRegion(a, a.positionAfter(range.fromA), a.positionBefore(range.toA));
  const regionB = readRegion(b, b.positionAfter(range.fromB), b.positionBefore(range.toB));
  const { prefix, suffix } = findKept(regionA, regionB);
  const shift = regionB.text.length - regionA.text.length;
  const keep = (from: number, to: number, by: number): void => {
    alignMarkup(transform, a, { range, from, to, by, regionA, regionB });
  };
  keep(0, prefix, 0);
  keep(regionA.text.length - suffix, regionA.text.length, shift);
  if (prefix + suffix === regionA.text.length && shift === 0) return undefined;
  return replaceUnits(a, b, {
    fromA: range.fromA + prefix,
    toA: range.toA - suffix,
    fromB: range.fromB + prefix,
    toB: range.toB - suffix,
  });
}

interface Kept {
  readonly range: ChangedRange;
  readonly from: number;
  readonly to: number;
  readonly by: number;
  readonly regionA: Region;
  readonly regionB: Region;
}

function alignMarkup(transform: Transform, a: PageModel, { range, from, to, by, regionA, regionB }: Kept): void {
  for (let i = from; i < to;) {
    const unitA = regionA.units[i];
    const unitB = regionB.units[i + by];
    let end = i + 1;
    if (isMarker(unitA) && isMarker(unitB)) {
      if (!unitA.sameMarkup(unitB)) transform.setNodeMarkup(a.positionBefore(range.fromA + i), unitB.type, unitB.attrs);
    } else if (!isMarker(unitA) && !isMarker(unitB) && unitA !== undefined && unitB !== undefined) {
      while (end < to && regionA.units[end] === unitA && regionB.units[end + by] === unitB) end++;
      const start = a.positionBefore(range.fromA + i);
      const stop = start + end - i;
      for (const mark of unitA) if (!mark.isInSet(unitB)) transform.removeMark(start, stop, mark);
      for (const mark of unitB) if (!mark.isInSet(unitA)) transform.addMark(start, stop, mark);
    }
    i = end;
  }
}

function replaceUnits(a: PageModel, b: PageModel, units: ChangedRange): Step {
  const isHeadKept = units.fromA > 0 || a.implicit.has(0) === b.implicit.has(0);
  let fromA = isHeadKept ? a.positionAfter(units.fromA) : 0;
  let fromB = isHeadKept ? b.positionAfter(units.fromB) : 0;
  let toA = a.positionBefore(units.toA);
  let toB = b.positionBefore(units.toB);
  if (toA > fromA && toB > fromB && isAfterTextBlock(a.doc, toA) && isAfterTextBlock(b.doc, toB)) {
    toA--;
    toB--;
  }
  if (toA > fromA && toB > fromB && startsAlike(a.doc, fromA, b.doc, fromB)) {
    fromA++;
    fromB++;
  }
  return new ReplaceStep(fromA, toA, b.doc.slice(fromB, toB));
}

function isAfterTextBlock(doc: Node, position: number): boolean {
  const at = doc.resolve(position);
  return at.depth === 0 && at.nodeBefore?.isTextblock === true;
}

/** Both stand before the end of a block, or before the beginning of the same kind of block. */
function startsAlike(a: Node, fromA: number, b: Node, fromB: number): boolean {
  const atA = a.resolve(fromA);
  const atB = b.resolve(fromB);
  if (atA.depth === 1 && atB.depth === 1) return atA.nodeAfter === null && atB.nodeAfter === null;
  if (atA.depth !== 0 || atB.depth !== 0) return false;
  const next = atB.nodeAfter;
  return next !== null && next.isTextblock && atA.nodeAfter?.sameMarkup(next) === true;
}
