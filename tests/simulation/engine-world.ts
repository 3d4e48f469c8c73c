/**
 * Three or four people with real engines and real keys, in virtual time, from one seed: they write, remove and demote
 * each other, are split, crash and start again, and a carrier that nobody trusts (a relay, a stick) brings what it likes
 * to whom it likes. Safety is checked after every step; convergence after the network heals.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { CHANNEL_DOCUMENT, Disk, PAGE_DOCUMENT, World, type Device } from '../../src/lib/engine/world.fixture.ts';
import { Gathering } from '../../src/lib/engine/gathering.fixture.ts';
import { inject } from '../../src/lib/engine/stolen-keys.fixture.ts';
import { createMemoryLink, NO_FAULTS, type LinkFaults } from '../../src/lib/adapters/transport/memory-link.ts';
import { MemoryProfile } from '../../src/lib/adapters/storage/key-vault-memory.ts';
import { MemoryDisk } from '../../src/lib/adapters/storage/memory-log-store.ts';
import type { DeviceId, MemberId, SpaceId } from '../../src/lib/foundation/ids.ts';
import { unwrap } from '../../src/lib/foundation/result.ts';
import type { StoredEntry } from '../../src/lib/log/log-store.ts';
import { ROLES } from '../../src/lib/protocol/membership-op.ts';
import { EngineSafety } from './engine-safety.ts';
import { SeededRandom } from './seeded-random.ts';
import { ServedToOutsiders } from './served-to-outsiders.ts';
import { Traitor } from './traitor.ts';

export interface Person {
  readonly name: string;
  readonly disk: Disk;
  readonly device: DeviceId;
  readonly member: MemberId;
  /** Undefined while switched off. */
  running: Device | undefined;
  group: number;
}

/** How a space of four begins; every history goes on from copies of the same disks. */
export interface Beginning {
  readonly space: SpaceId;
  readonly people: readonly Pick<Person, 'name' | 'disk' | 'device' | 'member'>[];
}

/** Alice founds, Bob and Carol govern with her, Dave edits. */
export async function begin(): Promise<Beginning> {
  const world = new World(() => turn());
  const gathering = new Gathering(world);
  const host = await gathering.host('Alice');
  const guests: Device[] = [];
  for (const name of ['Bob', 'Carol', 'Dave']) guests.push((await gathering.admit(host, name, 'editor')).device);
  const devices = [host.device, ...guests];
  const standings = await Promise.all(
    devices.map(async ({ engine }) => (await engine.spaces()).find((each) => each.space === host.space)),
  );
  const people = ['Alice', 'Bob', 'Carol', 'Dave'].map((name, i) => {
    const [device, standing] = [devices[i], standings[i]];
    if (device === undefined || standing === undefined) throw new Error('everyone is in');
    return { name, disk: device.disk, device: standing.device, member: standing.member };
  });
  unwrap(await host.device.engine.setRole(host.space, people[1]?.member as MemberId, 'admin'));
  unwrap(await host.device.engine.setRole(host.space, people[2]?.member as MemberId, 'owner'));
  await world.pass(90_000);
  world.close();
  return { space: host.space, people };
}

export class EngineWorld {
  readonly space: SpaceId;
  readonly people: Person[];
  readonly #traitor: Traitor | undefined;
  readonly random: SeededRandom;
  readonly world = new World(() => turn());
  readonly safety: EngineSafety;
  readonly served: ServedToOutsiders;
  readonly told: string[] = [];
  #faults: LinkFaults;
  readonly #cuts = new Map<string, () => void>();
  #writes = 0;

  /** `traitor`: who has no device but signs what it likes, and shows each what it likes. */
  constructor(beginning: Beginning, seed: number, traitor?: 'Bob' | 'Carol') {
    this.space = beginning.space;
    this.random = new SeededRandom(seed);
    this.people = beginning.people
      .slice(0, traitor === undefined ? 3 + (seed % 2) : 4)
      .map((person) => ({ ...person, disk: copyOf(person.disk), running: undefined, group: 0 }));
    const isRough = this.random.chance() < 0.5;
    this.#faults = isRough ? { drop: 0.1, duplicate: 0.1, reorder: 0.2, delayMs: 20 } : { ...NO_FAULTS, delayMs: 5 };
    this.#traitor = traitor === undefined ? undefined : new Traitor(this.#take(traitor), this.random);
    this.safety = new EngineSafety(this.space, this.people, traitor);
    this.served = new ServedToOutsiders(this.space);
  }

  async start(): Promise<void> {
    for (const person of this.people) await this.#boot(person);
    this.#reconnect();
    await this.world.pass(2_000);
  }

  /** One random thing happens, then up to ten seconds pass. */
  async step(): Promise<void> {
    const person = this.random.pick(this.people);
    if (person === undefined) return;
    if (this.#traitor !== undefined && this.random.chance() < 0.25) await this.#betray(person);
    const dice = this.random.chance();
    if (dice < 0.34) await this.#write(person);
    else if (dice < 0.46) await this.#remove(person);
    else if (dice < 0.58) await this.#setRole(person);
    else if (dice < 0.7) this.#split();
    else if (dice < 0.78) this.#unite();
    else if (dice < 0.87) await this.#toggle(person);
    else if (dice < 0.91) await this.#setPolicy(person);
    else await this.#carry(person);
    this.#reconnect();
    await this.world.pass(this.random.chance() < 0.6 ? this.random.below(500) : this.random.below(10_000));
    await this.#look();
  }

  /** Everyone is up and reached, the carrier withholds nothing more; two minutes pass. */
  async heal(): Promise<void> {
    this.#faults = { ...NO_FAULTS, delayMs: 2 };
    for (const person of this.people) {
      person.group = 0;
      if (person.running === undefined) await this.#boot(person);
    }
    for (let round = 0; round < 4; round++) {
      for (const key of [...this.#cuts.keys()]) this.#cut(key);
      this.#reconnect();
      const all = this.people.flatMap((person) => this.#logOf(person));
      for (const person of this.people) await this.#deliver(person, all);
      await this.world.pass(35_000);
      await this.#look();
    }
  }

  async #look(): Promise<void> {
    await this.safety.look();
    const outOf = new Map<Person, readonly Person[]>();
    for (const person of this.people) {
      const members = (await person.running?.engine.members(this.space)) ?? [];
      const out = new Set(members.filter(({ isActive }) => !isActive).map(({ member }) => member));
      outOf.set(
        person,
        this.people.filter((other) => other !== person && out.has(other.member)),
      );
    }
    await this.served.look(outOf);
  }

  end(): void {
    this.world.close();
  }

  async #boot(person: Person): Promise<void> {
    person.running = await this.world.start(person.disk, { random: this.random.fork() });
  }

  async #write(person: Person): Promise<void> {
    const text = `${person.name} ${String(this.#writes++)}`;
    const document = this.random.chance() < 0.7 ? PAGE_DOCUMENT : CHANNEL_DOCUMENT;
    const written = await person.running?.write(this.space, text, document);
    this.#tell(`${person.name} writes`, written);
    if (written?.ok === true) await this.safety.wrote(person, text);
  }

  async #remove(person: Person): Promise<void> {
    const target = this.random.pick(this.people.filter((other) => other !== person));
    if (target === undefined || person.running === undefined) return;
    this.safety.touched.add(target.name);
    this.#tell(
      `${person.name} removes ${target.name}`,
      await person.running.engine.removeMember(this.space, target.member),
    );
  }

  async #setRole(person: Person): Promise<void> {
    const target = this.random.pick(this.people);
    const role = this.random.pick(ROLES);
    if (target === undefined || role === undefined || person.running === undefined) return;
    this.safety.touched.add(target.name);
    const set = await person.running.engine.setRole(this.space, target.member, role);
    this.#tell(`${person.name} makes ${target.name} ${role}`, set);
  }

  /** [K4] Whether who comes later reads what was written before changes nothing for those who are in. */
  async #setPolicy(person: Person): Promise<void> {
    if (person.running === undefined) return;
    const from = this.random.chance() < 0.5 ? 'start' : 'join';
    const set = await person.running.engine.setHistoryFrom(this.space, from);
    this.#tell(`${person.name} lets newcomers read from ${from}`, set);
  }

  /** The traitor's chain goes on from where this person holds it, for this person's eyes. */
  async #betray(person: Person): Promise<void> {
    if (this.#traitor === undefined || person.running === undefined) return;
    const target = this.random.pick(this.people.filter((other) => other !== person));
    if (target === undefined) return;
    this.safety.touched.add(target.name);
    const { said, entries } = await this.#traitor.sign(this.space, copyOf(person.disk), target);
    this.told.push(`${this.#traitor.name} shows ${person.name}: ${said}`);
    await this.world.during(inject(person.running, this.space, entries));
  }

  #take(name: string): Person {
    const at = this.people.findIndex((person) => person.name === name);
    const [taken] = this.people.splice(at, 1);
    if (taken === undefined) throw new Error('the traitor is one of them');
    return taken;
  }

  #split(): void {
    for (const person of this.people) person.group = this.random.below(3);
    this.told.push(`split ${this.people.map(({ group }) => group).join('')}`);
    for (const key of [...this.#cuts.keys()]) {
      const [one, other] = key.split('-').map((index) => this.people[Number(index)]);
      if (one?.group !== other?.group) this.#cut(key);
    }
  }

  #unite(): void {
    this.told.push('unite');
    for (const person of this.people) person.group = 0;
  }

  async #toggle(person: Person): Promise<void> {
    this.told.push(`${person.name} ${person.running === undefined ? 'starts' : 'crashes'}`);
    if (person.running === undefined) {
      await this.#boot(person);
      return;
    }
    person.running.root.close();
    person.running = undefined;
    const index = String(this.people.indexOf(person));
    for (const key of [...this.#cuts.keys()]) if (key.split('-').includes(index)) this.#cut(key);
  }

  /** The carrier brings one device a copy of another's log, in any order, one author or the newest held back. */
  async #carry(to: Person): Promise<void> {
    const from = this.random.pick(this.people.filter((other) => other !== to));
    if (from === undefined || to.running === undefined) return;
    const withheld = this.random.chance() < 0.5 ? this.random.pick(this.people)?.device : undefined;
    const log = this.#logOf(from).filter((entry) => entry.author !== withheld);
    const kept = log.slice(0, log.length - (this.random.chance() < 0.3 ? this.random.below(20) : 0));
    this.told.push(`carried from ${from.name} to ${to.name}`);
    await this.#deliver(to, this.random.chance() < 0.5 ? kept : [...kept].reverse());
  }

  async #deliver(to: Person, entries: readonly StoredEntry[]): Promise<void> {
    if (to.running === undefined) return;
    const held = new Set(this.#logOf(to).map((entry) => entry.id));
    const news = entries.filter((entry) => !held.has(entry.id)).map((entry) => entry.bytes);
    if (news.length > 0) await this.world.during(inject(to.running, this.space, news));
  }

  #logOf(person: Person): readonly StoredEntry[] {
    return person.disk.log.spaces.get(this.space)?.arrival ?? [];
  }

  #reconnect(): void {
    for (const [i, one] of this.people.entries()) {
      for (const [j, other] of this.people.entries()) {
        const key = `${String(i)}-${String(j)}`;
        if (j <= i || one.group !== other.group) continue;
        if (one.running === undefined || other.running === undefined) continue;
        // A link on which one side gave up is met anew now and then, as phones do.
        if (this.#cuts.has(key) && this.random.chance() < 0.8) continue;
        this.#cut(key);
        const { ends, cut } = createMemoryLink({
          scheduler: this.world.time,
          chance: this.random.chance,
          faults: () => this.#faults,
          sides: ['peer', 'peer'],
          binding: this.random.bytes(8),
          onSend: (frame, end) => this.served.onSent(end === 0 ? one : other, end === 0 ? other : one, frame),
        });
        one.running.root.attach(ends[0]);
        other.running.root.attach(ends[1]);
        this.#cuts.set(key, cut);
      }
    }
  }

  #cut(key: string): void {
    this.#cuts.get(key)?.();
    this.#cuts.delete(key);
  }

  #tell(what: string, outcome: { readonly ok: boolean; readonly error?: { readonly code: string } } | undefined): void {
    this.told.push(`${what}: ${outcome === undefined ? 'off' : outcome.ok ? 'done' : (outcome.error?.code ?? '')}`);
  }
}

/** What a switched-off device holds, so that a history may go on from it without changing it. */
function copyOf(disk: Disk): Disk {
  const log = new MemoryDisk();
  for (const [space, { arrival, chains, heads }] of disk.log.spaces) {
    const copies = new Map<DeviceId, StoredEntry[]>([...chains].map(([device, chain]) => [device, [...chain]]));
    log.spaces.set(space, { arrival: [...arrival], chains: copies, heads: new Map(heads) });
  }
  const { record, hasCanary, keys } = disk.profile;
  const profile = Object.assign(Object.create(MemoryProfile.prototype) as MemoryProfile, { record, hasCanary, keys });
  return Object.assign(new Disk(), { profile, log, rows: new Map(disk.rows) });
}
