/** Who listens to which space, and what waits for them: one batch per space and tick, built once for all its receivers. */
import type { SpaceId } from '../../src/lib/foundation/ids.ts';
import type { Metrics } from './metrics.ts';
import { FrameBatch } from './outgoing.ts';

export interface Listener {
  /** False while it is still being brought up to date: it will find what is new in the store. */
  isLive(space: SpaceId): boolean;
  queue(batch: FrameBatch): void;
}

interface Waiting {
  readonly frame: Uint8Array;
  readonly from: Listener;
}

export class Audience {
  readonly #metrics: Metrics;
  readonly #listeners = new Map<SpaceId, Set<Listener>>();
  readonly #waiting = new Map<SpaceId, Waiting[]>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  join(space: SpaceId, listener: Listener): void {
    const set = this.#listeners.get(space) ?? new Set();
    set.add(listener);
    this.#listeners.set(space, set);
  }

  leave(space: SpaceId, listener: Listener): void {
    const set = this.#listeners.get(space);
    set?.delete(listener);
    if (set?.size === 0) this.#listeners.delete(space);
  }

  of(space: SpaceId): ReadonlySet<Listener> {
    return this.#listeners.get(space) ?? new Set();
  }

  /** For everyone in the space but its sender, with the next `release`. */
  publish(space: SpaceId, frame: Uint8Array, from: Listener): void {
    const waiting = this.#waiting.get(space);
    if (waiting === undefined) this.#waiting.set(space, [{ frame, from }]);
    else waiting.push({ frame, from });
  }

  release(): void {
    for (const [space, waiting] of this.#waiting) this.#releaseTo(space, waiting);
    this.#waiting.clear();
  }

  #releaseTo(space: SpaceId, waiting: readonly Waiting[]): void {
    const [only] = waiting.length === 1 ? waiting : [];
    const senders = only === undefined ? new Set(waiting.map((each) => each.from)) : undefined;
    const whole = new FrameBatch(waiting.map((each) => each.frame));
    let deliveries = 0;
    for (const listener of this.of(space)) {
      if (listener === only?.from || !listener.isLive(space)) continue;
      const batch = senders?.has(listener) === true ? batchWithout(listener, waiting) : whole;
      if (batch.frames.length === 0) continue;
      deliveries += batch.frames.length;
      listener.queue(batch);
    }
    this.#metrics.add('deliveries', deliveries);
  }
}

function batchWithout(listener: Listener, waiting: readonly Waiting[]): FrameBatch {
  return new FrameBatch(waiting.filter((each) => each.from !== listener).map((each) => each.frame));
}
