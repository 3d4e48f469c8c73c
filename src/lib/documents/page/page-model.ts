/**
 * A ProseMirror page together with the places its blocks have in the Automerge text. A unit of that text is a UTF-16
 * code unit or a block marker; a block without a marker (`implicit`) holds text before the first marker or after an
 * atom.
 */
import type { Mark, Node } from 'prosemirror-model';

/** A stretch of units: what `text` shows as U+FFFC at a place where `units` has a block is that block's marker. */
export interface Region {
  readonly text: string;
  readonly units: readonly (readonly Mark[] | Node)[];
}

interface Place {
  readonly pm: number;
  readonly flat: number;
}

const NONE: ReadonlySet<number> = new Set();

export class PageModel {
  readonly doc: Node;
  readonly implicit: ReadonlySet<number>;
  #places: readonly Place[] | undefined;

  constructor(doc: Node, implicit: ReadonlySet<number> = NONE) {
    this.doc = doc;
    this.implicit = implicit;
  }

  /** Units before the ProseMirror position. */
  flatOf(position: number): number {
    const index = this.#blockAt((place) => place.pm <= position);
    const place = this.#place(index);
    const block = this.doc.child(index);
    const inside = position - place.pm;
    if (inside === 0) return place.flat;
    return place.flat + (block.isAtom ? 1 : this.#markerSize(index) + Math.min(inside - 1, block.content.size));
  }

  /** The ProseMirror position right after unit `flat - 1`. */
  positionAfter(flat: number): number {
    if (flat === 0) return this.implicit.has(0) ? 1 : 0;
    const index = this.#blockAt((place) => place.flat < flat);
    return this.#inside(index, flat);
  }

  /** The ProseMirror position right before unit `flat`. */
  positionBefore(flat: number): number {
    const index = this.#blockAt((place) => place.flat <= flat);
    const place = this.#place(index);
    const block = this.doc.child(index);
    const size = this.#markerSize(index);
    if (flat === place.flat && size === 1) return place.pm;
    if (flat >= place.flat + size + block.content.size) return this.doc.content.size;
    return this.#inside(index, flat);
  }

  #inside(index: number, flat: number): number {
    const place = this.#place(index);
    return place.pm + 1 + (flat - place.flat) - this.#markerSize(index);
  }

  #markerSize(index: number): number {
    return this.implicit.has(index) ? 0 : 1;
  }

  #place(index: number): Place {
    return this.#allPlaces()[index] ?? { pm: 0, flat: 0 };
  }

  /** The last block whose place satisfies a claim that holds up to some block and not after it. */
  #blockAt(holds: (place: Place) => boolean): number {
    const places = this.#allPlaces();
    let low = 0;
    let high = places.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (holds(this.#place(middle))) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #allPlaces(): readonly Place[] {
    if (this.#places !== undefined) return this.#places;
    const places: Place[] = [];
    let pm = 0;
    let flat = 0;
    this.doc.forEach((block, _offset, index) => {
      places.push({ pm, flat });
      pm += block.nodeSize;
      flat += this.#markerSize(index) + block.content.size;
    });
    this.#places = places;
    return places;
  }
}

/** The units between two positions; the opening of a block counts as its marker unless the block is implicit. */
export function readRegion(model: PageModel, from: number, to: number): Region {
  let text = '';
  const units: (readonly Mark[] | Node)[] = [];
  const take = (piece: string, unit: readonly Mark[] | Node): void => {
    text += piece;
    for (let i = 0; i < piece.length; i++) units.push(unit);
  };
  const start = from >= model.doc.content.size ? model.doc.childCount : model.doc.resolve(from).index(0);
  let offset = from >= model.doc.content.size ? from : model.doc.resolve(from).posAtIndex(start, 0);
  for (let index = start; index < model.doc.childCount && offset < to; index++) {
    const block = model.doc.child(index);
    if (offset >= from && !model.implicit.has(index)) take('\uFFFC', block);
    const inner = offset + 1;
    block.forEach((child, at) => {
      const low = Math.max(0, from - inner - at);
      const high = Math.min(child.nodeSize, to - inner - at);
      if (low < high) take(child.isText ? (child.text ?? '').slice(low, high) : '\n', child.marks);
    });
    offset += block.nodeSize;
  }
  return { text, units };
}

export function isMarker(unit: readonly Mark[] | Node | undefined): unit is Node {
  return unit !== undefined && !Array.isArray(unit);
}

/** How many units at the start and end of two regions stay: same text, and markers of the same class at the same places. */
export function findKept(a: Region, b: Region): { readonly prefix: number; readonly suffix: number } {
  const most = Math.min(a.text.length, b.text.length);
  let prefix = 0;
  while (prefix < most && isSameUnit(a, prefix, b, prefix)) prefix++;
  if (prefix < Math.max(a.text.length, b.text.length) && isHigh(a.text, prefix - 1)) prefix--;
  let suffix = 0;
  while (suffix < most - prefix && isSameUnit(a, a.text.length - 1 - suffix, b, b.text.length - 1 - suffix)) suffix++;
  if (suffix > 0 && isLow(a.text, a.text.length - suffix)) suffix--;
  return { prefix, suffix };
}

export function isHigh(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800;
}

export function isLow(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00;
}

function isSameUnit(a: Region, i: number, b: Region, j: number): boolean {
  if (a.text.charCodeAt(i) !== b.text.charCodeAt(j)) return false;
  const unitA = a.units[i];
  const unitB = b.units[j];
  if (isMarker(unitA)) return isMarker(unitB) && unitA.isAtom === unitB.isAtom;
  return !isMarker(unitB);
}
