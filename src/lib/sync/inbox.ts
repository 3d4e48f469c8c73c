/**
 * Frames of one link, handled strictly one after the other, so that no proof is overtaken by what it allows. Envelopes
 * that stand together are offered together. Bounded: what a flood brings above the limit is dropped and costs nothing.
 */
import { INBOX_BYTES, INBOX_FRAMES, OFFER_BYTES, OFFER_ENTRIES } from './limits.ts';

const ENV_BYTE = 7;

export interface InboxHandlers {
  /** Whole ENV frames, leading byte included. */
  readonly onEnvelopes: (frames: readonly Uint8Array[]) => Promise<void>;
  readonly onFrame: (frame: Uint8Array) => Promise<void>;
}

export class Inbox {
  readonly #handlers: InboxHandlers;
  #frames: Uint8Array[] = [];
  #bytes = 0;
  #isHandling = false;

  constructor(handlers: InboxHandlers) {
    this.#handlers = handlers;
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0 && !this.#isHandling;
  }

  /** Keeps the frame, whose bytes must not change any more; false if it was dropped. */
  push(frame: Uint8Array): boolean {
    if (this.#frames.length >= INBOX_FRAMES || this.#bytes + frame.length > INBOX_BYTES) return false;
    this.#frames.push(frame);
    this.#bytes += frame.length;
    return true;
  }

  /** Handles all there is; returns at once when another call is doing so. */
  async handleAll(): Promise<void> {
    if (this.#isHandling) return;
    this.#isHandling = true;
    try {
      while (this.#frames.length > 0) {
        const batch = this.#takeBatch();
        const [first] = batch;
        if (first === undefined) return;
        if (first[0] === ENV_BYTE) await this.#handlers.onEnvelopes(batch);
        else await this.#handlers.onFrame(first);
      }
    } finally {
      this.#isHandling = false;
    }
  }

  clear(): void {
    this.#frames = [];
    this.#bytes = 0;
  }

  #takeBatch(): readonly Uint8Array[] {
    let length = 0;
    let bytes = 0;
    for (const frame of this.#frames) {
      if (length > 0 && (frame[0] !== ENV_BYTE || length >= OFFER_ENTRIES || bytes + frame.length > OFFER_BYTES)) break;
      length++;
      bytes += frame.length;
      if (frame[0] !== ENV_BYTE) break;
    }
    this.#bytes -= bytes;
    return this.#frames.splice(0, length);
  }
}
