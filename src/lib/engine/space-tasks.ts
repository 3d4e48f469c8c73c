/**
 * What a device does for its spaces unasked: boxes for those who lack one [K2], a new epoch when none may be written
 * with, word of what it holds [C3], and asking again while it waits to be let in.
 */
import type { DeviceId, SpaceId } from '../foundation/ids.ts';
import type { Scheduler } from '../foundation/scheduler.ts';
import type { ChainHead, LogStore } from '../log/log-store.ts';
import type { PokeReason } from '../sync/reconciler.ts';
import { hasNewsToAttest } from './attest-news.ts';
import { GapWatch, type Gap } from './gap-watch.ts';
import type { SpaceReplica } from './space-replica.ts';
import type { Spaces } from './spaces.ts';
import { Turns, type OnFault } from './turns.ts';
import type { Vault } from './vault.ts';

export interface SpaceTasksPorts {
  readonly vault: Vault;
  readonly spaces: Spaces;
  readonly store: LogStore;
  readonly scheduler: Scheduler;
  readonly poke: (reason: PokeReason) => void;
  /** Whether anyone reachable holds no more of the space than this device. */
  readonly isLevel: (space: SpaceId) => boolean;
  /** A relay is there and does not take this device in. */
  readonly isRefused: (space: SpaceId) => boolean;
  /** What is missing at this look, beside what is held by now. */
  readonly onGaps: (space: SpaceId, gaps: readonly Gap[], heads: ReadonlyMap<DeviceId, ChainHead>) => Promise<void>;
  /** Awaited after each look at a space whose governance grew. */
  readonly onSettled: (replica: SpaceReplica) => Promise<void>;
  readonly onFault: OnFault;
}

/** The device that let someone in or out sees to the keys at once; others help out after this long, one after another. */
const HELP_AFTER_MS = 20_000;
const HELP_TURN_MS = 4_000;
const MAX_TURN = 10;
const ASK_AGAIN_MS = 3_000;
/** After a minute of asking every time, only every so often: a removed device would ask for ever. */
const EAGER_ROUNDS = 20;
const ATTEST_EVERY_MS = 3_600_000;
const LOOK_FOR_GAPS_MS = 60_000;

export class SpaceTasks {
  readonly #ports: SpaceTasksPorts;
  readonly #turns = new Turns();
  readonly #due = new Set<SpaceId>();
  readonly #helping = new Map<SpaceId, () => void>();
  /** Spaces in which someone reachable holds what this device holds. */
  readonly #met = new Set<SpaceId>();
  #cancels: (() => void)[] = [];
  readonly #gaps = new GapWatch();
  #rounds = 0;
  #isRunning = false;

  constructor(ports: SpaceTasksPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#isRunning = true;
    this.#rounds = 0;
    this.#every(ASK_AGAIN_MS, () => this.#askAgain());
    this.#every(ATTEST_EVERY_MS, () => this.#attestAll());
    this.#every(LOOK_FOR_GAPS_MS, () => this.#lookForGaps());
    for (const replica of this.#ports.spaces.all()) this.look(replica.space);
  }

  stop(): void {
    this.#isRunning = false;
    for (const cancel of this.#cancels.splice(0)) cancel();
    for (const cancel of this.#helping.values()) cancel();
    this.#helping.clear();
    this.#due.clear();
    this.#met.clear();
    this.#gaps.forget();
  }

  settled(): Promise<void> {
    return this.#turns.settled();
  }

  /** Governance of the space grew; looks that were asked for while one was under way become one. */
  look(space: SpaceId): void {
    if (!this.#isRunning || this.#due.has(space)) return;
    this.#due.add(space);
    this.#run(async () => {
      this.#due.delete(space);
      const replica = this.#ports.spaces.find(space);
      if (replica === undefined || !this.#ports.vault.isOpen) return;
      this.#tendLater(replica);
      await this.#ports.onSettled(replica);
    });
  }

  #run(task: () => Promise<void>): void {
    this.#turns.detach(task, this.#ports.onFault);
  }

  /**
   * [K2][K3] Boxes that are missing, and an epoch where none may be written with: who cannot make one waits for it. [F] And
   * what others cannot hold of chains that forked.
   */
  #tendLater(replica: SpaceReplica): void {
    const { space } = replica;
    if (this.#helping.has(space) || !needsTending(replica)) return;
    const cancel = this.#ports.scheduler.after(HELP_AFTER_MS + turnOf(replica) * HELP_TURN_MS, () => {
      this.#helping.delete(space);
      this.#run(async () => {
        const current = this.#ports.spaces.find(space);
        if (current === undefined || !this.#ports.vault.isOpen || !needsTending(current)) return;
        await current.testify();
        if (current.writer.mayRotate()) await current.writer.rotateIfNeeded();
        await current.writer.supplyBoxes();
      });
    });
    this.#helping.set(space, cancel);
  }

  /** A relay or peer that refused a newcomer is not told when it changes its mind: nor one who was let in without it. */
  #askAgain(): void {
    const { spaces, isRefused } = this.#ports;
    if (spaces.all().every((replica) => replica.isReady && !isRefused(replica.space))) {
      this.#rounds = 0;
      return;
    }
    this.#rounds++;
    if (this.#rounds <= EAGER_ROUNDS || this.#rounds % EAGER_ROUNDS === 0) this.#ports.poke('access');
  }

  #lookForGaps(): void {
    for (const replica of this.#ports.spaces.all()) {
      if (!replica.isReady || !this.#ports.isLevel(replica.space)) {
        this.#met.delete(replica.space);
        continue;
      }
      // Met again after an absence: what was exchanged is said under this device's own name [C3].
      if (!this.#met.has(replica.space)) this.#attest(replica);
      this.#met.add(replica.space);
      this.#run(async () => {
        const heads = await this.#ports.store.heads(replica.space);
        const attests = replica.governance.history.graph.attests();
        await this.#ports.onGaps(replica.space, this.#gaps.look(replica.space, attests, heads), heads);
      });
    }
  }

  #attestAll(): void {
    for (const replica of this.#ports.spaces.all()) this.#attest(replica);
  }

  /** Silence is no news. */
  #attest(replica: SpaceReplica): void {
    this.#run(async () => {
      const { space, secrets, governance } = replica;
      if (!replica.isReady || !this.#ports.vault.isOpen) return;
      const place = { space, device: secrets.device, attests: governance.history.graph.attests() };
      if (await hasNewsToAttest(this.#ports.store, place)) await replica.writer.attest();
    });
  }

  #every(delayMs: number, task: () => void): void {
    let cancel = (): void => undefined;
    const next = (): void => {
      cancel = this.#ports.scheduler.after(delayMs, () => {
        task();
        if (this.#isRunning) next();
      });
    };
    next();
    this.#cancels.push(() => cancel());
  }
}

function needsTending({ governance, writer, isReady, branches }: SpaceReplica): boolean {
  if (!isReady) return false;
  if (branches.untold.length > 0) return true;
  const { keys, history } = governance;
  return (writer.mayRotate() && keys.findWritable(history) === undefined) || keys.missing(history).length > 0;
}

/** When this device helps: not all at once, and each in a turn of its own while they are few. */
function turnOf({ state, secrets }: SpaceReplica): number {
  const helpers = state.activeDevices().filter((device) => !device.isRecovery);
  return Math.min(
    helpers.findIndex((device) => device.id === secrets.device),
    MAX_TURN,
  );
}
