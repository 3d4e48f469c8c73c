/**
 * Which ops each change has in its causal past: a vector clock per change and the op ranges of each actor. Small
 * (some numbers per change), and enough to say whether an id that a change names can exist for it [G4][G5].
 */
import { assert } from '../../foundation/assert.ts';
import type { ActorId } from '../../foundation/ids.ts';

export interface ChangeFacts {
  readonly hash: string;
  readonly actor: ActorId;
  readonly seq: number;
  readonly startOp: number;
  /** startOp − 1 when the change holds no op. */
  readonly maxOp: number;
  readonly deps: readonly string[];
}

interface Indexed {
  readonly clock: Uint32Array;
  /** Highest op counter in the change and all before it. */
  readonly maxOp: number;
}

export interface CausalPast {
  /** For each actor number, how many of its changes are in the past. */
  readonly clock: Uint32Array;
  readonly maxOp: number;
}

export class CausalIndex {
  readonly #changes = new Map<string, Indexed>();
  readonly #actors = new Map<ActorId, number>();
  /** Per actor, the op range of each seq: start at 2·(seq−1), end after it. */
  readonly #ranges: number[][] = [];

  has(hash: string): boolean {
    return this.#changes.has(hash);
  }

  get size(): number {
    return this.#changes.size;
  }

  lastSeq(actor: ActorId): number {
    const number = this.#actors.get(actor);
    return number === undefined ? 0 : (this.#ranges[number]?.length ?? 0) / 2;
  }

  /** The past of a change with these deps, all of which are known. */
  pastOf(deps: readonly string[]): CausalPast {
    const clock = new Uint32Array(this.#ranges.length);
    let maxOp = 0;
    for (const dep of deps) {
      const indexed = this.#changes.get(dep);
      assert(indexed !== undefined, 'deps are known');
      maxOp = Math.max(maxOp, indexed.maxOp);
      indexed.clock.forEach((seq, actor) => {
        if (seq > (clock[actor] ?? 0)) clock[actor] = seq;
      });
    }
    return { clock, maxOp };
  }

  add(change: ChangeFacts): void {
    if (this.#changes.has(change.hash)) return;
    const number = this.#numberOf(change.actor);
    const past = this.pastOf(change.deps);
    const clock = past.clock.length === this.#ranges.length ? past.clock : grow(past.clock, this.#ranges.length);
    clock[number] = change.seq;
    const ranges = this.#ranges[number] ?? [];
    assert(ranges.length === (change.seq - 1) * 2, 'the changes of an actor come in order');
    ranges.push(change.startOp, change.maxOp);
    this.#changes.set(change.hash, { clock, maxOp: Math.max(past.maxOp, change.maxOp) });
  }

  /** How many changes of `actor` lie in `past`. */
  seqIn(past: CausalPast, actor: ActorId): number {
    const number = this.#actors.get(actor);
    return number === undefined ? 0 : (past.clock[number] ?? 0);
  }

  /** Whether `actor` wrote an op with this counter within `past`. */
  isOpIn(past: CausalPast, actor: ActorId, counter: number): boolean {
    const number = this.#actors.get(actor);
    if (number === undefined) return false;
    const ranges = this.#ranges[number] ?? [];
    let low = 0;
    let high = (past.clock[number] ?? 0) - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (counter < (ranges[2 * middle] ?? 0)) high = middle - 1;
      else if (counter > (ranges[2 * middle + 1] ?? 0)) low = middle + 1;
      else return true;
    }
    return false;
  }

  #numberOf(actor: ActorId): number {
    const known = this.#actors.get(actor);
    if (known !== undefined) return known;
    this.#actors.set(actor, this.#ranges.length);
    this.#ranges.push([]);
    return this.#ranges.length - 1;
  }
}

function grow(clock: Uint32Array, length: number): Uint32Array {
  const larger = new Uint32Array(length);
  larger.set(clock);
  return larger;
}
