/** What the world asks of a device, however it is built: over the plain host here, over the engine elsewhere. */
import type { MemoryDisk } from '../../src/lib/adapters/storage/memory-log-store.ts';
import type { Clock } from '../../src/lib/foundation/clock.ts';
import type { DeviceId, SpaceId } from '../../src/lib/foundation/ids.ts';
import type { Random } from '../../src/lib/foundation/random.ts';
import type { Scheduler } from '../../src/lib/foundation/scheduler.ts';
import type { StoredEntry } from '../../src/lib/log/log-store.ts';
import type { Transport } from '../../src/lib/sync/transport.ts';

export interface DeviceSetup {
  readonly name: string;
  /** All that survives a crash. */
  readonly disk: MemoryDisk;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random & { readonly chance: () => number };
  /** Tells the world of each entry that became durable, so that it can check it. */
  readonly onStored: (entries: readonly StoredEntry[], how: 'appended' | 'inserted') => void;
  readonly onFault: (error: unknown) => void;
}

export interface SimulatedDevice {
  readonly id: DeviceId;
  /** Founds the space, whose id then is known to everybody. */
  found(): Promise<SpaceId>;
  /** Knows from now on that it is to be a member of the space. */
  join(space: SpaceId): Promise<void>;
  admit(device: DeviceId): Promise<void>;
  rotate(): Promise<void>;
  write(text: string): Promise<void>;
  /** Levels over this link until it closes. */
  connect(transport: Transport, onClose: () => void): void;
  /** Crashes: nothing more happens here, and what is not on disk is gone. */
  kill(): void;
}

export type DeviceFactory = (setup: DeviceSetup) => SimulatedDevice;
