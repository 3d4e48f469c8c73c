/** What must hold in every history of real engines, at every step and at the end; violations are sentences. */
import { CHANNEL_DOCUMENT, PAGE_DOCUMENT } from '../../src/lib/engine/world.fixture.ts';
import { replicaOfDisk } from '../../src/lib/engine/stolen-keys.fixture.ts';
import type { DeviceId, EpochId, SpaceId } from '../../src/lib/foundation/ids.ts';
import { heldEnvelope } from '../../src/lib/engine/held-envelope.ts';
import type { MembershipState } from '../../src/lib/membership/membership-state.ts';
import { rankOf } from '../../src/lib/membership/membership-state.ts';
import { RANKS } from '../../src/lib/membership/seniority.ts';
import type { Person } from './engine-world.ts';

interface Written {
  readonly by: string;
  readonly text: string;
  readonly epoch: EpochId;
  /** Devices that were out in what the writer knew. */
  readonly out: readonly DeviceId[];
}

interface Ending {
  readonly person: Person;
  readonly state: MembershipState;
  readonly size: number;
  readonly epochs: ReadonlySet<EpochId>;
  readonly writable: EpochId | undefined;
  readonly read: string;
}

export class EngineSafety {
  readonly violations: string[] = [];
  /** Whom someone tried to remove or to give another role: their words may rightly be late. */
  readonly touched = new Set<string>();
  /** How many devices were checked to be locked out of something that was written. */
  excluded = 0;
  readonly #space: SpaceId;
  readonly #people: readonly Person[];
  readonly #written: Written[] = [];
  /** Who was out in some view and is in again in it: they may be given what was written meanwhile. */
  readonly #reinstated = new Set<DeviceId>();
  readonly #outIn = new Map<string, Set<DeviceId>>();

  readonly #traitor: string | undefined;
  readonly #toldOfFork = new Set<string>();

  /** `traitor`: whose chain forks. */
  constructor(space: SpaceId, people: readonly Person[], traitor?: string) {
    this.#space = space;
    this.#people = people;
    this.#traitor = traitor;
  }

  /** How many were told of a fork. */
  get forks(): number {
    return this.#toldOfFork.size;
  }

  #isExpected(alarm: string): boolean {
    return alarm === 'gap' || alarm === 'stale' || (alarm === 'fork' && this.#traitor !== undefined);
  }

  async wrote({ name, device, running, disk }: Person, text: string): Promise<void> {
    const chain = disk.log.spaces.get(this.#space)?.chains.get(device) ?? [];
    const entry = chain.findLast(({ type }) => type === 'update');
    if (running === undefined || entry === undefined) return;
    const members = await running.engine.members(this.#space);
    const out = members.flatMap((member) =>
      member.devices.filter((each) => !member.isActive || !each.isActive).map((each) => each.device),
    );
    this.#written.push({ by: name, text, epoch: heldEnvelope(entry).header.epoch, out });
  }

  /** After every step: an owner everywhere [M2], and no honest chain forks or hands out wrong boxes. */
  async look(): Promise<void> {
    for (const { name, running } of this.#people) {
      if (running === undefined) continue;
      const members = await running.engine.members(this.#space);
      if (!members.some((member) => member.isActive && member.role === 'owner'))
        this.violations.push(`${name} sees no owner`);
      const out = this.#outIn.get(name) ?? new Set();
      this.#outIn.set(name, out);
      for (const member of members) {
        for (const { device, isActive } of member.devices) {
          if (!member.isActive || !isActive) out.add(device);
          else if (out.has(device)) this.#reinstated.add(device);
        }
      }
      for (const event of running.events.splice(0)) {
        if (event.kind === 'fault') this.violations.push(`${name} failed: ${event.code}`);
        if (event.kind === 'alarm' && event.alarm === 'fork') this.#toldOfFork.add(name);
        if (event.kind === 'alarm' && !this.#isExpected(event.alarm))
          this.violations.push(`${name} is told ${event.alarm}`);
      }
    }
  }

  /** After the network healed: those who are in agree on everything, and who is out reads nothing written without them. */
  async conclude(): Promise<void> {
    const endings: Ending[] = [];
    for (const person of this.#people) endings.push(await this.#endingOf(person));
    const [inside, outside] =
      this.#traitor === undefined ? partedBy(largest(endings), endings) : this.#partedByTrust(endings);
    const [first] = inside;
    if (first === undefined) {
      // Whom a traitor put out, one after another, are out.
      if (this.#traitor === undefined) this.violations.push('nobody is in');
      return;
    }
    for (const other of inside.slice(1)) this.#compare(first, other);
    const mayRotate = inside.some(
      ({ person }) => rankOf(first.state.roleOf(person.device) ?? 'reader') >= RANKS.editor,
    );
    if (mayRotate && first.writable === undefined) this.violations.push('no epoch to write with');
    for (const { by, text } of this.#written) {
      const isServed = this.#traitor === undefined || inside.some(({ person }) => person.name === by);
      if (isServed && !this.touched.has(by) && !first.read.includes(`"${text}"`)) this.violations.push(`lost: ${text}`);
    }
    for (const { person, epochs } of outside) this.#checkExcluded(person, epochs);
  }

  /**
   * Where a chain was forked, who is out for others may not know: what confirmed that stands beyond what an outsider is served.
   * Those who hold each other to be in agree. Two who hold each other to be out were told of the fork.
   */
  #partedByTrust(endings: readonly Ending[]): readonly [readonly Ending[], readonly Ending[]] {
    const holds = (one: Ending, other: Ending): boolean => one.state.isActiveDevice(other.person.device);
    const active = endings.filter((each) => holds(each, each));
    const best = largest(active);
    for (const [i, one] of active.entries()) {
      for (const other of active.slice(i + 1)) {
        const isApart = !holds(one, other) && !holds(other, one);
        if (isApart && ![one, other].some(({ person }) => this.#toldOfFork.has(person.name)))
          this.violations.push(`${one.person.name} and ${other.person.name} part and nobody says why`);
      }
    }
    const inside = active.filter((each) => best !== undefined && holds(best, each) && holds(each, best));
    return [inside, endings.filter((each) => !inside.includes(each))];
  }

  #compare(one: Ending, other: Ending): void {
    const names = `${one.person.name} and ${other.person.name}`;
    if (pictureOf(one.state) !== pictureOf(other.state)) this.violations.push(`${names} see other members`);
    if (one.writable !== other.writable) this.violations.push(`${names} write with other epochs`);
    if (one.read !== other.read) this.violations.push(`${names} read other words`);
  }

  /** [K3] Nobody holds the secret of an epoch under which someone wrote who knew them to be out. */
  #checkExcluded({ name, device }: Person, epochs: ReadonlySet<EpochId>): void {
    if (this.#reinstated.has(device)) return;
    const without = this.#written.filter(({ out }) => out.includes(device));
    if (without.length > 0) this.excluded++;
    for (const { epoch, text } of without) {
      if (epochs.has(epoch)) this.violations.push(`${name}, out, can open "${text}"`);
    }
  }

  async #endingOf(person: Person): Promise<Ending> {
    const { governance } = await replicaOfDisk(person.disk, this.#space);
    const { history, keys } = governance;
    const texts: (readonly string[])[] = [];
    for (const document of [PAGE_DOCUMENT, CHANNEL_DOCUMENT]) {
      texts.push(((await person.running?.read(this.#space, document)) ?? []).toSorted());
    }
    return {
      person,
      state: history.current(),
      size: history.graph.size,
      epochs: new Set(keys.content.epochs()),
      writable: keys.findWritable(history)?.id,
      read: JSON.stringify(texts),
    };
  }
}

function largest(endings: readonly Ending[]): Ending | undefined {
  return endings.toSorted((a, b) => b.size - a.size)[0];
}

function partedBy(
  best: Ending | undefined,
  endings: readonly Ending[],
): readonly [readonly Ending[], readonly Ending[]] {
  const isIn = ({ person }: Ending): boolean => best?.state.isActiveDevice(person.device) === true;
  return [endings.filter(isIn), endings.filter((each) => !isIn(each))];
}

function pictureOf(state: MembershipState): string {
  return JSON.stringify([
    state.heads,
    [...state.members.values()].map(({ id, role, isActive }) => [id, role, isActive]),
    [...state.devices.values()].map(({ id, isActive }) => [id, isActive]),
    [...state.voids.entries()],
  ]);
}
