/**
 * What waits for one socket until the end of the tick. Lists are made when something waits and let go with it, never kept
 * empty: a kept list grows old, and what an old one held is garbage that only a full collection finds.
 */
import { encodeFrame } from '../../src/lib/protocol/frames.ts';
import type { Frame } from '../../src/lib/protocol/frames.ts';
import { FrameBatch } from './outgoing.ts';

type Ack = Extract<Frame, { readonly kind: 'ack' }>;

export class Outbox {
  #batches: FrameBatch[] | undefined;
  #frames: Uint8Array[] | undefined;
  #acks: Map<string, Ack> | undefined;

  get isEmpty(): boolean {
    return this.#batches === undefined && this.#frames === undefined && this.#acks === undefined;
  }

  addBatch(batch: FrameBatch): void {
    (this.#batches ??= []).push(batch);
  }

  addFrame(frame: Frame): void {
    (this.#frames ??= []).push(encodeFrame(frame));
  }

  /** Of several for one chain only the highest leaves. */
  addAck(ack: Ack): void {
    const chain = ack.space + ack.device;
    this.#acks ??= new Map();
    const held = this.#acks.get(chain);
    if (held === undefined || held.seq < ack.seq) this.#acks.set(chain, ack);
  }

  /** All that waits: batches, then frames, then acks; empties it. */
  take(): readonly FrameBatch[] {
    for (const ack of this.#acks?.values() ?? []) this.addFrame(ack);
    if (this.#frames !== undefined) this.addBatch(new FrameBatch(this.#frames));
    const batches = this.#batches ?? [];
    this.#batches = undefined;
    this.#frames = undefined;
    this.#acks = undefined;
    return batches;
  }
}
