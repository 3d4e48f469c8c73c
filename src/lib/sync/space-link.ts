/**
 * One space on one link [S1–S3]: tell where our chains end, learn where the other side's do, let the pump send what it
 * lacks, and keep comparing. Everything lost is healed by the next FRONTIER; everything doubled is harmless.
 */
import type { DeviceId, SpaceId } from '../foundation/ids.ts';
import type { ChainHead } from '../log/log-store.ts';
import { id16Of } from '../protocol/attest.ts';
import type { WireErrorCode } from '../protocol/frame-codes.ts';
import type { Frame } from '../protocol/frames.ts';
import type { FrontierChain } from '../protocol/sync-frames.ts';
import {
  ACK_DELAY_MS,
  FORWARD_DELAY_MS,
  FRONTIER_PAUSE_MS,
  IDLE_FRONTIER_MS,
  RESEND_AFTER_MS,
  TICK_MS,
} from './limits.ts';
import type { LinkContext } from './link-context.ts';
import { SpaceChains } from './space-chains.ts';
import { SpacePump } from './space-pump.ts';

type FrameOf<K extends Frame['kind']> = Extract<Frame, { readonly kind: K }>;

export interface SpaceLevel {
  /** Entries that the other side is known to lack, and that we lack, as of the last look. */
  readonly ahead: number;
  readonly behind: number;
  readonly isHeard: boolean;
  /** The other side was put out: what both hold of the past says nothing of now. */
  readonly isOutsider: boolean;
  /** Why the other side last refused an entry; undefined once it took one. */
  readonly refusal: WireErrorCode | undefined;
}

export class SpaceLink {
  readonly space: SpaceId;
  readonly #link: LinkContext;
  readonly #chains: SpaceChains;
  readonly #pump: SpacePump;
  readonly #announced = new Map<DeviceId, number>();
  readonly #acks = new Map<DeviceId, ChainHead>();
  #cancelAcks: (() => void) | undefined;
  #frontierSentMs = -Infinity;
  #frontierPauseMs = TICK_MS;
  #resendAfterMs = RESEND_AFTER_MS;

  constructor(space: SpaceId, link: LinkContext) {
    this.space = space;
    this.#link = link;
    this.#chains = new SpaceChains(space, link);
    this.#pump = new SpacePump(this.#chains, link);
  }

  level(): SpaceLevel {
    const { isHeard, isOutsider, refusal } = this.#chains;
    return { ...this.#chains.difference(), isHeard, isOutsider, refusal };
  }

  close(): void {
    this.#pump.close();
    this.#cancelAcks?.();
    this.#chains.forgetFlights();
  }

  pumpIfStarved(): void {
    this.#pump.startIfStarved();
  }

  async sendFrontier(): Promise<void> {
    if ((await this.#link.portionOf(this.space)) === 'nothing') return;
    this.#frontierSentMs = this.#link.clock.nowMs();
    const mine = await this.#chains.refresh();
    if (this.#pump.isClosed) return;
    const chains = [...mine]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([device, { seq, id }]): FrontierChain => ({ device, intervals: [[0, seq]], head: id16Of(id) }));
    // It says all that waiting ACKs would say.
    this.#acks.clear();
    for (const [device, { seq }] of mine) this.#announced.set(device, seq);
    this.#link.send({ kind: 'frontier', space: this.space, mode: 'full', chains });
  }

  async onFrontier({ chains, mode }: FrameOf<'frontier'>): Promise<void> {
    if (mode !== 'full') return;
    await this.#chains.refresh();
    this.#chains.learnAll(chains);
    if (this.#link.clock.nowMs() - this.#frontierSentMs >= FRONTIER_PAUSE_MS) await this.sendFrontier();
    this.#pump.start();
  }

  onAck({ device, seq, id16 }: FrameOf<'ack'>): void {
    const wasProbing = this.#chains.get(device).isProbing;
    this.noteHeld(device, seq, id16);
    if (wasProbing) this.#pump.start();
  }

  onNack({ device, code, head }: FrameOf<'nack'>): void {
    if (code === 'chain-fork') this.#chains.suspectFork(device, head?.seq ?? 0);
    else if (code === 'chain-gap') this.#chains.onGap(device, head?.seq ?? -1, head?.id16);
    else this.#chains.onRefused(device, code, head);
    this.#pump.start();
  }

  onWant({ device, ranges }: FrameOf<'want'>): void {
    this.#pump.want(device, ranges);
  }

  /** The other side sent or acknowledged this entry, so it has the chain up to there. */
  noteHeld(device: DeviceId, seq: number, id16: string): void {
    if (this.#chains.noteHeld(device, seq, id16) === 'grew') this.#resendAfterMs = RESEND_AFTER_MS;
  }

  /** Will say that the chain is durable here up to this entry, once for all that come close together. */
  acknowledge(device: DeviceId, head: ChainHead): void {
    this.#announced.set(device, Math.max(head.seq, this.#announced.get(device) ?? -1));
    if (head.seq >= (this.#acks.get(device)?.seq ?? -1)) this.#acks.set(device, head);
    this.#cancelAcks ??= this.#link.scheduler.after(ACK_DELAY_MS, () => this.#sendAcks());
  }

  /** Where a chain ends here, as far as the other side may know. */
  async headOf(device: DeviceId): Promise<ChainHead | undefined> {
    return (await this.#chains.refresh()).get(device);
  }

  noteForked(device: DeviceId): void {
    this.#chains.get(device).isForked = true;
  }

  /** New entries are in the log: own ones leave at once, others' after the other side had time to say it has them. */
  async poke(whose: 'own' | 'foreign'): Promise<void> {
    if (whose === 'own') {
      this.#pump.start();
      return;
    }
    await this.#announce();
    this.#pump.startAfter(FORWARD_DELAY_MS);
  }

  /** What the other side refused may be welcome now. */
  retry(): void {
    this.#chains.resumeAll();
    this.#pump.start();
  }

  /** [S3] */
  async tick(): Promise<void> {
    const nowMs = this.#link.clock.nowMs();
    const sinceFrontierMs = nowMs - this.#frontierSentMs;
    if (!this.#chains.isHeard) {
      if (sinceFrontierMs < this.#frontierPauseMs) return;
      this.#frontierPauseMs = Math.min(this.#frontierPauseMs * 2, IDLE_FRONTIER_MS);
      await this.sendFrontier();
      return;
    }
    const sinceProgressMs = nowMs - this.#chains.progressMs;
    if (sinceProgressMs >= this.#resendAfterMs && this.#link.transport.bufferedBytes() === 0) {
      if (this.#chains.rewindFlights()) this.#resendAfterMs = Math.min(this.#resendAfterMs * 2, IDLE_FRONTIER_MS);
    }
    const isDue = sinceFrontierMs >= IDLE_FRONTIER_MS;
    const mayAsk = sinceFrontierMs >= FRONTIER_PAUSE_MS && sinceProgressMs >= FRONTIER_PAUSE_MS;
    if (isDue || (mayAsk && (await this.#chains.lacksSomething()))) await this.sendFrontier();
    if (!this.#pump.isForwardingLater && this.#chains.hasUnsent()) this.#pump.start();
  }

  #sendAcks(): void {
    this.#cancelAcks = undefined;
    for (const [device, { seq, id }] of this.#acks)
      this.#link.send({ kind: 'ack', space: this.space, device, seq, id16: id16Of(id) });
    this.#acks.clear();
  }

  /** Says which entries of others arrived here, so that nobody sends them to us once more. */
  async #announce(): Promise<void> {
    if ((await this.#link.portionOf(this.space)) === 'nothing') return;
    const mine = await this.#chains.refresh();
    if (!this.#chains.isHeard || this.#pump.isClosed || this.#link.view.side === 'file') return;
    for (const [device, { seq, id }] of mine) {
      if (seq > (this.#announced.get(device) ?? -1)) this.acknowledge(device, { seq, id });
    }
  }
}
