/**
 * [C2] A device that was set back to an older copy of itself does not know it. So the first write to a space,
 * also where nothing seems to have been written before, waits for a short while after the session opened, until a relay or
 * peer that is reachable has shown that it holds no more of the space than this device: what it holds is taken first, and
 * the chain does not fork.
 */
import type { SpaceId } from '../../foundation/ids.ts';
import type { Scheduler } from '../../foundation/scheduler.ts';

export interface OwnHeadsPorts {
  readonly scheduler: Scheduler;
  readonly waitMs?: number | undefined;
  /** Someone may be reached: a link stands, or a relay is being dialled. */
  readonly mayHear: () => boolean;
  /** A link has told what it holds of the space, and nothing of it is missing here. */
  readonly hasHeard: (space: SpaceId) => boolean;
}

/**
 * Whoever is not heard by then is not reachable: what a person writes is not kept waiting longer. A relay answers within a
 * fifth of it; a keystroke must be on the disk within a second and a half even in the first moments of a session.
 */
export const HEAD_WAIT_MS = 1_000;

export class OwnHeads {
  readonly #ports: OwnHeadsPorts;
  #waiting: { readonly space: SpaceId; readonly resolve: () => void }[] = [];
  #cancel: (() => void) | undefined;

  constructor(ports: OwnHeadsPorts) {
    this.#ports = ports;
  }

  /** The session opened. */
  start(): void {
    this.#cancel?.();
    const { scheduler, waitMs = HEAD_WAIT_MS } = this.#ports;
    this.#cancel = waitMs === 0 ? undefined : scheduler.after(waitMs, () => this.stop());
  }

  /** Resolves at once when there is nothing to wait for. */
  whenKnown(space: SpaceId): Promise<void> {
    if (this.#isSettled(space)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ space, resolve }));
  }

  /** Links came, went, or heard more. */
  onStatus(): void {
    if (this.#waiting.length === 0) return;
    const ready = this.#waiting.filter(({ space }) => this.#isSettled(space));
    this.#waiting = this.#waiting.filter((each) => !ready.includes(each));
    for (const { resolve } of ready) resolve();
  }

  /** Nobody waits any longer. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #isSettled(space: SpaceId): boolean {
    return this.#cancel === undefined || !this.#ports.mayHear() || this.#ports.hasHeard(space);
  }
}
