/**
 * When to write a snapshot [N1]: after 256 updates or 1 MiB since the last one. Who does it is spread by hash and a
 * pause: devices wait different times and give up when somebody was first; the first to see a stranger's snapshot of
 * the state it holds itself confirms it [N2].
 */
import type { DeviceId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import type { Scheduler } from '../foundation/scheduler.ts';
import type { DocumentEntry } from './entry-port.ts';
import { decodeSnapshot } from './snapshot-body.ts';

export const SNAPSHOT_UPDATES = 256;
export const SNAPSHOT_BYTES = 2 ** 20;
/** An envelope holds 1 MiB; larger documents go without until they are split. */
export const MAX_SNAPSHOT_BYTES = 960 * 1024;
const RANKS = 8;
const RANK_MS = 4_000;

export interface SnapshotKeeperOptions {
  readonly device: DeviceId;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly heads: () => readonly string[];
  /** Whether the replica holds all of these changes. */
  readonly hasHeads: (heads: readonly string[]) => boolean;
  readonly publish: (kind: 'snapshot' | 'confirmation', heads: readonly string[]) => void;
}

export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions;
  #updates = 0;
  #bytes = 0;
  #cancel: (() => void) | undefined;
  readonly #confirmed = new Set<string>();

  constructor(options: SnapshotKeeperOptions) {
    this.#options = options;
  }

  noteUpdate(bytes: number): void {
    this.#updates++;
    this.#bytes += bytes;
    if (this.#updates >= SNAPSHOT_UPDATES || this.#bytes >= SNAPSHOT_BYTES) this.#plan('snapshot', undefined);
  }

  /** A snapshot in the log, own ones included. */
  noteSnapshot(entry: DocumentEntry): void {
    const snapshot = decodeSnapshot(entry.body);
    if (snapshot === undefined || !this.#options.hasHeads(snapshot.heads)) return;
    const key = snapshot.heads.join();
    if (snapshot.bytes.length === 0 || entry.isOwn) this.#confirmed.add(key);
    this.#restart();
    if (snapshot.bytes.length > 0 && !this.#confirmed.has(key)) this.#plan('confirmation', snapshot.heads);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #restart(): void {
    this.#updates = 0;
    this.#bytes = 0;
    this.stop();
  }

  #plan(kind: 'snapshot' | 'confirmation', heads: readonly string[] | undefined): void {
    if (this.#cancel !== undefined) return;
    const { device, random, scheduler } = this.#options;
    const rank = rankOf(device, heads ?? this.#options.heads());
    const jitter = ((random.bytes(1)[0] ?? 0) / 256) * RANK_MS;
    this.#cancel = scheduler.after(rank * RANK_MS + jitter, () => {
      this.#cancel = undefined;
      const named = heads ?? this.#options.heads();
      if (this.#confirmed.has([...named].sort().join())) return;
      this.#restart();
      this.#options.publish(kind, named);
    });
  }
}

/** FNV-1a: spreads devices differently for each state, so that the work does not fall on one. */
function rankOf(device: DeviceId, heads: readonly string[]): number {
  let hash = 0x811c9dc5;
  for (const char of device + [...heads].sort().join()) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  return (hash >>> 0) % RANKS;
}
