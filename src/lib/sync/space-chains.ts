/** Both sides' view of every chain of one space on one link, and what each new word of the other side changes in it. */
import type { DeviceId, SpaceId } from '../foundation/ids.ts';
import type { ChainState } from '../log/log-store.ts';
import { id16Of } from '../protocol/attest.ts';
import type { WireErrorCode } from '../protocol/frame-codes.ts';
import type { FrontierChain } from '../protocol/sync-frames.ts';
import { ChainProgress } from './chain-progress.ts';
import { RESEND_AFTER_MS, TICK_MS } from './limits.ts';
import type { LinkContext } from './link-context.ts';
import { lastServed, type Portion } from './portion.ts';

export class SpaceChains {
  readonly space: SpaceId;
  readonly #link: LinkContext;
  readonly #chains = new Map<DeviceId, ChainProgress>();
  #mine: ReadonlyMap<DeviceId, ChainState> = new Map();
  #portion: Portion = 'nothing';
  /** The other side has told where its chains end. */
  isHeard = false;
  refusal: WireErrorCode | undefined;
  /** When an entry was last sent or acknowledged. */
  progressMs = -Infinity;
  /** Counts rewinds: a transfer planned before one is void. */
  revision = 0;

  constructor(space: SpaceId, link: LinkContext) {
    this.space = space;
    this.#link = link;
  }

  get isOutsider(): boolean {
    return typeof this.#portion === 'object';
  }

  get(device: DeviceId): ChainProgress {
    let chain = this.#chains.get(device);
    if (chain === undefined) {
      chain = new ChainProgress(this.#link.window);
      this.#chains.set(device, chain);
    }
    return chain;
  }

  /** Where our chains end, as far as the other side may know [S5]. */
  async refresh(): Promise<ReadonlyMap<DeviceId, ChainState>> {
    const all = await this.#link.host.frontier(this.space);
    this.#portion = await this.#link.portionOf(this.space);
    this.#mine = this.isOutsider ? await this.#within(this.#portion, all) : all;
    return this.#mine;
  }

  difference(): { readonly ahead: number; readonly behind: number } {
    let ahead = 0;
    let behind = 0;
    for (const device of new Set([...this.#mine.keys(), ...this.#chains.keys()])) {
      const mine = this.#mine.get(device)?.seq ?? -1;
      const held = this.#chains.get(device)?.held ?? -1;
      ahead += Math.max(0, mine - held);
      behind += Math.max(0, held - mine);
    }
    return { ahead, behind };
  }

  /** The other side named entries that did not arrive. */
  async lacksSomething(): Promise<boolean> {
    const isBehind = () =>
      [...this.#chains].some(([device, chain]) => !chain.isForked && chain.held > (this.#mine.get(device)?.seq ?? -1));
    if (!isBehind()) return false;
    await this.refresh();
    return isBehind();
  }

  /** Something waits that no new event would start: a pause that ended, a flight taken for lost. */
  hasUnsent(): boolean {
    for (const [device, { seq }] of this.#mine) if (this.isSendable(device, seq)) return true;
    return false;
  }

  isSendable(device: DeviceId, mineSeq: number): boolean {
    const chain = this.get(device);
    return chain.sent < mineSeq && chain.maySend(this.#link.clock.nowMs());
  }

  learnAll(chains: readonly FrontierChain[]): void {
    const listed = new Set<DeviceId>();
    for (const { device, intervals, head } of chains) {
      listed.add(device);
      this.#learn(device, intervals.at(-1)?.[1] ?? -1, head);
    }
    for (const device of this.#chains.keys()) if (!listed.has(device)) this.#learn(device, -1, undefined);
    // Only now: the host is told of each chain on the way, and may look at the whole.
    this.isHeard = true;
  }

  noteHeld(device: DeviceId, seq: number, id16: string | undefined): 'grew' | 'same' | 'fork' {
    const outcome = this.get(device).advance(seq, id16);
    if (outcome === 'fork') this.suspectFork(device, seq);
    if (outcome !== 'grew') return outcome;
    this.progressMs = this.#link.clock.nowMs();
    this.refusal = undefined;
    this.#link.host.onHeld({ space: this.space, device, seq }, this.#link.view);
    return outcome;
  }

  /** The other side's chain ends before what we sent: go back, once per loss and not once per entry that followed it. */
  onGap(device: DeviceId, seq: number, id16: string | undefined): void {
    const chain = this.get(device);
    const nowMs = this.#link.clock.nowMs();
    if (chain.sent <= seq || (chain.rewoundTo === seq && nowMs - chain.rewoundMs < TICK_MS)) return;
    chain.rewoundTo = seq;
    chain.rewoundMs = nowMs;
    this.#rewind(chain, seq, id16);
  }

  onRefused(
    device: DeviceId,
    code: WireErrorCode,
    head: { readonly seq: number; readonly id16: string } | undefined,
  ): void {
    if (head !== undefined) this.noteHeld(device, head.seq, head.id16);
    this.refusal = code;
    this.get(device).pause(this.#link.clock.nowMs());
    this.revision++;
  }

  /** Asks for the entry in the other side's place, so that the host gets the proof; nothing more of that chain is sent. */
  suspectFork(device: DeviceId, seq: number): void {
    const chain = this.get(device);
    if (chain.isForked) return;
    chain.isForked = true;
    this.#rewind(chain, chain.held, undefined);
    // What lies past the end of the chain here would prove nothing: it would only be a gap.
    const at = Math.min(seq, Math.max(0, this.#mine.get(device)?.seq ?? seq));
    this.#link.send({ kind: 'want', space: this.space, device, ranges: [[at, at]] });
  }

  /** True if anything was on its way. */
  rewindFlights(): boolean {
    let isLost = false;
    for (const chain of this.#chains.values()) {
      if (!chain.isInFlight) continue;
      this.#rewind(chain, chain.held, chain.heldId16);
      isLost = true;
    }
    return isLost;
  }

  forgetFlights(): void {
    for (const chain of this.#chains.values()) chain.rewind(chain.held, undefined);
  }

  resumeAll(): void {
    for (const chain of this.#chains.values()) chain.resume();
  }

  async #within(portion: Portion, all: ReadonlyMap<DeviceId, ChainState>): Promise<ReadonlyMap<DeviceId, ChainState>> {
    const told = new Map<DeviceId, ChainState>();
    for (const [device, state] of all) {
      const last = lastServed(portion, device);
      const { held, heldId16 } = this.get(device);
      const entryAt = async (seq: number) =>
        (await this.#link.host.read(this.space, device, Math.min(seq, state.seq), 1))[0];
      // What it shows to hold beyond that it need not bring again and again.
      const shown = held > last && heldId16 !== undefined && held <= state.seq ? await entryAt(held) : undefined;
      const entry = shown?.id.startsWith(heldId16 ?? '') === true ? shown : last < 0 ? undefined : await entryAt(last);
      if (entry === undefined) continue;
      const { seq, id } = entry;
      told.set(device, { seq, id, governanceSeq: Math.min(seq, state.governanceSeq) });
    }
    return told;
  }

  #learn(device: DeviceId, seq: number, id16: string | undefined): void {
    const mine = this.#mine.get(device);
    const chain = this.get(device);
    if (mine?.seq === seq && id16 !== undefined && id16Of(mine.id) !== id16) {
      this.suspectFork(device, seq);
      return;
    }
    if (seq > chain.held) {
      this.noteHeld(device, seq, id16);
      return;
    }
    const isQuiet = !chain.isInFlight || this.#link.clock.nowMs() - this.progressMs >= RESEND_AFTER_MS;
    if (isQuiet && chain.sent > seq) this.#rewind(chain, seq, id16);
    else if (seq === chain.held && id16 !== undefined) chain.heldId16 = id16;
  }

  #rewind(chain: ChainProgress, seq: number, id16: string | undefined): void {
    chain.rewind(seq, id16);
    this.revision++;
  }
}
