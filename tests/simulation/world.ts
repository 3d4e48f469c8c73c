/**
 * N devices, an always-on node, an outsider and a network that fails, all from one seed. Devices are made by a factory,
 * so the same world drives the plain host and the engine. Safety is checked whenever anything becomes durable or leaves
 * a device; convergence after the network heals and has been quiet.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { MemoryDisk } from '../../src/lib/adapters/storage/memory-log-store.ts';
import {
  createMemoryLink,
  NO_FAULTS,
  type LinkFaults,
  type MemoryLink,
} from '../../src/lib/adapters/transport/memory-link.ts';
import type { DeviceId, EnvelopeId, SpaceId } from '../../src/lib/foundation/ids.ts';
import type { Scheduler } from '../../src/lib/foundation/scheduler.ts';
import type { StoredEntry } from '../../src/lib/log/log-store.ts';
import { decodeHeader, ENVELOPE_HEADER_BYTES } from '../../src/lib/protocol/envelope.ts';
import { VirtualTime } from '../../src/lib/sync/virtual-time.fixture.ts';
import type { Keyring } from './plain-envelopes.ts';
import { RelayNode, type RelayLie } from './relay-node.ts';
import { SeededRandom } from './seeded-random.ts';
import type { DeviceFactory, SimulatedDevice } from './simulated-device.ts';

const NAMES = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'] as const;
const CENTURY_MS = 100 * 365 * 86_400_000;
const ENV_BYTE = 7;
const FRONTIER_BYTE = 5;

export interface WorldOptions {
  readonly seed: number;
  readonly devices: number;
  readonly faults: LinkFaults;
  readonly relay: RelayLie | undefined;
  /** Whether devices also reach each other without the relay. */
  readonly hasMesh: boolean;
  readonly makeDevice: DeviceFactory;
  /** The same keyring the factory uses. */
  readonly keys: Keyring;
}

interface Place {
  readonly name: string;
  readonly disk: MemoryDisk;
  readonly random: SeededRandom;
  skewMs: number;
  device: SimulatedDevice;
  isUp: boolean;
  cancelTimers: () => void;
  group: number;
}

interface Wire {
  readonly from: number;
  readonly to: number | 'relay';
  readonly link: MemoryLink;
}

export class World {
  readonly options: WorldOptions;
  readonly time = new VirtualTime(() => turn());
  readonly random: SeededRandom;
  readonly relay: RelayNode | undefined;
  /** Broken safety rules, in words; empty in a right world. */
  readonly violations: string[] = [];
  readonly #places: Place[] = [];
  readonly #wires = new Set<Wire>();
  /** Every durable entry of an honest author: author/seq → id. */
  readonly #registry = new Map<string, EnvelopeId>();
  #faults: LinkFaults;
  #space: SpaceId | undefined;
  #writes = 0;

  constructor(options: WorldOptions) {
    this.options = options;
    this.random = new SeededRandom(options.seed);
    this.#faults = options.faults;
    if (options.relay !== undefined) this.relay = new RelayNode(options.keys, this.random.fork(), options.relay);
    for (const name of NAMES.slice(0, options.devices)) this.#places.push(this.#newPlace(name));
  }

  get durableEntries(): number {
    return this.#registry.size;
  }

  /** Alice founds the space and admits the others; links come up. */
  async begin(): Promise<void> {
    const [founder, ...others] = this.#places;
    if (founder === undefined) return;
    const founding = founder.device.found();
    await this.time.pass(50);
    this.#space = await founding;
    for (const { device } of others) {
      void founder.device.admit(device.id);
      void device.join(this.#space);
    }
    await this.time.pass(50);
    this.connectAll();
  }

  /** One random thing happens, then up to three seconds pass. */
  async step(): Promise<void> {
    const place = this.random.pick(this.#places);
    if (place === undefined) return;
    const dice = this.random.chance();
    if (dice < 0.55) this.#write(place);
    else if (dice < 0.6 && place.isUp) void place.device.rotate();
    else if (dice < 0.7) this.#split();
    else if (dice < 0.78) this.#unite();
    else if (dice < 0.88) this.#toggle(place);
    else if (dice < 0.93) place.skewMs = (this.random.chance() * 2 - 1) * CENTURY_MS;
    else if (this.relay?.lie === 'rolls-back') this.relay.rollBack();
    await this.time.pass(this.random.chance() < 0.7 ? this.random.below(120) : this.random.below(3_000));
    this.connectAll();
  }

  /** The network heals, every device is up, nobody writes; waits until all are equal or patience ends. */
  async heal(): Promise<boolean> {
    this.#faults = { ...NO_FAULTS, delayMs: 5 };
    for (const place of this.#places) {
      place.group = 0;
      if (!place.isUp) this.#restart(place);
    }
    // Half of the histories go on over the very links that lost frames; the others meet again.
    if (this.options.seed % 2 === 0) for (const wire of [...this.#wires]) this.#cut(wire);
    this.connectAll();
    for (let waitedMs = 0; waitedMs < 240_000; waitedMs += 1_000) {
      await this.time.pass(1_000);
      if (this.isConverged()) return true;
      this.connectAll();
    }
    return false;
  }

  /** Every device holds every durable entry. */
  isConverged(): boolean {
    return this.#places.every((place) => this.#countHeld(place) === this.#registry.size);
  }

  describe(): string {
    const counts = this.#places.map((place) => `${place.name} ${String(this.#countHeld(place))}`).join(', ');
    return `seed ${String(this.options.seed)}: ${String(this.#registry.size)} durable; ${counts}; ${this.violations.join('; ')}`;
  }

  async end(): Promise<void> {
    for (const place of this.#places) this.#stop(place);
    await this.time.pass(0);
  }

  /** Sends as somebody who is no member, over a link of its own to each device. */
  connectOutsider(outsider: SimulatedDevice): void {
    for (const [index, place] of this.#places.entries()) {
      if (!place.isUp) continue;
      const link = createMemoryLink({
        scheduler: this.time,
        chance: this.random.chance,
        binding: Uint8Array.of(99, index),
        onSend: (frame, end) => {
          if (end === 0 && (frame[0] === ENV_BYTE || frame[0] === FRONTIER_BYTE))
            this.violations.push(`[S5] ${place.name} served an outsider`);
        },
      });
      place.device.connect(link.ends[0], () => undefined);
      outsider.connect(link.ends[1], () => undefined);
    }
  }

  connectAll(): void {
    for (const [from, place] of this.#places.entries()) {
      if (!place.isUp) continue;
      if (this.relay !== undefined && place.group !== 2 && !this.#isWired(from, 'relay')) this.#wire(from, 'relay');
      if (!this.options.hasMesh) continue;
      for (const [to, other] of this.#places.entries()) {
        if (to > from && other.isUp && other.group === place.group && !this.#isWired(from, to)) this.#wire(from, to);
      }
    }
  }

  #newPlace(name: string): Place {
    const shell = { name, disk: new MemoryDisk(), random: this.random.fork(), skewMs: 0, isUp: true, group: 0 };
    return { ...shell, ...this.#boot(() => place(), shell) };

    function place(): { readonly skewMs: number } {
      return shell;
    }
  }

  #boot(
    skew: () => { readonly skewMs: number },
    shell: { readonly name: string; readonly disk: MemoryDisk; readonly random: SeededRandom },
  ) {
    const timers = new Set<() => void>();
    const scheduler: Scheduler = {
      after: (delayMs, task) => {
        const cancel = this.time.after(delayMs, () => {
          timers.delete(cancel);
          task();
        });
        timers.add(cancel);
        return cancel;
      },
    };
    const device = this.options.makeDevice({
      name: shell.name,
      disk: shell.disk,
      clock: { nowMs: () => this.time.nowMs() + skew().skewMs },
      scheduler,
      random: shell.random,
      onStored: (entries, how) => this.#check(shell.name, entries, how),
      onFault: (error) => this.violations.push(`${shell.name} failed: ${String(error)}`),
    });
    return { device, cancelTimers: () => timers.forEach((cancel) => cancel()) };
  }

  #write(place: Place): void {
    if (!place.isUp) return;
    for (let i = this.random.below(4); i >= 0; i--) void place.device.write(`edit ${String(this.#writes++)}`);
  }

  #split(): void {
    for (const place of this.#places) place.group = this.random.below(3);
    for (const wire of [...this.#wires]) {
      const [from, to] = [this.#places[wire.from], typeof wire.to === 'number' ? this.#places[wire.to] : undefined];
      const isApart = wire.to === 'relay' ? from?.group === 2 : from?.group !== to?.group;
      if (isApart) this.#cut(wire);
    }
  }

  #unite(): void {
    for (const place of this.#places) place.group = 0;
  }

  #toggle(place: Place): void {
    if (place.isUp) this.#crash(place);
    else this.#restart(place);
  }

  #crash(place: Place): void {
    this.#stop(place);
    const index = this.#places.indexOf(place);
    for (const wire of [...this.#wires]) if (wire.from === index || wire.to === index) this.#cut(wire);
  }

  #stop(place: Place): void {
    place.isUp = false;
    place.cancelTimers();
    place.device.kill();
  }

  #restart(place: Place): void {
    Object.assign(
      place,
      this.#boot(() => place, place),
    );
    place.isUp = true;
    if (this.#space !== undefined) void place.device.join(this.#space);
  }

  #cut(wire: Wire): void {
    wire.link.cut();
    this.#wires.delete(wire);
  }

  #isWired(from: number, to: number | 'relay'): boolean {
    for (const wire of this.#wires) if (wire.from === from && wire.to === to) return true;
    return false;
  }

  #wire(from: number, to: number | 'relay'): void {
    const [near, far] = [this.#places[from], typeof to === 'number' ? this.#places[to] : undefined];
    if (near === undefined) return;
    const link = createMemoryLink({
      scheduler: this.time,
      chance: this.random.chance,
      faults: () => this.#faults,
      sides: to === 'relay' ? ['relay', 'peer'] : ['peer', 'peer'],
      binding: to === 'relay' ? (this.relay?.binding ?? new Uint8Array(0)) : this.random.bytes(8),
      onSend: (frame, end) => this.#checkSent(end === 0 ? near : far, frame),
    });
    const wire: Wire = { from, to, link };
    this.#wires.add(wire);
    const onClose = () => {
      this.#wires.delete(wire);
    };
    near.device.connect(link.ends[0], onClose);
    if (far !== undefined) far.device.connect(link.ends[1], onClose);
    else this.relay?.accept(link.ends[1]);
  }

  /** [C1] What leaves a device is on its disk. */
  #checkSent(sender: Place | undefined, frame: Uint8Array): void {
    if (sender === undefined || frame[0] !== ENV_BYTE || this.#space === undefined) return;
    const header = decodeHeader(frame.subarray(1, 1 + ENVELOPE_HEADER_BYTES));
    if (!header.ok) return;
    const { author, seq } = header.value.header;
    if (sender.disk.spaces.get(this.#space)?.chains.get(author)?.[seq] === undefined)
      this.violations.push(`[C1] ${sender.name} sent what it had not stored`);
  }

  #check(name: string, entries: readonly StoredEntry[], how: 'appended' | 'inserted'): void {
    const place = this.#places.find((candidate) => candidate.name === name);
    for (const entry of entries) {
      const key = `${entry.author}/${String(entry.seq)}`;
      if (how === 'appended') {
        if (this.#registry.has(key)) this.violations.push(`[C1] ${name} forked its own chain at ${String(entry.seq)}`);
        this.#registry.set(key, entry.id);
      } else if (this.#registry.get(key) !== entry.id)
        this.violations.push(`[E3] ${name} stored an entry its author never wrote`);
      if (place !== undefined) this.#checkChain(place, entry);
    }
  }

  /** [C1] Dense and linked, whatever arrived in whatever order. */
  #checkChain(place: Place, entry: StoredEntry): void {
    const chain = place.disk.spaces.get(entry.space)?.chains.get(entry.author);
    if (chain?.[entry.seq]?.id !== entry.id)
      this.violations.push(`[C1] ${place.name} has a hole before ${String(entry.seq)}`);
    if (entry.seq > 0 && chain?.[entry.seq - 1]?.id !== entry.prev)
      this.violations.push(`[C1] ${place.name} has a broken link at ${String(entry.seq)}`);
  }

  #countHeld(place: Place): number {
    return this.#space === undefined ? 0 : (place.disk.spaces.get(this.#space)?.arrival.length ?? 0);
  }

  deviceIds(): readonly DeviceId[] {
    return this.#places.map((place) => place.device.id);
  }
}
