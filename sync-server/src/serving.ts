/** What one connection reads: live entries of spaces it listens to, what it lacked before, and ranges it asked for. */
import type { DeviceId, SpaceId } from '../../src/lib/foundation/ids.ts';
import { id16Of } from '../../src/lib/protocol/attest.ts';
import { encodeFrame } from '../../src/lib/protocol/frames.ts';
import type { FrontierChain } from '../../src/lib/protocol/sync-frames.ts';
import { nextOfCatchUp, planCatchUp } from './catch-up.ts';
import type { CatchUp } from './catch-up.ts';
import type { Connection, FrameOf, Handled } from './connection.ts';
import type { ChainHead, StoredEnvelope } from './envelope-store.ts';
import { FrameBatch } from './outgoing.ts';

/** Above this the reader is given time. */
const HIGH_WATER_BYTES = 2 ** 20;
const STEP_BYTES = 256 * 1024;
const DRAIN_POLL_MS = 15;
const MAX_WANTED = 64;
const WANT_ENTRIES = 32;

interface Wanted {
  readonly space: SpaceId;
  readonly device: DeviceId;
  from: number;
  readonly to: number;
}

export class Serving {
  readonly #connection: Connection;
  readonly #catchUps = new Map<SpaceId, CatchUp>();
  #wanted: Wanted[] = [];
  #cancel: (() => void) | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  isLive(space: SpaceId): boolean {
    return !this.#catchUps.has(space);
  }

  close(): void {
    this.#cancel?.();
    this.#catchUps.clear();
    this.#wanted = [];
  }

  forget(space: SpaceId): void {
    this.#catchUps.delete(space);
    this.#wanted = this.#wanted.filter((each) => each.space !== space);
  }

  onSub({ space, isOn }: FrameOf<'sub'>): Handled {
    const { audience } = this.#connection.relay;
    if (!isOn) {
      audience.leave(space, this.#connection);
      return 'done';
    }
    if (this.#headsFor(space) === undefined) return 'strike';
    audience.join(space, this.#connection);
    return 'done';
  }

  /** Answered with ours, then with what theirs lacks; a client that is being served already is not begun anew. */
  onFrontier({ space, mode, chains }: FrameOf<'frontier'>): Handled {
    const known = this.#headsFor(space);
    if (known === undefined) return 'strike';
    const { journal, ports } = this.#connection.relay;
    // Durable when this is answered; what comes from now on may not be, and must not be promised as held.
    const heads = new Map(known);
    journal.add({
      onDurable: () => {
        if (this.#headsFor(space) === undefined) return;
        this.#connection.queueFrame({ kind: 'frontier', space, mode: 'full', chains: frontierOf(heads) });
        if (mode !== 'full' || this.#catchUps.has(space)) return;
        const plan = planCatchUp(ports.store, { id: space, heads }, chains);
        if (plan === undefined) return;
        this.#catchUps.set(space, plan);
        this.#continueAfter(0);
      },
      onFailed: () => undefined,
    });
    return 'done';
  }

  onWant({ space, device, ranges }: FrameOf<'want'>): Handled {
    if (this.#headsFor(space) === undefined) return 'strike';
    for (const [from, to] of ranges) {
      if (this.#wanted.length < MAX_WANTED) this.#wanted.push({ space, device, from, to });
    }
    this.#continueAfter(0);
    return 'done';
  }

  /** What this client may read of the space: nothing yet where it is about to found it. */
  #headsFor(space: SpaceId): ReadonlyMap<DeviceId, ChainHead> | undefined {
    const { admitted, founding, relay } = this.#connection;
    const device = admitted.get(space);
    if (device === undefined) return undefined;
    const room = relay.rooms.find(space);
    if (room === undefined) return founding.has(space) ? new Map<DeviceId, ChainHead>() : undefined;
    return room.acl.canRead(device) ? room.heads : undefined;
  }

  #continueAfter(delayMs: number): void {
    this.#cancel ??= this.#connection.relay.ports.scheduler.after(delayMs, () => {
      this.#cancel = undefined;
      this.#step();
    });
  }

  #step(): void {
    if (this.#connection.socket.queuedBytes() > HIGH_WATER_BYTES) {
      this.#continueAfter(DRAIN_POLL_MS);
      return;
    }
    const frames: Uint8Array[] = [];
    for (let bytes = 0; bytes < STEP_BYTES;) {
      const entries = this.#next();
      if (entries === undefined) break;
      for (const entry of entries) {
        frames.push(encodeFrame({ kind: 'env', bytes: entry.bytes }));
        bytes += entry.bytes.length;
      }
    }
    if (frames.length > 0) {
      this.#connection.relay.ports.metrics.add('served', frames.length);
      this.#connection.socket.send([new FrameBatch(frames)]);
    }
    if (this.#catchUps.size > 0 || this.#wanted.length > 0) this.#continueAfter(0);
  }

  /** Undefined when nothing is left to read. */
  #next(): readonly StoredEnvelope[] | undefined {
    const { store } = this.#connection.relay.ports;
    const [catchUp] = this.#catchUps.values();
    if (catchUp !== undefined) {
      const { entries, isDone } = nextOfCatchUp(store, catchUp);
      if (isDone) this.#catchUps.delete(catchUp.space);
      return entries;
    }
    const [wanted] = this.#wanted;
    if (wanted === undefined) return undefined;
    const { space, device, from, to } = wanted;
    const found = store.read({ by: 'chain', space, key: device, fromSeq: from, toSeq: to, limit: WANT_ENTRIES });
    wanted.from = (found.at(-1)?.seq ?? to) + 1;
    if (found.length < WANT_ENTRIES || wanted.from > to) this.#wanted.shift();
    return found;
  }
}

function frontierOf(heads: ReadonlyMap<DeviceId, ChainHead>): FrontierChain[] {
  return [...heads]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([device, { seq, id }]) => ({ device, intervals: [[0, seq]], head: id16Of(id) }));
}
