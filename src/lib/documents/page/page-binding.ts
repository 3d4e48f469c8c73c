/**
 * Local edits into Automerge: what changed between two ProseMirror pages, written as text, marker and mark operations
 * in O(change). A marker is changed in place, key by key, so that two people may change one block's type and check box
 * at once (`updateBlock` would delete and insert it: two blocks after a merge).
 */
import { getBackend, mark, splice, splitBlock, unmark } from '@automerge/automerge/slim';
import type { Mark, Node } from 'prosemirror-model';
import type { ChangedRange } from './changed-ranges.ts';
import { blockToMarker, markToValue } from './page-marker.ts';
import type { Marker } from './page-marker.ts';
import { findKept, isHigh, isLow, isMarker, PageModel, readRegion } from './page-model.ts';
import type { Region } from './page-model.ts';
import { markExpand, PAGE_TEXT, toAutomergeValue } from './page-text.ts';
import type { PageDocument } from './page-text.ts';

const TEXT = [PAGE_TEXT];
const LONE_SURROGATE = /\p{Surrogate}/gu;

export interface PageWrite {
  readonly base: PageModel;
  readonly target: Node;
  /** In ProseMirror positions of both. */
  readonly ranges: readonly ChangedRange[];
  /** `stated`: says for each mark what it is, instead of trusting that typed text inherits it. */
  readonly marks: 'inherited' | 'stated';
}

/** Inside a change of the document that `base` shows. Afterwards it shows `target`, bar what no page can hold. */
export function writePage(draft: PageDocument, write: PageWrite): void {
  const target = new PageModel(write.target);
  // From the last to the first, so that the places of earlier ones stay as `base` has them.
  for (const range of [...wholeCharacters(write)].reverse()) writeRange(draft, write, target, range);
}

/** Automerge holds code points, ProseMirror code units: no range may begin or end within a surrogate pair. */
function wholeCharacters({ base, target, ranges }: PageWrite): readonly ChangedRange[] {
  const whole: ChangedRange[] = [];
  for (let { fromA, toA, fromB, toB } of ranges) {
    if (splitsPair(base.doc, fromA) || splitsPair(target, fromB)) {
      fromA--;
      fromB--;
    }
    if (splitsPair(base.doc, toA) || splitsPair(target, toB)) {
      toA++;
      toB++;
    }
    const last = whole.at(-1);
    if (last !== undefined && last.toA > fromA)
      whole[whole.length - 1] = { fromA: last.fromA, toA, fromB: last.fromB, toB };
    else whole.push({ fromA, toA, fromB, toB });
  }
  return whole;
}

function splitsPair(doc: Node, position: number): boolean {
  const at = doc.resolve(position);
  const before = at.nodeBefore?.text ?? '';
  return isHigh(before, before.length - 1) && isLow(at.nodeAfter?.text ?? '', 0);
}

function writeRange(draft: PageDocument, write: PageWrite, target: PageModel, range: ChangedRange): void {
  const a = readRegion(write.base, range.fromA, range.toA);
  const b = readRegion(target, range.fromB, range.toB);
  const { prefix, suffix } = findKept(a, b);
  const flat = write.base.flatOf(range.fromA);
  const shift = b.text.length - a.text.length;
  const keptAfter = a.text.length - suffix;
  updateMarkers(draft, flat, [a, b], { from: 0, to: prefix, shift: 0 });
  updateMarkers(draft, flat, [a, b], { from: keptAfter, to: a.text.length, shift });
  insertUnits(draft, flat, b, { from: prefix, to: b.text.length - suffix });
  if (keptAfter > prefix) splice(draft, TEXT, flat + b.text.length - suffix, keptAfter - prefix);
  const context = readContext(write, range, b);
  const had = (i: number): readonly Mark[] | undefined => {
    if (i >= prefix && i < b.text.length - suffix) return undefined;
    const unit = a.units[i < prefix ? i : i - shift];
    return isMarker(unit) ? undefined : unit;
  };
  const inserted = { from: prefix, to: b.text.length - suffix };
  const marker = b.units.findIndex((unit, i) => i >= prefix && isMarker(unit));
  const firstMarker = marker === -1 ? Infinity : marker;
  writeMarks(draft, { flat, region: b, had, context, inserted, firstMarker, isStated: write.marks === 'stated' });
}

function insertUnits(
  draft: PageDocument,
  flat: number,
  region: Region,
  { from, to }: { from: number; to: number },
): void {
  for (let i = from; i < to;) {
    const unit = region.units[i];
    let end = i + 1;
    if (isMarker(unit)) splitBlock(draft, TEXT, flat + i, toAutomergeValue(blockToMarker(unit)) as never);
    else {
      while (end < to && !isMarker(region.units[end])) end++;
      splice(draft, TEXT, flat + i, 0, region.text.slice(i, end).replace(LONE_SURROGATE, '\uFFFD'));
    }
    i = end;
  }
}

function updateMarkers(
  draft: PageDocument,
  flat: number,
  [a, b]: readonly [Region, Region],
  kept: { from: number; to: number; shift: number },
): void {
  for (let i = kept.from; i < kept.to; i++) {
    const before = a.units[i];
    const after = b.units[i + kept.shift];
    if (isMarker(before) && isMarker(after) && !before.sameMarkup(after)) {
      putMarker(draft, flat + i, blockToMarker(before), blockToMarker(after));
    }
  }
}

function putMarker(draft: PageDocument, index: number, before: Marker, after: Marker): void {
  const backend = getBackend(draft);
  const place = `_root/${PAGE_TEXT}/${String(index)}`;
  for (const key of Object.keys(before)) {
    if (!(key in after)) backend.delete(place, key);
  }
  for (const [key, value] of Object.entries(after)) {
    if (Object.is(before[key], value)) continue;
    if (typeof value === 'string') backend.put(place, key, value, 'str');
    else if (value !== null && typeof value === 'object')
      backend.putObjectFromHydrate(place, key, toAutomergeValue(value));
    else backend.put(place, key, value as number | boolean | null);
  }
}

/** Marks of the text around a range: right beside it, and the nearest ones beyond markers. */
interface MarkContext {
  readonly left: readonly Mark[] | undefined;
  readonly right: readonly Mark[] | undefined;
  readonly nearLeft: readonly Mark[];
  readonly nearRight: readonly Mark[];
}

function readContext({ target }: PageWrite, range: ChangedRange, region: Region): MarkContext {
  const left = target.resolve(range.fromB);
  const right = target.resolve(range.toB);
  const isText = region.units.some((unit) => !isMarker(unit));
  const leftMarks = left.depth === 1 ? left.nodeBefore?.marks : undefined;
  const rightMarks = right.depth === 1 ? right.nodeAfter?.marks : undefined;
  return {
    left: leftMarks,
    right: rightMarks,
    nearLeft: leftMarks ?? (isText ? lastMarks(target, left.index(0) - 1) : []),
    nearRight: rightMarks ?? (isText ? firstMarks(target, right.index(0) + (right.depth === 0 ? 0 : 1)) : []),
  };
}

function lastMarks(doc: Node, from: number): readonly Mark[] {
  for (let index = from; index >= 0; index--) {
    const marks = doc.child(index).lastChild?.marks;
    if (marks !== undefined) return marks;
  }
  return [];
}

function firstMarks(doc: Node, from: number): readonly Mark[] {
  for (let index = from; index < doc.childCount; index++) {
    const marks = doc.child(index).firstChild?.marks;
    if (marks !== undefined) return marks;
  }
  return [];
}

interface MarkWrite {
  readonly flat: number;
  readonly region: Region;
  /** What a kept unit bore before; undefined for an inserted one. */
  readonly had: (index: number) => readonly Mark[] | undefined;
  readonly context: MarkContext;
  readonly inserted: { readonly from: number; readonly to: number };
  /** The first marker among the inserted units: text after it stands beside no text that was there. */
  readonly firstMarker: number;
  readonly isStated: boolean;
}

type MarkValue = string | number | boolean;

function writeMarks(draft: PageDocument, write: MarkWrite): void {
  const { region, context, inserted } = write;
  const names = new Map<string, true>();
  const note = (marks: readonly Mark[]): void => {
    for (const each of marks) names.set(markToValue(each).name, true);
  };
  if (inserted.to > inserted.from) {
    note(context.nearLeft);
    note(context.nearRight);
  }
  for (let i = 0; i < region.units.length; i++) {
    const unit = region.units[i];
    if (unit === undefined || isMarker(unit)) continue;
    if (unit !== region.units[i - 1]) note(unit);
    const before = write.had(i);
    if (before !== undefined && before !== write.had(i - 1)) note(before);
  }
  for (const name of names.keys()) writeMark(draft, write, name);
}

/** One name over the whole range: a stretch of equal need is one operation. */
function writeMark(draft: PageDocument, write: MarkWrite, name: string): void {
  const { flat, region } = write;
  const inherited = inheritance(write, name);
  for (let i = 0; i < region.units.length;) {
    const need = needAt(write, name, { at: i, inherited });
    let end = i + 1;
    while (end < region.units.length && isSameNeed(need, needAt(write, name, { at: end, inherited }))) end++;
    if (need !== undefined) {
      const range = { start: flat + i, end: flat + end, expand: markExpand(name) };
      if (need.value === undefined) unmark(draft, TEXT, range, name);
      else mark(draft, TEXT, range, name, need.value);
    }
    i = end;
  }
}

interface Need {
  readonly value: MarkValue | undefined;
}

function needAt(
  write: MarkWrite,
  name: string,
  { at, inherited }: { at: number; inherited: Need | undefined },
): Need | undefined {
  const unit = write.region.units[at];
  if (unit === undefined || isMarker(unit)) return undefined;
  const wanted = valueOf(unit, name);
  const had = write.had(at);
  if (had !== undefined) return valueOf(had, name) === wanted ? undefined : { value: wanted };
  if (write.isStated) return { value: wanted };
  if (inherited !== undefined && at < write.firstMarker)
    return inherited.value === wanted ? undefined : { value: wanted };
  const { nearLeft, nearRight } = write.context;
  const isNear = [nearLeft, nearRight].some((marks) => valueOf(marks, name) !== undefined);
  return wanted !== undefined || isNear ? { value: wanted } : undefined;
}

/** What inserted text takes on by itself; undefined when that cannot be told without asking Automerge. */
function inheritance({ region, inserted, context }: MarkWrite, name: string): Need | undefined {
  const before = inserted.from > 0 ? region.units[inserted.from - 1] : context.left;
  const after = inserted.to < region.units.length ? region.units[inserted.to] : context.right;
  if (before === undefined || isMarker(before)) return undefined;
  const left = valueOf(before, name);
  if (markExpand(name) === 'after') return { value: left };
  const right = after === undefined || isMarker(after) ? undefined : valueOf(after, name);
  return { value: left === right ? left : undefined };
}

function valueOf(marks: readonly Mark[], name: string): MarkValue | undefined {
  for (const each of marks) {
    const { name: own, value } = markToValue(each);
    if (own === name) return value;
  }
  return undefined;
}

function isSameNeed(a: Need | undefined, b: Need | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.value === b.value;
}
