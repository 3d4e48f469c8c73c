/** What one connection reads: live entries of spaces it listens to, what it lacked before, and ranges it asked for. */
import type { DeviceId, SpaceId } from '../../src/lib/foundation/ids.ts';
import { idToBytes } from '../../src/lib/foundation/ids.ts';
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
  /** Of struck devices, with the last of it in this step. */
  readonly #ended: SpaceId[] = [];
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

  /** The device was struck: what it is being sent ends there. False when nothing is. */
  endAt(space: SpaceId, until: number): boolean {
    this.#wanted = this.#wanted.filter((each) => each.space !== space);
    const catchUp = this.#catchUps.get(space);
    if (catchUp !== undefined) catchUp.until = until;
    return catchUp !== undefined;
  }

  onSub({ space, isOn }: FrameOf<'sub'>): Handled {
    const { audience } = this.#connection.relay;
    if (!isOn) {
      audience.leave(space, this.#connection);
      return 'done';
    }
    if (this.#connection.struck.has(space)) return 'done';
    if (this.#readable(space) === undefined) return 'strike';
    audience.join(space, this.#connection);
    return 'done';
  }

  /** Answered with ours, then with what theirs lacks; a client that is being served already is not begun anew. */
  onFrontier({ space, mode, chains }: FrameOf<'frontier'>): Handled {
    const known = this.#readable(space);
    if (known === undefined) return this.#connection.struck.has(space) ? 'done' : 'strike';
    const { journal, ports } = this.#connection.relay;
    // Durable when this is answered; what comes from now on may not be, and must not be promised as held.
    const heads = new Map(known.heads);
    journal.add({
      onDurable: () => {
        const { struck } = this.#connection;
        const now = this.#readable(space);
        if (now === undefined || now.until !== known.until) return;
        this.#connection.queueFrame({ kind: 'frontier', space, mode: 'full', chains: frontierOf(heads) });
        if (mode !== 'full' || this.#catchUps.has(space)) return;
        const plan = planCatchUp(ports.store, { id: space, heads }, chains, known.until);
        if (plan !== undefined) {
          this.#catchUps.set(space, plan);
          this.#continueAfter(0);
        } else if (struck.has(space)) {
          struck.end(space);
          this.#connection.dismiss(space);
        }
      },
      onFailed: () => undefined,
    });
    return 'done';
  }

  onWant({ space, device, ranges }: FrameOf<'want'>): Handled {
    const known = this.#readable(space);
    if (known === undefined) return this.#connection.struck.has(space) ? 'done' : 'strike';
    const last = known.until === Infinity ? Infinity : (known.heads.get(device)?.seq ?? -1);
    for (const [from, to] of ranges) {
      if (from <= last && this.#wanted.length < MAX_WANTED)
        this.#wanted.push({ space, device, from, to: Math.min(to, last) });
    }
    this.#continueAfter(0);
    return 'done';
  }

  /** What this client may read of the space: nothing yet where it is about to found it. */
  #readable(space: SpaceId): { readonly heads: ReadonlyMap<DeviceId, ChainHead>; readonly until: number } | undefined {
    const { admitted, founding, relay, struck } = this.#connection;
    const device = admitted.get(space);
    if (device === undefined) return struck.readable(space);
    const room = relay.rooms.find(space);
    if (room === undefined) return founding.has(space) ? { heads: new Map(), until: Infinity } : undefined;
    return room.acl.canRead(device) ? { heads: room.heads, until: Infinity } : undefined;
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
    for (const space of this.#ended.splice(0)) {
      this.#connection.struck.end(space);
      this.#connection.refuse('auth', idToBytes(space), 'not-a-member');
    }
    if (this.#catchUps.size > 0 || this.#wanted.length > 0) this.#continueAfter(0);
  }

  /** Undefined when nothing is left to read. */
  #next(): readonly StoredEnvelope[] | undefined {
    const { store } = this.#connection.relay.ports;
    const [catchUp] = this.#catchUps.values();
    if (catchUp !== undefined) {
      const { entries, isDone } = nextOfCatchUp(store, catchUp);
      if (isDone) {
        this.#catchUps.delete(catchUp.space);
        if (catchUp.until !== Infinity) this.#ended.push(catchUp.space);
      }
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
