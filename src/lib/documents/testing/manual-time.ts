/** Time that passes only when a test says so. */
import type { Clock } from '../../foundation/clock.ts';
import type { Random } from '../../foundation/random.ts';
import type { Scheduler } from '../../foundation/scheduler.ts';

interface Planned {
  readonly atMs: number;
  readonly task: () => void;
}

export class ManualTime implements Clock, Scheduler {
  #nowMs = 1_700_000_000_000;
  #planned: Planned[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, task: () => void): () => void {
    const planned = { atMs: this.#nowMs + delayMs, task };
    this.#planned.push(planned);
    return () => {
      this.#planned = this.#planned.filter((each) => each !== planned);
    };
  }

  /** Runs everything due in the next `ms`, letting promises settle after each. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      await settle();
      const due = this.#planned.filter((each) => each.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#planned = this.#planned.filter((each) => each !== due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.task();
    }
    this.#nowMs = untilMs;
    await settle();
  }
}

/** Lets every chain of promises that waits for nothing else run to its end. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 40; i++) await Promise.resolve();
}

/** A generator that replays from its seed. */
export class SeededRandom implements Random {
  #at: number;
  constructor(seed: number) {
    this.#at = seed >>> 0 || 1;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.#next() >>> 24);
  }

  below(limit: number): number {
    return Math.floor((this.#next() / 2 ** 32) * limit);
  }

  #next(): number {
    this.#at ^= this.#at << 13;
    this.#at ^= this.#at >>> 17;
    this.#at ^= this.#at << 5;
    return this.#at >>> 0;
  }
}
