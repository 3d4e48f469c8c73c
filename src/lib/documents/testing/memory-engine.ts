/** The engine's side without keys or disk: devices that share one space and receive each other's entries when told. */
import { bytesToHex, utf8 } from '../../foundation/bytes.ts';
import type { ActorId, DeviceId, DocumentId, EnvelopeId, MemberId, SpaceId } from '../../foundation/ids.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import type { DocumentEntry, DocumentParts, EngineSide, LeasedActor, LiveEvent } from '../entry-port.ts';
import { sha256 } from '../gate/sha256.ts';

export const TEST_SPACE = '5a'.repeat(32) as SpaceId;

export function hashHex(text: string, bytes: number): string {
  return bytesToHex(sha256(utf8(text)).subarray(0, bytes));
}

export function actorFor(author: DeviceId, document: DocumentId, generation: number): ActorId {
  return hashHex(`${author}:${document}:${generation}`, 16) as ActorId;
}

type Carried = Omit<DocumentEntry, 'position' | 'isOwn'>;

export class MemoryNetwork {
  readonly devices: MemoryEngine[] = [];
  #ids = 0;

  join(name: string, member = name): MemoryEngine {
    const device = new MemoryEngine(
      this,
      hashHex(`device ${name}`, 32) as DeviceId,
      hashHex(`member ${member}`, 16) as MemberId,
    );
    this.devices.push(device);
    return device;
  }

  nextId(): EnvelopeId {
    return hashHex(`entry ${this.#ids++}`, 32) as EnvelopeId;
  }

  spread(from: MemoryEngine, entry: Carried): void {
    for (const device of this.devices) if (device !== from) device.outstanding.push(entry);
  }

  /** Delivers everything that is on its way to everyone. */
  deliverAll(): void {
    for (const device of this.devices) device.deliver(device.outstanding.length);
  }
}

export class MemoryEngine implements EngineSide {
  readonly device: DeviceId;
  readonly member: MemberId;
  /** Sent by others, not yet here; in the order of sending. */
  readonly outstanding: Carried[] = [];
  readonly voided = new Map<EnvelopeId, string>();
  /** Set to make the disk refuse. */
  failure: 'storage-full' | undefined;
  readonly #network: MemoryNetwork;
  readonly #log: DocumentEntry[] = [];
  readonly #local = new Map<string, Uint8Array>();
  readonly #leases = new Map<DocumentId, Set<number>>();
  readonly #listeners = new Set<(event: LiveEvent) => void>();

  constructor(network: MemoryNetwork, device: DeviceId, member: MemberId) {
    this.#network = network;
    this.device = device;
    this.member = member;
  }

  /** Everything a new device of the space would receive. */
  get log(): readonly DocumentEntry[] {
    return this.#log;
  }

  /** A chosen one may overtake others, but not earlier ones of its own author: chains are dense. */
  deliverOne(pick: (count: number) => number): void {
    const firsts = this.outstanding.filter(
      (entry, i) => this.outstanding.findIndex((each) => each.author === entry.author) === i,
    );
    const entry = firsts[pick(firsts.length)];
    if (entry === undefined) return;
    this.outstanding.splice(this.outstanding.indexOf(entry), 1);
    this.take([entry]);
  }

  deliver(count: number): void {
    this.take(this.outstanding.splice(0, count));
  }

  take(entries: readonly Carried[]): void {
    const from: DocumentEntry[] = [];
    for (const entry of entries)
      from.push({ ...entry, position: this.#log.length + from.length, isOwn: entry.author === this.device });
    this.#log.push(...from);
    for (const document of new Set(from.map((entry) => entry.document))) {
      this.emit({
        kind: 'entries',
        space: TEST_SPACE,
        document,
        entries: from.filter((entry) => entry.document === document),
      });
    }
  }

  /** An entry that was held all along and can only now be opened: it stands before all others. */
  insertLate(entry: Carried): void {
    const late: DocumentEntry = { ...entry, position: -0.5, isOwn: false };
    this.#log.unshift({ ...late, position: 0 });
    for (let i = 1; i < this.#log.length; i++) this.#log[i] = { ...(this.#log[i] as DocumentEntry), position: i };
    this.emit({ kind: 'entries', space: TEST_SPACE, document: entry.document, entries: [{ ...late, position: 0 }] });
  }

  emit(event: LiveEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  append(entry: {
    readonly space: SpaceId;
    readonly document: DocumentId;
    readonly type: 'update' | 'snapshot';
    readonly body: Uint8Array;
  }): Promise<Result<{ readonly id: EnvelopeId; readonly position: number }>> {
    if (this.failure !== undefined) return Promise.resolve(fail(this.failure));
    const carried: Carried = {
      ...entry,
      id: this.#network.nextId(),
      author: this.device,
      member: this.member,
      claimedTime: 0,
    };
    const position = this.#log.length;
    this.take([carried]);
    this.#network.spread(this, carried);
    return Promise.resolve(ok({ id: carried.id, position }));
  }

  entries(_space: SpaceId, document: DocumentId, afterPosition: number): Promise<readonly DocumentEntry[]> {
    return Promise.resolve(
      this.#log.filter(
        (entry) => entry.document === document && entry.position > afterPosition && !this.voided.has(entry.id),
      ),
    );
  }

  /** What a fork of this device's chain would leave: set by the story. */
  lost: readonly DocumentEntry[] = [];

  lostEntries(_space: SpaceId, _device: DeviceId, document: DocumentId): Promise<readonly DocumentEntry[]> {
    return Promise.resolve(this.lost.filter((entry) => entry.document === document));
  }

  leaseActor(_space: SpaceId, document: DocumentId): Promise<Result<LeasedActor>> {
    const taken = this.#leases.get(document) ?? new Set<number>();
    this.#leases.set(document, taken);
    let generation = 0;
    while (taken.has(generation)) generation++;
    taken.add(generation);
    return Promise.resolve(ok({ generation, actor: actorFor(this.device, document, generation) }));
  }

  releaseActor(_space: SpaceId, document: DocumentId, generation: number): Promise<void> {
    this.#leases.get(document)?.delete(generation);
    return Promise.resolve();
  }

  actorOf(author: DeviceId, document: DocumentId, generation: number): Promise<ActorId> {
    return Promise.resolve(actorFor(author, document, generation));
  }

  voidEntry(_space: SpaceId, id: EnvelopeId, code: string): Promise<void> {
    this.voided.set(id, code);
    return Promise.resolve();
  }

  putLocal(table: string, key: string, body: Uint8Array): Promise<Result<void>> {
    if (this.failure !== undefined) return Promise.resolve(fail(this.failure));
    this.#local.set(`${table}/${key}`, body.slice());
    return Promise.resolve(ok(undefined));
  }

  getLocal(table: string, key: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#local.get(`${table}/${key}`));
  }

  parts(_space: SpaceId, document: DocumentId): Promise<DocumentParts> {
    return Promise.resolve({ all: [document], current: document });
  }

  spaces() {
    return Promise.resolve([{ space: TEST_SPACE, member: this.member, device: this.device, role: 'editor' as const }]);
  }

  sendPresence(space: SpaceId, document: DocumentId, session: string, body: Uint8Array): Promise<void> {
    const frame = { space, document, device: this.device, member: this.member, session, body };
    for (const other of this.#network.devices) if (other !== this) other.emit({ kind: 'presence', frame });
    return Promise.resolve();
  }

  subscribe(listener: (event: LiveEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
