/**
 * How far the relay holds this device's chains, and when a space was last level with anyone: kept over restarts, so
 * that "3 changes waiting" is true while offline too. It is about one relay; another address starts from nothing.
 */
import type { SpaceId } from '../foundation/ids.ts';
import type { Scheduler } from '../foundation/scheduler.ts';
import { CborRecord } from '../protocol/cbor-record.ts';
import { cborMap, encodeCbor } from '../protocol/cbor.ts';
import type { LocalRecords } from './local-records.ts';
import type { OnFault } from './turns.ts';

interface Memory {
  /** One more than the last own seq that the relay acknowledged. */
  readonly relayHolds: number;
  readonly syncedAt: number | undefined;
}

const TABLE = 'engine-sync';
const SAVE_AFTER_MS = 1_000;
const NOTHING: Memory = { relayHolds: 0, syncedAt: undefined };

export interface SyncMemoryPorts {
  readonly records: LocalRecords;
  readonly scheduler: Scheduler;
  readonly onFault: OnFault;
}

export class SyncMemory {
  readonly #ports: SyncMemoryPorts;
  readonly #memories = new Map<SpaceId, Memory>();
  readonly #unsaved = new Set<SpaceId>();
  #relay = '';
  #cancelSave: (() => void) | undefined;

  constructor(ports: SyncMemoryPorts) {
    this.#ports = ports;
  }

  async load(spaces: readonly SpaceId[], relay: string): Promise<void> {
    this.#relay = relay;
    for (const space of spaces) {
      const row = await this.#ports.records.find(TABLE, this.#rowOf(space));
      const memory = row === undefined ? undefined : decodeMemory(row);
      if (memory !== undefined) this.#memories.set(space, memory);
    }
  }

  forget(): void {
    this.#cancelSave?.();
    this.#cancelSave = undefined;
    this.#memories.clear();
    this.#unsaved.clear();
  }

  /** Another relay holds nothing until it says so. */
  useRelay(relay: string): void {
    if (relay === this.#relay) return;
    this.#relay = relay;
    for (const [space, memory] of this.#memories) this.#memories.set(space, { ...memory, relayHolds: 0 });
  }

  /** This device writes another chain in the space now: nobody holds anything of it. */
  restart(space: SpaceId): void {
    this.#change(space, { ...this.of(space), relayHolds: 0 });
  }

  of(space: SpaceId): Memory {
    return this.#memories.get(space) ?? NOTHING;
  }

  noteRelayHolds(space: SpaceId, seq: number): void {
    const memory = this.of(space);
    if (seq + 1 > memory.relayHolds) this.#change(space, { ...memory, relayHolds: seq + 1 });
  }

  noteLevel(space: SpaceId, nowMs: number): void {
    this.#change(space, { ...this.of(space), syncedAt: nowMs });
  }

  #change(space: SpaceId, memory: Memory): void {
    this.#memories.set(space, memory);
    this.#unsaved.add(space);
    this.#cancelSave ??= this.#ports.scheduler.after(SAVE_AFTER_MS, () => {
      this.#cancelSave = undefined;
      this.#save().catch(this.#ports.onFault);
    });
  }

  async #save(): Promise<void> {
    const spaces = [...this.#unsaved];
    this.#unsaved.clear();
    for (const space of spaces) {
      const { relayHolds, syncedAt } = this.of(space);
      await this.#ports.records.put(TABLE, this.#rowOf(space), encodeCbor(cborMap([0, relayHolds], [1, syncedAt])));
    }
  }

  #rowOf(space: SpaceId): string {
    return `${space}/${this.#relay}`;
  }
}

function decodeMemory(row: Uint8Array): Memory | undefined {
  const memory = CborRecord.decode(row, 'sync memory', (record) => ({
    relayHolds: record.uint(0),
    syncedAt: record.has(1) ? record.int(1, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER) : undefined,
  }));
  return memory.ok ? memory.value : undefined;
}
