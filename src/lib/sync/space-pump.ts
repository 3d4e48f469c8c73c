/** Sends what the other side lacks: in causal order, within the window, and never faster than the transport drains. */
import type { DeviceId } from '../foundation/ids.ts';
import type { StoredEntry } from '../log/log-store.ts';
import { id16Of } from '../protocol/attest.ts';
import type { Interval } from '../protocol/sync-frames.ts';
import { ChainMerge, type ChainSpan } from './chain-merge.ts';
import { DRAIN_POLL_MS, HIGH_WATER_BYTES, MAX_WANTED_RANGES, READ_AHEAD_ENTRIES } from './limits.ts';
import type { LinkContext } from './link-context.ts';
import { lastServed, type Portion } from './portion.ts';
import type { SpaceChains } from './space-chains.ts';

interface Transfer {
  readonly merge: ChainMerge;
  /** `SpaceChains.revision` when it was planned. */
  readonly revision: number;
  /** Something of it was sent: worth another look at the log when it ends. */
  isFruitful: boolean;
}

export class SpacePump {
  readonly #chains: SpaceChains;
  readonly #link: LinkContext;
  readonly #cancel = new Map<'drain' | 'forward', () => void>();
  #wanted: { readonly device: DeviceId; readonly range: Interval }[] = [];
  #transfer: Transfer | undefined;
  #state: 'idle' | 'running' | 'running-again' = 'idle';
  #isStarved = false;
  #isClosed = false;

  constructor(chains: SpaceChains, link: LinkContext) {
    this.#chains = chains;
    this.#link = link;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Entries of others wait for the other side to say that it has them. */
  get isForwardingLater(): boolean {
    return this.#cancel.has('forward');
  }

  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#cancel.values()) cancel();
    this.#wanted = [];
  }

  /** Sends until the other side lacks nothing, the window is full or the transport is. */
  start(): void {
    if (!this.#chains.isHeard || this.#isClosed) return;
    if (this.#state !== 'idle') {
      this.#state = 'running-again';
      return;
    }
    this.#link.run(() => this.#runToEnd());
  }

  startIfStarved(): void {
    if (this.#isStarved && this.#link.window.room > 0) this.start();
  }

  startAfter(delayMs: number): void {
    this.#wake('forward', delayMs);
  }

  want(device: DeviceId, ranges: readonly Interval[]): void {
    for (const range of ranges) if (this.#wanted.length < MAX_WANTED_RANGES) this.#wanted.push({ device, range });
    this.start();
  }

  async #runToEnd(): Promise<void> {
    try {
      do {
        this.#state = 'running';
        await this.#serve();
      } while (this.#isAskedAgain() && !this.#isClosed);
    } finally {
      this.#state = 'idle';
    }
  }

  #isAskedAgain(): boolean {
    return this.#state === 'running-again';
  }

  async #serve(): Promise<void> {
    this.#isStarved = false;
    const within = await this.#portion();
    if (within === 'nothing' || within === 'ends') return;
    await this.#serveWanted();
    while (this.#canSend()) {
      const transfer = await this.#currentTransfer();
      if (transfer === undefined) return;
      const entries = await transfer.merge.take(Math.min(this.#link.window.room, READ_AHEAD_ENTRIES));
      const portion = await this.#portion();
      for (const entry of entries) {
        if (transfer.revision !== this.#chains.revision || entry.seq > lastServed(portion, entry.author)) continue;
        if (this.#sendNext(entry)) transfer.isFruitful = true;
      }
      if (entries.length > 0) continue;
      this.#transfer = undefined;
      if (!transfer.isFruitful) return;
    }
  }

  #canSend(): boolean {
    if (this.#isClosed) return false;
    if (this.#link.transport.bufferedBytes() >= HIGH_WATER_BYTES) {
      this.#wake('drain', DRAIN_POLL_MS);
      return false;
    }
    this.#isStarved = this.#link.window.room <= 0;
    return !this.#isStarved;
  }

  async #currentTransfer(): Promise<Transfer | undefined> {
    if (this.#transfer?.revision !== this.#chains.revision) this.#transfer = undefined;
    this.#transfer ??= await this.#plan();
    return this.#transfer;
  }

  async #plan(): Promise<Transfer | undefined> {
    const { space } = this.#chains;
    const spans: ChainSpan[] = [];
    for (const [device, { seq, governanceSeq }] of await this.#chains.refresh()) {
      if (this.#chains.isSendable(device, seq))
        spans.push({ device, fromSeq: this.#chains.get(device).sent + 1, toSeq: seq, governanceSeq });
    }
    if (spans.length === 0) return undefined;
    const merge = new ChainMerge(
      (device, fromSeq, limit) => this.#link.host.read(space, device, fromSeq, limit),
      spans,
    );
    return { merge, revision: this.#chains.revision, isFruitful: false };
  }

  #sendNext(entry: StoredEntry): boolean {
    const chain = this.#chains.get(entry.author);
    if (this.#isClosed || entry.seq !== chain.sent + 1 || !this.#chains.isSendable(entry.author, entry.seq))
      return false;
    if (entry.seq === chain.held + 1 && chain.heldId16 !== undefined && !entry.prev.startsWith(chain.heldId16)) {
      this.#chains.suspectFork(entry.author, chain.held);
      return false;
    }
    chain.launch(entry);
    this.#chains.progressMs = this.#link.clock.nowMs();
    this.#link.send({ kind: 'env', bytes: entry.bytes });
    // A file keeps all it is given, and has no voice to say so.
    if (this.#link.view.side === 'file') this.#chains.noteHeld(entry.author, entry.seq, id16Of(entry.id));
    return true;
  }

  async #serveWanted(): Promise<void> {
    while (this.#canSend()) {
      const next = this.#wanted.shift();
      if (next === undefined) return;
      const [from, to] = next.range;
      const limit = Math.min(to - from + 1, READ_AHEAD_ENTRIES);
      const entries = await this.#link.host.read(this.#chains.space, next.device, from, limit);
      const last = lastServed(await this.#portion(), next.device);
      if (this.#isClosed) return;
      for (const { seq, bytes } of entries) if (seq <= last) this.#link.send({ kind: 'env', bytes });
    }
  }

  #portion(): Promise<Portion> {
    return this.#link.portionOf(this.#chains.space);
  }

  #wake(why: 'drain' | 'forward', delayMs: number): void {
    if (this.#cancel.has(why) || this.#isClosed) return;
    const cancel = this.#link.scheduler.after(delayMs, () => {
      this.#cancel.delete(why);
      this.start();
    });
    this.#cancel.set(why, cancel);
  }
}
