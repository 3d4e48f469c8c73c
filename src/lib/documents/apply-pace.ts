/**
 * When others' changes are applied: one apply a tick, so that they cost at most a fifth of the time. While the person
 * types, the tick waits for the pause after a key: its paint is over, and the next key finds the processor free.
 */
import type { Clock } from '../foundation/clock.ts';
import type { Scheduler } from '../foundation/scheduler.ts';

const SHORTEST_TICK_MS = 100;
const SHORTEST_AFTER_KEY_MS = 50;
/** How many times its own cost an apply waits for. */
const REST = 4;
/** Who pressed a key this long ago may press the next one any moment. */
const TYPING_MS = 400;
const LONGEST_WAIT_FOR_KEY_MS = 100;

export interface ApplyPaceOptions {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly apply: () => void;
}

export class ApplyPace {
  readonly #options: ApplyPaceOptions;
  #cancel: (() => void) | undefined;
  #endMs = -Infinity;
  #costMs = 0;
  #keyMs = -Infinity;
  /** What waits comes from others. */
  #isForKey = false;

  constructor(options: ApplyPaceOptions) {
    this.#options = options;
  }

  /** There is something to apply; what this device wrote itself costs little and waits for no key. */
  request(from: 'others' | 'self'): void {
    if (from === 'others') this.#isForKey = true;
    if (this.#cancel !== undefined) return;
    const nowMs = this.#options.clock.nowMs();
    const isTyping = from === 'others' && nowMs - this.#keyMs < TYPING_MS;
    this.#start(Math.max(0, this.#restedMs(SHORTEST_TICK_MS) - nowMs) + (isTyping ? LONGEST_WAIT_FOR_KEY_MS : 0));
  }

  /** A key was taken, and is on the screen already. */
  noteKey(): void {
    this.#keyMs = this.#options.clock.nowMs();
    if (this.#isForKey && this.#cancel !== undefined && this.#keyMs >= this.#restedMs(SHORTEST_AFTER_KEY_MS))
      this.#start(0);
  }

  noteApplied(startMs: number, endMs: number): void {
    this.#endMs = endMs;
    this.#costMs = endMs - startMs;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #restedMs(shortestMs: number): number {
    return this.#endMs + Math.max(shortestMs, REST * this.#costMs);
  }

  #start(waitMs: number): void {
    this.#cancel?.();
    this.#cancel = this.#options.scheduler.after(waitMs, () => {
      this.#cancel = undefined;
      this.#isForKey = false;
      this.#options.apply();
    });
  }
}
