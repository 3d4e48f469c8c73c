/** What is known of one chain on one link: up to where the other side holds it, and what is on its way there. */
import type { StoredEntry } from '../log/log-store.ts';
import { id16Of } from '../protocol/attest.ts';
import { MAX_REFUSED_PAUSE_MS, REFUSED_PAUSE_MS } from './limits.ts';

/** Shared by all chains of a link. */
export class SendWindow {
  #entries = 0;
  #bytes = 0;
  readonly #maxEntries: number;
  readonly #maxBytes: number;

  constructor(maxEntries: number, maxBytes: number) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  /** How many more entries may be sent now. */
  get room(): number {
    return this.#bytes >= this.#maxBytes ? 0 : this.#maxEntries - this.#entries;
  }
  open(bytes: number): void {
    this.#entries++;
    this.#bytes += bytes;
  }
  free(bytes: number): void {
    this.#entries--;
    this.#bytes -= bytes;
  }
}

interface InFlight {
  readonly seq: number;
  readonly id16: string;
  readonly bytes: number;
}

export class ChainProgress {
  readonly #window: SendWindow;
  /** The last seq the other side holds, −1 for none, and the id it named there. */
  held = -1;
  heldId16: string | undefined;
  /** The last seq sent or held; sending goes on after it. */
  sent = -1;
  /** Two entries were seen in one place: nothing more of this chain travels on this link. */
  isForked = false;
  pausedUntilMs = -Infinity;
  /** The last answer to a gap: what follows a lost entry complains once per entry. */
  rewoundTo = -2;
  rewoundMs = -Infinity;
  #pauseMs = REFUSED_PAUSE_MS;
  #isProbing = false;
  #flight: InFlight[] = [];

  constructor(window: SendWindow) {
    this.#window = window;
  }

  /** After a pause one entry goes alone, and the rest only once it was taken. */
  maySend(nowMs: number): boolean {
    return !this.isForked && this.pausedUntilMs <= nowMs && !(this.#isProbing && this.isInFlight);
  }

  get isProbing(): boolean {
    return this.#isProbing;
  }

  get isInFlight(): boolean {
    return this.#flight.length > 0;
  }

  launch(entry: StoredEntry): void {
    this.sent = entry.seq;
    this.#flight.push({ seq: entry.seq, id16: id16Of(entry.id), bytes: entry.bytes.length });
    this.#window.open(entry.bytes.length);
  }

  /** The other side holds the chain up to `seq`. Says `fork` when it names another entry than the one sent there. */
  advance(seq: number, id16: string | undefined): 'grew' | 'same' | 'fork' {
    const sent = this.#flight.find((entry) => entry.seq === seq);
    if (sent !== undefined && id16 !== undefined && sent.id16 !== id16) return 'fork';
    if (seq <= this.held) return 'same';
    this.held = seq;
    this.heldId16 = id16;
    this.sent = Math.max(this.sent, seq);
    this.resume();
    this.#land((entry) => entry.seq <= seq);
    return 'grew';
  }

  /** Whatever was sent after `seq` is taken for lost. */
  rewind(seq: number, id16: string | undefined): void {
    if (seq !== this.held || id16 !== undefined) this.heldId16 = id16;
    this.held = seq;
    this.sent = seq;
    this.#land(() => true);
  }

  /** The other side does not take this chain for now. Each entry that was on its way says so; it counts once. */
  pause(nowMs: number): void {
    if (this.pausedUntilMs > nowMs) return;
    this.#isProbing = true;
    this.pausedUntilMs = nowMs + this.#pauseMs;
    this.#pauseMs = Math.min(this.#pauseMs * 2, MAX_REFUSED_PAUSE_MS);
    this.rewind(this.held, this.heldId16);
  }

  resume(): void {
    this.#isProbing = false;
    this.pausedUntilMs = -Infinity;
    this.#pauseMs = REFUSED_PAUSE_MS;
  }

  #land(isGone: (entry: InFlight) => boolean): void {
    this.#flight = this.#flight.filter((entry) => {
      if (!isGone(entry)) return true;
      this.#window.free(entry.bytes);
      return false;
    });
  }
}
