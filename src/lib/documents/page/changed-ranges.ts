/**
 * Which stretches of a sequence were replaced by which, over any number of edits: A is the sequence before all of
 * them, B the one after. Ranges are sorted, disjoint, and do not touch one another.
 */
export interface ChangedRange {
  readonly fromA: number;
  readonly toA: number;
  readonly fromB: number;
  readonly toB: number;
}

export class ChangedRanges {
  #ranges: readonly ChangedRange[] = [];

  get all(): readonly ChangedRange[] {
    return this.#ranges;
  }
  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  /** Records that `[from, to)` of the present B was replaced by `size` units. */
  add(from: number, to: number, size: number): void {
    const growth = size - (to - from);
    const before = this.#ranges.filter((range) => range.toB < from);
    const after = this.#ranges.filter((range) => range.fromB > to);
    const touched = this.#ranges.slice(before.length, this.#ranges.length - after.length);
    const first = touched[0];
    const last = touched.at(-1);
    const left = before.at(-1);
    const shift = left === undefined ? 0 : left.toB - left.toA;
    const merged: ChangedRange =
      first === undefined || last === undefined
        ? { fromA: from - shift, toA: to - shift, fromB: from, toB: from + size }
        : {
            fromA: Math.min(first.fromA, first.fromA - (first.fromB - from)),
            toA: Math.max(last.toA, last.toA + (to - last.toB)),
            fromB: Math.min(first.fromB, from),
            toB: Math.max(last.toB, to) + growth,
          };
    this.#ranges = [
      ...before,
      merged,
      ...after.map((range) => ({ ...range, fromB: range.fromB + growth, toB: range.toB + growth })),
    ];
  }

  /** Where a position of B was in A; inside a replaced stretch, its start. */
  toA(position: number): number {
    return mapThrough(this.#ranges, position, ({ fromA, toA, fromB, toB }) => ({
      from: fromB,
      to: toB,
      start: fromA,
      end: toA,
    }));
  }

  /** Where a position of A stands in B; inside a replaced stretch, its end. */
  toB(position: number): number {
    return mapThrough(this.#ranges, position, ({ fromA, toA, toB }) => ({
      from: fromA,
      to: toA,
      start: toB,
      end: toB,
    }));
  }
}

interface Image {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
}

function mapThrough(
  ranges: readonly ChangedRange[],
  position: number,
  imageOf: (range: ChangedRange) => Image,
): number {
  let shift = 0;
  for (const range of ranges) {
    const { from, to, start, end } = imageOf(range);
    if (position < from) break;
    if (position < to) return start;
    shift = end - to;
  }
  return position + shift;
}
