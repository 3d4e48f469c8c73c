/**
 * Two transports joined in memory, with faults: what a test or a simulation needs to try a link that loses, delays,
 * doubles and reorders frames, or is cut. Deterministic: chance and time come from outside.
 */
import type { Scheduler } from '../../foundation/scheduler.ts';
import type { Transport, TransportListener } from '../../sync/transport.ts';

export interface LinkFaults {
  /** Probabilities per frame. */
  readonly drop: number;
  readonly duplicate: number;
  /** A reordered frame is late by up to ten more delays. */
  readonly reorder: number;
  readonly delayMs: number;
}

export const NO_FAULTS: LinkFaults = { drop: 0, duplicate: 0, reorder: 0, delayMs: 1 };

export interface MemoryLinkOptions {
  readonly scheduler: Scheduler;
  /** A number in [0, 1) per call. */
  readonly chance: () => number;
  /** Asked for each frame; none by default. */
  readonly faults?: () => LinkFaults;
  /** What each end takes the other for. */
  readonly sides?: readonly [Transport['side'], Transport['side']];
  readonly binding?: Uint8Array;
  /** Sees every frame as it is sent, before any fault. */
  readonly onSend?: (frame: Uint8Array, end: 0 | 1) => void;
}

export interface MemoryLink {
  readonly ends: readonly [Transport, Transport];
  /** What is on its way is lost, and both ends close. */
  readonly cut: () => void;
}

export function createMemoryLink(options: MemoryLinkOptions): MemoryLink {
  const wire = new Wire(options);
  return { ends: [new MemoryEnd(wire, 0), new MemoryEnd(wire, 1)], cut: () => wire.cut() };
}

class Wire {
  readonly options: MemoryLinkOptions;
  readonly listeners: [TransportListener | undefined, TransportListener | undefined] = [undefined, undefined];
  readonly buffered: [number, number] = [0, 0];
  readonly #waiting: [Uint8Array[], Uint8Array[]] = [[], []];
  #isCut = false;

  constructor(options: MemoryLinkOptions) {
    this.options = options;
  }

  listen(end: 0 | 1, listener: TransportListener): void {
    this.listeners[end] = listener;
    for (const frame of this.#waiting[end].splice(0)) listener.onFrame(frame);
  }

  send(from: 0 | 1, frame: Uint8Array): void {
    if (this.#isCut) return;
    const { chance, onSend } = this.options;
    const faults = this.#faults();
    onSend?.(frame, from);
    if (faults.drop > 0 && chance() < faults.drop) return;
    this.#carry(from, frame);
    if (faults.duplicate > 0 && chance() < faults.duplicate) this.#carry(from, frame);
  }

  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    for (const listener of this.listeners) listener?.onClose();
  }

  #faults(): LinkFaults {
    return this.options.faults?.() ?? NO_FAULTS;
  }

  #carry(from: 0 | 1, frame: Uint8Array): void {
    const { chance, scheduler } = this.options;
    const faults = this.#faults();
    const isLate = faults.reorder > 0 && chance() < faults.reorder;
    const delayMs = isLate ? faults.delayMs * (1 + 10 * chance()) : faults.delayMs;
    this.buffered[from] += frame.length;
    scheduler.after(delayMs, () => {
      this.buffered[from] -= frame.length;
      if (!this.#isCut) this.#deliver(from === 0 ? 1 : 0, frame);
    });
  }

  #deliver(to: 0 | 1, frame: Uint8Array): void {
    const listener = this.listeners[to];
    if (listener === undefined) this.#waiting[to].push(frame);
    else listener.onFrame(frame);
  }
}

class MemoryEnd implements Transport {
  readonly side: Transport['side'];
  readonly binding: Uint8Array;
  readonly #wire: Wire;
  readonly #end: 0 | 1;

  constructor(wire: Wire, end: 0 | 1) {
    this.#wire = wire;
    this.#end = end;
    this.side = (wire.options.sides ?? ['peer', 'peer'])[end];
    this.binding = wire.options.binding ?? new Uint8Array(0);
  }

  send(frame: Uint8Array): void {
    this.#wire.send(this.#end, frame);
  }
  bufferedBytes(): number {
    return this.#wire.buffered[this.#end];
  }
  listen(listener: TransportListener): void {
    this.#wire.listen(this.#end, listener);
  }
  close(): void {
    this.#wire.cut();
  }
}
