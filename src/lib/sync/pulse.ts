/**
 * Whether the other side still answers. A socket whose network is gone looks open for minutes: who has heard nothing of a
 * relay for a while asks, and gives the link up when nothing comes back. That is counted in looks, one a tick, and not by a
 * clock: a device that slept, or was too busy to look, has missed nothing by that. Peers have no answer to being asked.
 */
import type { Clock } from '../foundation/clock.ts';
import { ASK_AFTER_MS, RELAY_SILENCE_MS, SILENCE_MS, SLOWEST_BYTES_PER_MS, TICK_MS } from './limits.ts';
import type { Transport } from './transport.ts';

export interface PulseOptions {
  readonly side: Transport['side'];
  readonly clock: Clock;
  /** How long a relay may be silent. */
  readonly patienceMs: number | undefined;
}

export class Pulse {
  readonly #options: PulseOptions;
  #heardMs: number;
  #silentMs = 0;
  #unansweredBytes = 0;

  constructor(options: PulseOptions) {
    this.#options = options;
    this.#heardMs = options.clock.nowMs();
  }

  heard(): void {
    this.#heardMs = this.#options.clock.nowMs();
    this.#silentMs = 0;
    this.#unansweredBytes = 0;
  }

  sent(bytes: number): void {
    this.#unansweredBytes += bytes;
  }

  /** Once a tick. `isAnswerDue`: a living peer would have said something. */
  look(isAnswerDue: boolean): 'calm' | 'ask' | 'gone' {
    const { side, clock, patienceMs = RELAY_SILENCE_MS } = this.#options;
    if (side !== 'relay') return isAnswerDue && clock.nowMs() - this.#heardMs >= SILENCE_MS ? 'gone' : 'calm';
    this.#silentMs += TICK_MS;
    // A slow network needs its time for what it was given.
    if (this.#silentMs >= Math.min(SILENCE_MS, patienceMs + this.#unansweredBytes / SLOWEST_BYTES_PER_MS))
      return 'gone';
    return this.#silentMs >= ASK_AFTER_MS ? 'ask' : 'calm';
  }
}
