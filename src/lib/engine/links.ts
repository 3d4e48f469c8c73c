/** Every link this device has right now, and what they amount to in words a person understands. */
import type { Clock } from '../foundation/clock.ts';
import type { DeviceId, SpaceId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import type { Scheduler } from '../foundation/scheduler.ts';
import type { Frame } from '../protocol/frames.ts';
import { createReconciler, type PokeReason, type Reconciler, type SpaceLinkStatus } from '../sync/reconciler.ts';
import type { Transport } from '../sync/transport.ts';
import type { EngineHost } from './engine-host.ts';
import type { SyncStatus } from './engine.ts';
import { RelayPatience } from './relay-patience.ts';
import type { SyncMemory } from './sync-memory.ts';

export interface LinksPorts {
  readonly host: EngineHost;
  readonly memory: SyncMemory;
  readonly clock: Clock;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly onRelayUp: (send: (frame: Frame) => void) => void;
  readonly onRelayDown: (send: (frame: Frame) => void) => void;
  readonly onRelayFrame: (frame: Frame) => void;
  readonly onStatus: () => void;
}

/** What two devices say to each other on a link besides levelling logs. */
export interface LinkConversation {
  onUp(send: (frame: Frame) => void): void;
  onFrame(frame: Frame): void;
  onDown(send: (frame: Frame) => void): void;
}

interface Link {
  readonly side: Transport['side'];
  readonly reconciler: Reconciler;
  readonly send: (frame: Frame) => void;
  readonly conversation: LinkConversation | undefined;
  isRelayUp: boolean;
}

export class Links {
  readonly #ports: LinksPorts;
  readonly #links = new Set<Link>();
  readonly #patience = new RelayPatience();

  constructor(ports: LinksPorts) {
    this.#ports = ports;
  }

  attach(transport: Transport, conversation?: LinkConversation): () => void {
    const { host, clock, random, scheduler, onRelayFrame, onStatus } = this.#ports;
    const link: Link = {
      side: transport.side,
      isRelayUp: false,
      conversation,
      send: (frame) => link.reconciler.send(frame),
      reconciler: createReconciler({
        transport,
        host,
        proof: host,
        clock,
        random,
        scheduler,
        onOtherFrame: (frame) => {
          if (transport.side === 'relay') onRelayFrame(frame);
          else conversation?.onFrame(frame);
        },
        onStatus: () => {
          this.#noteStatus(link);
          onStatus();
        },
        ...(transport.side === 'relay' ? { relaySilenceMs: this.#patience.begin(clock.nowMs()) } : {}),
        onClose: ({ code }) => {
          if (transport.side === 'relay') this.#patience.end(clock.nowMs(), code);
          this.#remove(link);
        },
      }),
    };
    this.#links.add(link);
    conversation?.onUp(link.send);
    onStatus();
    return () => link.reconciler.close();
  }

  closeAll(): void {
    for (const link of [...this.#links]) link.reconciler.close();
  }

  /** Keys are proven once on a link: new keys need a new one. Sockets and peers come back by themselves. */
  renew(...sides: readonly Transport['side'][]): void {
    for (const { side, reconciler } of [...this.#links]) if (sides.includes(side)) reconciler.close();
  }

  /** [C2] Asks everyone who shares the space for entries of one chain. */
  want(space: SpaceId, device: DeviceId, range: readonly [number, number]): void {
    for (const { link, status } of this.#statusesOf(space))
      if (status.state === 'shared' && link.side !== 'file')
        link.send({ kind: 'want', space, device, ranges: [range] });
  }

  poke(space: SpaceId | undefined, reason: PokeReason): void {
    for (const { reconciler } of this.#links) reconciler.poke(space, reason);
  }

  sendEphemeral(bytes: Uint8Array): void {
    for (const { reconciler } of this.#links) reconciler.sendEphemeral(bytes);
  }

  compareNow(): void {
    for (const { reconciler } of this.#links) {
      reconciler.poke(undefined, 'access');
      reconciler.compareNow();
    }
  }

  async settled(): Promise<void> {
    for (const { reconciler } of this.#links) await reconciler.settled();
  }

  /** The relay holds this device's own chain so far. */
  noteHeld({ space, seq }: { readonly space: SpaceId; readonly seq: number }): void {
    this.#ports.memory.noteRelayHolds(space, seq);
    this.#ports.onStatus();
  }

  isRefused(space: SpaceId): boolean {
    return this.#statusesOf(space).some(({ link, status }) => link.side === 'relay' && status.state === 'refused');
  }

  get isAlone(): boolean {
    return this.#links.size === 0;
  }

  /** A link has told what it holds of the space, and nothing of it is missing here. */
  hasHeard(space: SpaceId, side?: Transport['side']): boolean {
    return this.#statusesOf(space).some(
      ({ link, status }) => status.isHeard && status.behind === 0 && (side === undefined || link.side === side),
    );
  }

  isLevel(space: SpaceId): boolean {
    return this.#statusesOf(space).some(({ status }) => status.isLevel);
  }

  /** Every peer that shares the space has told, or acknowledged, that it holds what is held here. */
  arePeersLevel(space: SpaceId): boolean {
    return this.#statusesOf(space).every(
      ({ link, status }) => link.side !== 'peer' || status.state !== 'shared' || status.ahead === 0,
    );
  }

  statusOf(space: SpaceId, own: { readonly headSeq: number; readonly relayUrl: string }): SyncStatus {
    const statuses = this.#statusesOf(space);
    return {
      space,
      relay: this.#relayWord(statuses, own.relayUrl),
      peers: statuses.filter(({ link, status }) => link.side === 'peer' && status.state === 'shared').length,
      pending: Math.max(0, own.headSeq + 1 - this.#ports.memory.of(space).relayHolds),
      syncedAt: this.#ports.memory.of(space).syncedAt,
    };
  }

  #relayWord(
    statuses: readonly { readonly link: Link; readonly status: SpaceLinkStatus }[],
    relayUrl: string,
  ): SyncStatus['relay'] {
    const relays = statuses.filter(({ link }) => link.side === 'relay');
    if (relays.some(({ status }) => status.state === 'shared')) return 'connected';
    if (relays.some(({ status }) => status.state === 'refused')) return 'refused';
    if (relays.length > 0 || [...this.#links].some((link) => link.side === 'relay')) return 'connecting';
    return relayUrl === '' ? 'none' : 'offline';
  }

  #statusesOf(space: SpaceId): readonly { readonly link: Link; readonly status: SpaceLinkStatus }[] {
    return [...this.#links].flatMap((link) =>
      link.reconciler
        .status()
        .spaces.filter((status) => status.space === space)
        .map((status) => ({ link, status })),
    );
  }

  #noteStatus(link: Link): void {
    const { phase, spaces } = link.reconciler.status();
    if (link.side === 'relay' && phase === 'open' && !link.isRelayUp) {
      link.isRelayUp = true;
      this.#ports.onRelayUp(link.send);
    }
    if (link.side === 'tab' || link.side === 'file') return;
    for (const { space, isLevel } of spaces)
      if (isLevel) this.#ports.memory.noteLevel(space, this.#ports.clock.nowMs());
  }

  #remove(link: Link): void {
    this.#links.delete(link);
    if (link.isRelayUp) this.#ports.onRelayDown(link.send);
    link.conversation?.onDown(link.send);
    this.#ports.onStatus();
  }
}
