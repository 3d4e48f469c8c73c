/**
 * Elapsed time from a wall clock that may be set at any moment [C5]: a jump back counts as nothing, a jump ahead (a
 * device that slept) as one minute, enough to make every idle timer due.
 */
import type { Clock } from '../foundation/clock.ts';

const MAX_STEP_MS = 60_000;

export class SteadyClock implements Clock {
  readonly #clock: Clock;
  #lastMs: number;
  #elapsedMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastMs = clock.nowMs();
  }

  nowMs(): number {
    const nowMs = this.#clock.nowMs();
    this.#elapsedMs += Math.min(Math.max(nowMs - this.#lastMs, 0), MAX_STEP_MS);
    this.#lastMs = nowMs;
    return this.#elapsedMs;
  }
}
