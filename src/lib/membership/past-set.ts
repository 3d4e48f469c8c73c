/**
 * The causal past of one operation as a set of graph positions: everything below `base`, and the bits above it. A
 * history without concurrency needs no bits at all, so that "is in the past of" stays one comparison.
 */
export class PastSet {
  /** A multiple of 32: every position below it is in the set. */
  readonly #base: number;
  readonly #words: Uint32Array;

  private constructor(base: number, words: Uint32Array) {
    this.#base = base;
    this.#words = words;
  }

  static readonly empty = new PastSet(0, new Uint32Array(0));

  /** The union of the given sets, each together with the position it is the past of. */
  static following(parents: readonly { readonly index: number; readonly past: PastSet }[]): PastSet {
    let base = 0;
    let top = 0;
    for (const parent of parents) {
      base = Math.max(base, parent.past.#base);
      top = Math.max(top, parent.index + 1);
    }
    const words = new Uint32Array(Math.max(0, (top - base + 31) >> 5));
    for (const { index, past } of parents) {
      const shift = (base - past.#base) >> 5;
      for (let i = shift; i < past.#words.length; i++)
        words[i - shift] = (words[i - shift] ?? 0) | (past.#words[i] ?? 0);
      if (index >= base) words[(index - base) >> 5] = (words[(index - base) >> 5] ?? 0) | (1 << (index & 31));
    }
    let full = 0;
    while (full < words.length && words[full] === 0xffffffff) full++;
    return new PastSet(base + full * 32, full === 0 ? words : words.slice(full));
  }

  has(index: number): boolean {
    if (index < this.#base) return true;
    const word = this.#words[(index - this.#base) >> 5];
    return word !== undefined && (word & (1 << (index & 31))) !== 0;
  }

  /** What both sets hold. */
  intersect(other: PastSet): PastSet {
    const [low, high] = this.#base <= other.#base ? [this, other] : [other, this];
    const shift = (high.#base - low.#base) >> 5;
    const words = low.#words.slice();
    for (let i = shift; i < words.length; i++) words[i] = (words[i] ?? 0) & (high.#words[i - shift] ?? 0);
    return new PastSet(low.#base, words);
  }
}
