/**
 * What each device acknowledged, and when, as its chain tells: its own membership operations and its attests. A chain
 * is hash-linked, so what came before an entry is as fixed as the entry itself.
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

export class OwnChains {
  readonly #facts = new Map<DeviceId, Fact[]>();

  recordOperation(author: DeviceId, seq: number, id: EnvelopeId): void {
    this.#record(author, { seq, heads: [id], isOperation: true });
  }

  recordAttest(author: DeviceId, seq: number, heads: readonly EnvelopeId[]): void {
    this.#record(author, { seq, heads, isOperation: false });
  }

  /** What `author` had acknowledged before `seq`. */
  before(author: DeviceId, seq: number): Acknowledged {
    const facts = this.#facts.get(author) ?? [];
    const attested = new Set<EnvelopeId>();
    for (let i = countBefore(facts, seq) - 1; i >= 0; i--) {
      const fact = facts[i];
      if (fact?.isOperation === true) return { previous: fact.heads[0], attested: [...attested] };
      for (const head of fact?.heads ?? []) attested.add(head);
    }
    return { previous: undefined, attested: [...attested] };
  }

  /** The heads that `author` announced last, by an operation of its own or by an attest. */
  latest(author: DeviceId): readonly EnvelopeId[] {
    return this.#facts.get(author)?.at(-1)?.heads ?? [];
  }

  #record(author: DeviceId, fact: Fact): void {
    const facts = this.#facts.get(author) ?? [];
    this.#facts.set(author, facts);
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
