/**
 * What each device acknowledged, and when, as its chain tells: its own membership operations and its attests. A chain
 * is hash-linked, so what came before an entry is as fixed as the entry itself, on every branch of a chain that forked.
 */
import type { DeviceId, EnvelopeId } from '../foundation/ids.ts';

interface Fact {
  readonly seq: number;
  readonly heads: readonly EnvelopeId[];
  readonly isOperation: boolean;
}

export interface Acknowledged {
  /** The last own membership operation. */
  readonly previous: EnvelopeId | undefined;
  /** Heads attested since. */
  readonly attested: readonly EnvelopeId[];
}

/** A branch other than the one that the log holds, by its first entry. */
export type BranchId = EnvelopeId;
/** The branch that the log holds, by its author, or another one. */
export type ChainId = DeviceId | BranchId;

/** Where a branch leaves another one: its own entries begin at `seq`. */
export interface BranchStart {
  readonly of: ChainId;
  readonly seq: number;
}

export class OwnChains {
  readonly #facts = new Map<ChainId, Fact[]>();
  readonly #starts = new Map<ChainId, BranchStart>();

  openBranch(branch: BranchId, start: BranchStart): void {
    this.#starts.set(branch, start);
  }

  recordOperation(chain: ChainId, seq: number, id: EnvelopeId): void {
    this.#record(chain, { seq, heads: [id], isOperation: true });
  }

  recordAttest(chain: ChainId, seq: number, heads: readonly EnvelopeId[]): void {
    this.#record(chain, { seq, heads, isOperation: false });
  }

  /** What the author of `chain` had acknowledged before `seq`. */
  before(chain: ChainId, seq: number): Acknowledged {
    const attested = new Set<EnvelopeId>();
    for (let place: BranchStart | undefined = { of: chain, seq }; place !== undefined;) {
      const facts = this.#facts.get(place.of) ?? [];
      for (let i = countBefore(facts, place.seq) - 1; i >= 0; i--) {
        const fact = facts[i];
        if (fact?.isOperation === true) return { previous: fact.heads[0], attested: [...attested] };
        for (const head of fact?.heads ?? []) attested.add(head);
      }
      const start = this.#starts.get(place.of);
      place = start === undefined ? undefined : { of: start.of, seq: Math.min(start.seq, place.seq) };
    }
    return { previous: undefined, attested: [...attested] };
  }

  /** The heads that `author` announced last, by an operation of its own or by an attest. */
  latest(author: DeviceId): readonly EnvelopeId[] {
    return this.#facts.get(author)?.at(-1)?.heads ?? [];
  }

  #record(chain: ChainId, fact: Fact): void {
    const facts = this.#facts.get(chain) ?? [];
    this.#facts.set(chain, facts);
    const at = countBefore(facts, fact.seq);
    if (facts[at]?.seq !== fact.seq) facts.splice(at, 0, fact);
  }
}

/** How many facts have a lower seq. */
function countBefore(facts: readonly Fact[], seq: number): number {
  let low = 0;
  let high = facts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((facts[middle]?.seq ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
