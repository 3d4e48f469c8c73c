/**
 * How long a relay may stay silent before its link is given up. Soon, so that a person in a tunnel is told; but a large
 * entry that comes over a slow network is silence too, and on a new link it would begin again. So where a silent link was
 * given up and the relay answers at once, the network was slow and not gone: the next link waits longer.
 */
import type { WireErrorCode } from '../protocol/frame-codes.ts';
import { RELAY_SILENCE_MS, SILENCE_MS } from '../sync/limits.ts';

/** Longer than the first pause before a new try and a slow handshake. */
const AT_ONCE_MS = 5_000;
/** A link that lived this long worked. */
const WORKED_AFTER_MS = 2 * SILENCE_MS;

export class RelayPatience {
  #silenceMs = RELAY_SILENCE_MS;
  #beganMs = 0;
  #gaveUpMs = -Infinity;

  /** A link begins; how long it may be silent. */
  begin(nowMs: number): number {
    if (nowMs - this.#gaveUpMs <= AT_ONCE_MS) this.#silenceMs = Math.min(SILENCE_MS, 2 * this.#silenceMs);
    this.#beganMs = nowMs;
    return this.#silenceMs;
  }

  end(nowMs: number, code: WireErrorCode | undefined): void {
    if (nowMs - this.#beganMs >= WORKED_AFTER_MS) this.#silenceMs = RELAY_SILENCE_MS;
    this.#gaveUpMs = code === 'timeout' ? nowMs : -Infinity;
  }
}
