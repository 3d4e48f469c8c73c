/** People with devices, links and a small relay, in one process and in virtual time: what engine stories are told with. */
import { MemoryKeyVault, MemoryProfile } from '../adapters/storage/key-vault-memory.ts';
import { MemoryLocalStore } from '../adapters/storage/local-store-memory.ts';
import { MemoryDisk, MemoryLogStore } from '../adapters/storage/memory-log-store.ts';
import { createMemoryLink } from '../adapters/transport/memory-link.ts';
import { SystemRandom } from '../adapters/platform/system-random.ts';
import { FLOOR_PASSPHRASE_PARAMETERS } from '../crypto/passphrase.ts';
import { unwrap } from '../foundation/result.ts';
import { VirtualTime } from '../sync/virtual-time.fixture.ts';
import { utf8, decodeUtf8 } from '../foundation/bytes.ts';
import type { DocumentId, SpaceId } from '../foundation/ids.ts';
import { createEngine, type EngineRoot } from './create-engine.ts';
import type { EnginePorts } from './engine-ports.ts';
import type { EngineEvent } from './engine.ts';

export const PAGE_DOCUMENT = `02${'ab'.repeat(15)}` as DocumentId;
export const CHANNEL_DOCUMENT = `04${'cd'.repeat(15)}` as DocumentId;

/** What stays when a device is switched off. */
export class Disk {
  readonly profile: MemoryProfile;
  readonly log: MemoryDisk;
  readonly rows: Map<string, Uint8Array>;

  constructor(profile = new MemoryProfile(), log = new MemoryDisk(), rows = new Map<string, Uint8Array>()) {
    this.profile = profile;
    this.log = log;
    this.rows = rows;
  }

  /** As a backup of it is, put back later or elsewhere. */
  copy(): Disk {
    const log = new MemoryDisk();
    for (const [space, entries] of this.log.spaces) log.spaces.set(space, structuredClone(entries));
    return new Disk(this.profile.copy(), log, new Map(this.rows));
  }
}

export class World {
  readonly time: VirtualTime;
  /** How far all wall clocks are ahead of the time that passed: for days that nobody wants to wait out. */
  skewMs = 0;
  readonly #roots: EngineRoot[] = [];

  /** `settle`: one turn of the event loop, by default one that lets other work of the process pass too. */
  constructor(settle: () => Promise<void> = () => new Promise((resolve) => setTimeout(resolve, 0))) {
    this.time = new VirtualTime(settle);
  }

  async start(disk: Disk = new Disk(), ports: Partial<EnginePorts> = {}): Promise<Device> {
    const root = await createEngine({
      store: new MemoryLogStore(disk.log),
      keyVault: new MemoryKeyVault(disk.profile),
      localStore: new MemoryLocalStore(disk.rows),
      clock: { nowMs: () => this.time.nowMs() + this.skewMs },
      random: new SystemRandom(),
      scheduler: this.time,
      passphraseCost: () => FLOOR_PASSPHRASE_PARAMETERS,
      origin: 'https://archipel.test',
      // In virtual time nobody is heard while a story awaits its write.
      headWaitMs: 0,
      onFault: (fault) => {
        throw fault;
      },
      ...ports,
    });
    this.#roots.push(root);
    return new Device(root, disk);
  }

  /** A person with an unlocked device and a name. */
  async person(name: string, ports: Partial<EnginePorts> = {}): Promise<Device> {
    const device = await this.start(new Disk(), ports);
    unwrap(await device.engine.setUp({ protection: { kind: 'device' }, language: 'fr', name }));
    return device;
  }

  /** Joins two devices as peers; returns the cut. `onSend` sees every frame, and who of the two (0 or 1) sent it. */
  join(one: Device, other: Device, onSend?: (frame: Uint8Array, from: 0 | 1) => void): () => void {
    const link = createMemoryLink({
      scheduler: this.time,
      chance: () => 0.5,
      sides: ['peer', 'peer'],
      binding: utf8('same channel'),
      ...(onSend === undefined ? {} : { onSend }),
    });
    one.root.attach(link.ends[0]);
    other.root.attach(link.ends[1]);
    return () => link.cut();
  }

  async pass(ms: number): Promise<void> {
    await this.time.pass(ms);
  }

  /** Lets a promise come true that needs time to pass. */
  async during<T>(promise: Promise<T>, ms = 30_000): Promise<T> {
    const progress = { isDone: false };
    const watched = promise.finally(() => {
      progress.isDone = true;
    });
    watched.catch(() => undefined);
    for (let passed = 0; !progress.isDone && passed < ms; passed += 50) await this.time.pass(50);
    return watched;
  }

  close(): void {
    for (const root of this.#roots) root.close();
  }
}

export class Device {
  readonly root: EngineRoot;
  readonly disk: Disk;
  readonly events: EngineEvent[] = [];

  constructor(root: EngineRoot, disk: Disk) {
    this.root = root;
    this.disk = disk;
    root.engine.subscribe((event) => this.events.push(event));
  }

  get engine() {
    return this.root.engine;
  }

  async newSpace(): Promise<SpaceId> {
    return unwrap(await this.engine.createSpace()).space;
  }

  async write(space: SpaceId, text: string, document: DocumentId = PAGE_DOCUMENT) {
    return this.engine.append({ space, document, type: 'update', body: utf8(text) });
  }

  async read(space: SpaceId, document: DocumentId = PAGE_DOCUMENT): Promise<readonly string[]> {
    return (await this.engine.entries(space, document, 0)).map((entry) => decodeUtf8(entry.body) ?? '');
  }

  /** Texts that arrived as events. */
  heard(): readonly string[] {
    return this.events.flatMap((event) =>
      event.kind === 'entries' ? event.entries.map((entry) => decodeUtf8(entry.body) ?? '') : [],
    );
  }

  async confirmWords(): Promise<void> {
    const words = unwrap(await this.engine.recoveryWords(undefined));
    unwrap(await this.engine.confirmWords(words.map((word, index) => ({ index, word }))));
  }
}
