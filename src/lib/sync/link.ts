/** One link: its handshake, its spaces, its inbox and its clock, joined. */
import { bytesToHex } from '../foundation/bytes.ts';
import type { SpaceId } from '../foundation/ids.ts';
import { EnvironmentError } from '../foundation/result.ts';
import { wireErrorCode, type WireErrorCode } from '../protocol/frame-codes.ts';
import { decodeFrame, encodeFrame, type Frame } from '../protocol/frames.ts';
import { SendWindow } from './chain-progress.ts';
import { EphemeralGate } from './ephemeral-gate.ts';
import { Handshake } from './handshake.ts';
import { Inbox } from './inbox.ts';
import type { LinkContext } from './link-context.ts';
import { statusOfSpace } from './link-status.ts';
import { MAX_STRIKES, TICK_MS, WINDOW_BYTES, WINDOW_ENTRIES } from './limits.ts';
import { EnvelopeIntake, headerOf } from './envelope-intake.ts';
import { Pulse } from './pulse.ts';
import { RunningWork } from './running-work.ts';
import { SpaceLink } from './space-link.ts';
import { SteadyClock } from './steady-clock.ts';
import type { Portion } from './portion.ts';
import type { LinkView } from './sync-host.ts';
import type { LinkStatus, PokeReason, Reconciler, ReconcilerOptions } from './reconciler.ts';

export class Link implements Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #clock: SteadyClock;
  readonly #view: LinkView;
  readonly #context: LinkContext;
  readonly #handshake: Handshake;
  readonly #inbox: Inbox;
  readonly #intake: EnvelopeIntake;
  readonly #ephemeral: EphemeralGate;
  readonly #pulse: Pulse;
  readonly #spaces = new Map<SpaceId, SpaceLink>();
  readonly #work = new RunningWork((error) => this.#fail(error));
  #isClosed = false;
  #cancelTick: (() => void) | undefined;
  #strikes = 0;

  constructor(options: ReconcilerOptions) {
    const { transport, host, proof, random, scheduler } = options;
    this.#options = options;
    this.#clock = new SteadyClock(options.clock);
    this.#view = { side: transport.side };
    this.#pulse = new Pulse({ side: transport.side, clock: this.#clock, patienceMs: options.relaySilenceMs });
    this.#ephemeral = new EphemeralGate({ clock: this.#clock, scheduler });
    const isFile = transport.side === 'file';
    this.#context = {
      transport,
      host,
      view: this.#view,
      clock: this.#clock,
      scheduler,
      window: isFile ? new SendWindow(Infinity, Infinity) : new SendWindow(WINDOW_ENTRIES, WINDOW_BYTES),
      send: (frame) => this.send(frame),
      portionOf: (space) => this.#portionOf(space),
      run: (work) => this.#run(work),
    };
    this.#handshake = new Handshake({
      transport,
      proof,
      random,
      send: (frame) => this.send(frame),
      onShared: (space) => this.#onShared(space),
      onReset: () => this.#dropSpaces(() => true),
      onRefused: (code) => this.close(code),
    });
    this.#intake = new EnvelopeIntake(this.#context, {
      isShared: (space) => this.#handshake.isShared(space),
      linkOf: (space) => this.#sharedLink(space),
    });
    this.#inbox = new Inbox({
      onEnvelopes: async (frames) => {
        this.#strike(await this.#intake.take(frames));
        this.#options.onStatus?.();
      },
      onFrame: (frame) => this.#onFrameBytes(frame),
    });
    transport.listen({
      onFrame: (frame) => this.#receive(frame),
      onClose: () => this.#finish({ code: 'transport-closed' }),
    });
    this.#handshake.greet();
    this.poke(undefined, 'access');
    if (!isFile) this.#scheduleTick();
  }

  poke(space: SpaceId | undefined, reason: PokeReason): void {
    if (this.#isClosed) return;
    this.#run(async () => {
      if (reason === 'access') {
        await this.#lookAtSpaces();
        return;
      }
      for (const link of this.#spaces.values())
        if (space === undefined || link.space === space) await link.poke(reason);
    });
  }

  sendEphemeral(bytes: Uint8Array): void {
    const header = headerOf(bytes);
    if (header === undefined || !this.#handshake.isShared(header.space)) return;
    this.#run(async () => {
      if ((await this.#portionOf(header.space)) !== 'all') return;
      this.#ephemeral.release(header, bytes, (latest) => this.send({ kind: 'eph', bytes: latest }));
    });
  }

  send(frame: Frame): void {
    if (this.#isClosed) return;
    const bytes = encodeFrame(frame);
    this.#pulse.sent(bytes.length);
    this.#options.transport.send(bytes);
  }

  compareNow(): void {
    this.#run(async () => {
      for (const link of this.#spaces.values()) await link.sendFrontier();
    });
  }

  status(): LinkStatus {
    const phase = this.#isClosed ? 'closed' : this.#handshake.isOpen ? 'open' : 'greeting';
    return {
      phase,
      spaces: this.#handshake
        .spaces()
        .map((space) => statusOfSpace(space, this.#spaces.get(space), this.#handshake.refusalOf(space))),
    };
  }

  settled(): Promise<void> {
    return this.#work.settled();
  }

  close(code?: WireErrorCode): void {
    if (this.#isClosed) return;
    if (code !== undefined) this.send({ kind: 'bye', code });
    this.#finish({ code });
    this.#options.transport.close();
  }

  #receive(frame: Uint8Array): void {
    if (this.#isClosed) return;
    this.#pulse.heard();
    if (this.#inbox.push(frame)) this.#run(() => this.#inbox.handleAll());
  }

  async #onFrameBytes(bytes: Uint8Array): Promise<void> {
    if (this.#isClosed) return;
    const decoded = decodeFrame(bytes);
    if (!decoded.ok) {
      this.#strike(1);
      return;
    }
    const frame = decoded.value;
    if (frame.kind !== 'hello') this.#handshake.noteHeard();
    await this.#onFrame(frame);
    this.#options.onStatus?.();
  }

  async #onFrame(frame: Frame): Promise<void> {
    switch (frame.kind) {
      case 'hello':
        return this.#handshake.onHello(frame);
      case 'proof':
        return this.#handshake.onProof(frame);
      case 'auth':
        return this.#handshake.onAuth(frame);
      case 'welcome': {
        this.#handshake.onWelcome(frame);
        return;
      }
      case 'frontier':
        return this.#sharedLink(frame.space)?.onFrontier(frame);
      case 'ack':
        this.#sharedLink(frame.space)?.onAck(frame);
        {
          this.#pumpStarved();
          return;
        }
      case 'nack':
        this.#sharedLink(frame.space)?.onNack(frame);
        {
          this.#pumpStarved();
          return;
        }
      case 'want':
        return this.#sharedLink(frame.space)?.onWant(frame);
      case 'eph': {
        this.#onEphemeral(frame.bytes);
        return;
      }
      case 'bye':
        this.#finish({ code: frame.code });
        {
          this.#options.transport.close();
          return;
        }
      case 'ping':
        return;
      default: {
        this.#onOther(frame);
        return;
      }
    }
  }

  #onOther(frame: Frame): void {
    if (frame.kind === 'refused' && frame.request === 'auth') {
      const space = this.#handshake.spaces().find((known) => known === bytesToHex(frame.subject));
      if (space !== undefined) {
        this.#handshake.onAuthRefused(space, frame.code);
        this.#dropSpaces((dropped) => dropped === space);
      }
    }
    this.#options.onOtherFrame?.(frame);
  }

  #onEphemeral(bytes: Uint8Array): void {
    const header = headerOf(bytes);
    if (header === undefined || !this.#handshake.isShared(header.space)) return;
    if (this.#ephemeral.admits(header)) this.#options.host.onEphemeral(bytes, this.#view);
  }

  #onShared(space: SpaceId): void {
    if (this.#spaces.has(space)) return;
    const link = new SpaceLink(space, this.#context);
    this.#spaces.set(space, link);
    if (this.#view.side === 'relay') this.send({ kind: 'sub', space, isOn: true });
    this.#run(() => link.sendFrontier());
  }

  async #lookAtSpaces(): Promise<void> {
    const spaces = new Set(await this.#options.host.spaces(this.#view));
    this.#dropSpaces((space) => !spaces.has(space));
    for (const link of this.#spaces.values()) link.retry();
    await this.#handshake.setSpaces([...spaces]);
  }

  /** [S5] Membership may have changed since the proof. What an inactive device sends is still judged on its own. */
  async #portionOf(space: SpaceId): Promise<Portion> {
    if (!this.#handshake.isShared(space)) return 'nothing';
    if (this.#view.side !== 'peer') return 'all';
    const device = this.#handshake.deviceIn(space);
    return device === undefined ? 'nothing' : ((await this.#options.proof?.portionOf(space, device)) ?? 'nothing');
  }

  #sharedLink(space: SpaceId): SpaceLink | undefined {
    return this.#handshake.isShared(space) ? this.#spaces.get(space) : undefined;
  }

  #pumpStarved(): void {
    for (const link of this.#spaces.values()) link.pumpIfStarved();
  }

  #dropSpaces(isDropped: (space: SpaceId) => boolean): void {
    for (const [space, link] of this.#spaces) {
      if (!isDropped(space)) continue;
      link.close();
      this.#spaces.delete(space);
    }
  }

  #strike(count: number): void {
    this.#strikes += count;
    if (this.#strikes >= MAX_STRIKES) this.close('malformed');
  }

  #scheduleTick(): void {
    this.#cancelTick = this.#options.scheduler.after(TICK_MS, () => {
      this.#scheduleTick();
      const pulse = this.#pulse.look(!this.#handshake.isOpen || this.#spaces.size > 0);
      if (pulse === 'ask') this.send({ kind: 'ping' });
      if (pulse === 'gone') this.close('timeout');
      else this.#run(() => this.#tick());
    });
  }

  async #tick(): Promise<void> {
    await this.#handshake.tick();
    for (const link of this.#spaces.values()) await link.tick();
  }

  #run(work: () => Promise<void>): void {
    if (!this.#isClosed) this.#work.run(work);
  }

  /** A fault of our own disk, or a bug, ends the link. */
  #fail(error: unknown): void {
    const code = error instanceof EnvironmentError ? wireErrorCode(error.code) : 'relay-refused';
    this.send({ kind: 'bye', code });
    this.#finish({ code, error });
    this.#options.transport.close();
  }

  #finish(reason: { readonly code: WireErrorCode | undefined; readonly error?: unknown }): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelTick?.();
    this.#ephemeral.close();
    this.#inbox.clear();
    this.#dropSpaces(() => true);
    this.#options.onClose?.(reason);
  }
}
