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
import type { SpaceId } from '../../src/lib/foundation/ids.ts';
import type { Scheduler } from '../../src/lib/foundation/scheduler.ts';
import { VirtualTime } from '../../src/lib/sync/virtual-time.fixture.ts';
import type { Keyring } from './plain-envelopes.ts';
import { RelayNode, type RelayLie } from './relay-node.ts';
import { SafetyRules } from './safety-rules.ts';
import { SeededRandom } from './seeded-random.ts';
import type { DeviceFactory, SimulatedDevice } from './simulated-device.ts';

const NAMES = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'] as const;
const CENTURY_MS = 100 * 365 * 86_400_000;

export interface WorldOptions {
  readonly seed: number;
  readonly devices: number;
  readonly faults: LinkFaults;
  readonly relay: RelayLie | undefined;
  /** Whether devices also reach each other without the relay. */
  readonly hasMesh: boolean;
  /** Somebody who is no member dials every device. */
  readonly hasOutsider: boolean;
  readonly makeDevice: DeviceFactory;
  /** The same keyring the factory uses. */
  readonly keys: Keyring;
}

interface Place {
  readonly name: string;
  readonly disk: MemoryDisk;
  readonly random: SeededRandom;
  readonly clock: { skewMs: number };
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
  readonly rules = new SafetyRules();
  readonly #places: Place[] = [];
  readonly #wires = new Set<Wire>();
  #faults: LinkFaults;
  #space: SpaceId | undefined;
  #writes = 0;
  #outsider: Place | undefined;
  readonly #visited = new WeakSet<SimulatedDevice>();

  constructor(options: WorldOptions) {
    this.options = options;
    this.random = new SeededRandom(options.seed);
    this.#faults = options.faults;
    if (options.relay !== undefined) this.relay = new RelayNode(options.keys, this.random.fork(), options.relay);
    for (const name of NAMES.slice(0, options.devices)) this.#places.push(this.#newPlace(name));
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
    if (this.options.hasOutsider) {
      this.#outsider = this.#newPlace('mallory');
      void this.#outsider.device.join(this.#space);
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
    else if (dice < 0.93) place.clock.skewMs = Math.floor((this.random.chance() * 2 - 1) * CENTURY_MS);
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
    return this.#places.every((place) => this.#countHeld(place) === this.rules.durableEntries);
  }

  describe(): string {
    const counts = this.#places.map((place) => `${place.name} ${String(this.#countHeld(place))}`).join(', ');
    return `seed ${String(this.options.seed)}: ${String(this.rules.durableEntries)} durable; ${counts}; ${this.rules.violations.join('; ')}`;
  }

  async end(): Promise<void> {
    for (const place of this.#places) this.#stop(place);
    if (this.#outsider !== undefined) this.#stop(this.#outsider);
    await this.time.pass(0);
  }

  /** Somebody who knows the space but is no member dials every device. */
  #connectOutsider(): void {
    if (this.#outsider === undefined) return;
    for (const place of this.#places) {
      if (!place.isUp || this.#visited.has(place.device)) continue;
      this.#visited.add(place.device);
      const { ends } = createMemoryLink({
        scheduler: this.time,
        chance: this.random.chance,
        binding: this.random.bytes(8),
        onSend: (frame, end) => {
          if (end === 0) this.rules.onSentToOutsider(place.name, frame);
        },
      });
      place.device.connect(ends[0], () => undefined);
      this.#outsider.device.connect(ends[1], () => undefined);
    }
  }

  connectAll(): void {
    this.#connectOutsider();
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
    const clock = { skewMs: 0 };
    const shell = { name, disk: new MemoryDisk(), random: this.random.fork(), clock };
    return { ...shell, ...this.#boot(shell), isUp: true, group: 0 };
  }

  #boot(shell: Pick<Place, 'name' | 'disk' | 'random' | 'clock'>): Pick<Place, 'device' | 'cancelTimers'> {
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
      clock: { nowMs: () => this.time.nowMs() + shell.clock.skewMs },
      scheduler,
      random: shell.random,
      onStored: (entries, how) => this.rules.onStored(shell, entries, how),
      onFault: (error) => this.rules.violations.push(`${shell.name} failed: ${String(error)}`),
    });
    const cancelTimers = () => {
      for (const cancel of timers) cancel();
    };
    return { device, cancelTimers };
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
    Object.assign(place, this.#boot(place));
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
      onSend: (frame, end) => {
        const sender = end === 0 ? near : far;
        if (sender !== undefined) this.rules.onSent(sender, frame);
      },
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

  #countHeld(place: Place): number {
    return this.#space === undefined ? 0 : (place.disk.spaces.get(this.#space)?.arrival.length ?? 0);
  }
}
