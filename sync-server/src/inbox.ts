/**
 * Frames of one socket on their way in, taken in their order. What cannot be taken yet is kept: until an allowance is
 * refilled, or until the signatures before it are checked. Meanwhile the socket is paused before much can gather.
 */
import type { Scheduler } from '../../src/lib/foundation/scheduler.ts';
import type { OutgoingSocket } from './outgoing.ts';

/** `spent`: an allowance is; later. `held`: what came before it is still under way. */
export type Taken = 'taken' | 'spent' | 'held';

const REFILL_MS = 50;
const MAX_HELD = 8;

export interface InboxPorts {
  readonly scheduler: Scheduler;
  readonly socket: Pick<OutgoingSocket, 'pause' | 'resume'>;
  readonly take: (frame: Uint8Array) => Taken;
}

export class Inbox {
  readonly #ports: InboxPorts;
  #kept: Uint8Array[] = [];
  #isRefilling = false;
  #isPaused = false;
  #isClosed = false;
  #isTaking = false;

  constructor(ports: InboxPorts) {
    this.#ports = ports;
  }

  receive(frame: Uint8Array): void {
    if (this.#isClosed) return;
    this.#kept.push(frame);
    if (this.#kept.length === 1) this.goOn();
    else if (this.#kept.length > MAX_HELD) this.#pause();
  }

  /** What came before is done: what was held goes on. */
  goOn(): void {
    if (!this.#isClosed && !this.#isRefilling && !this.#isTaking) this.#takeKept();
  }

  close(): void {
    this.#isClosed = true;
    this.#kept = [];
  }

  #takeKept(): void {
    for (let [next] = this.#kept; next !== undefined; [next] = this.#kept) {
      this.#isTaking = true;
      const taken = this.#ports.take(next);
      this.#isTaking = false;
      if (this.#isClosed || taken === 'held') return;
      if (taken === 'spent') {
        this.#refill();
        return;
      }
      this.#kept.shift();
    }
    if (this.#isPaused) this.#ports.socket.resume();
    this.#isPaused = false;
  }

  #refill(): void {
    this.#isRefilling = true;
    this.#pause();
    this.#ports.scheduler.after(REFILL_MS, () => {
      this.#isRefilling = false;
      this.goOn();
    });
  }

  #pause(): void {
    if (!this.#isPaused) this.#ports.socket.pause();
    this.#isPaused = true;
  }
}
