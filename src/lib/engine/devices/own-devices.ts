/**
 * The devices of one person: what each says of itself in the personal records, its name, and how one is put out of every
 * space at once. Nobody else is told which keys belong together.
 */
import { decodeUtf8, utf8 } from '../../foundation/bytes.ts';
import type { Clock } from '../../foundation/clock.ts';
import type { DeviceId, SpaceId } from '../../foundation/ids.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import type { Scheduler } from '../../foundation/scheduler.ts';
import type { People } from '../people.ts';
import type { PersonalRecords } from '../personal/personal-records.ts';
import type { PersonalSpace } from '../personal/personal-space.ts';
import type { SpaceReplica } from '../space-replica.ts';
import type { Spaces } from '../spaces.ts';
import type { OnFault } from '../turns.ts';
import type { Vault } from '../vault.ts';
import {
  decodeDeviceNote,
  DEVICES_TABLE,
  encodeDeviceNote,
  MAX_NOTED_KEYS,
  NAMES_TABLE,
  type DeviceNote,
} from './device-records.ts';

export interface OwnDevice {
  readonly id: string;
  readonly name: string;
  readonly isThis: boolean;
  /** When it last said something, by its own clock; 0 when it never did. */
  readonly seenAt: number;
  /** In how many spaces it reads and writes. */
  readonly spaceCount: number;
}

export interface OwnDevicesPorts {
  readonly vault: Vault;
  readonly spaces: Spaces;
  readonly personal: PersonalRecords;
  readonly ownSpace: PersonalSpace;
  readonly people: People;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly onChange: () => void;
  readonly onFault: OnFault;
}

/** Keys that are this person's and that no device has claimed: of one that is just coming, or that hides. */
export const UNKNOWN_DEVICE = 'unknown';
const SEEN_EVERY_MS = 3_600_000;
const MAX_NAME_LENGTH = 60;

export class OwnDevices {
  readonly #ports: OwnDevicesPorts;
  readonly #ends: (() => void)[] = [];

  constructor(ports: OwnDevicesPorts) {
    this.#ports = ports;
  }

  start(): void {
    const { personal, scheduler, onChange } = this.#ports;
    this.#ends.push(
      personal.onChange(({ table }) => {
        if (table === DEVICES_TABLE || table === NAMES_TABLE) onChange();
      }),
    );
    let cancel = (): void => undefined;
    const again = (): void => {
      cancel = scheduler.after(SEEN_EVERY_MS, () => {
        this.publish();
        again();
      });
    };
    again();
    this.#ends.push(() => cancel());
    this.publish();
  }

  stop(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  /** Says of this device what the others do not know yet: its keys, its name, and once an hour that it is there. */
  publish(): void {
    const { vault, personal, clock, onFault } = this.#ports;
    if (!vault.isOpen || this.#ends.length === 0) return;
    const name = vault.secrets.own.deviceName;
    const keys = vault.secrets.spaces
      .flatMap(({ space, device, standing, fresh }) => {
        if (standing === 'joining') return [];
        return [{ space, device: fresh?.device ?? device }];
      })
      .slice(0, MAX_NOTED_KEYS);
    const seenAt = Math.max(0, clock.nowMs());
    const before = this.#noteOf(personal.writer);
    const isNews = before === undefined || before.name !== name || !isSameKeys(before.keys, keys);
    if (!isNews && Math.abs(seenAt - before.seenAt) < SEEN_EVERY_MS) return;
    personal.put(DEVICES_TABLE, personal.writer, encodeDeviceNote({ name, seenAt, keys })).catch(onFault);
  }

  list(): readonly OwnDevice[] {
    const { personal, spaces } = this.#ports;
    const shown = new Set(spaces.shown().map(({ space }) => space));
    const devices = [...personal.all(DEVICES_TABLE).keys()].flatMap((id): OwnDevice[] => {
      const note = this.#noteOf(id);
      if (note === undefined) return [];
      const spaceCount = note.keys.filter(
        ({ space, device }) => shown.has(space) && this.#isActive(space, device),
      ).length;
      const name = this.#nameOf(id) ?? note.name;
      return [{ id, name, isThis: id === personal.writer, seenAt: note.seenAt, spaceCount }];
    });
    const unclaimed = this.#keysOf(UNKNOWN_DEVICE);
    if (unclaimed.length > 0)
      devices.push({ id: UNKNOWN_DEVICE, name: '', isThis: false, seenAt: 0, spaceCount: unclaimed.length });
    return devices.sort((a, b) => Number(b.isThis) - Number(a.isThis) || b.seenAt - a.seenAt || (a.id < b.id ? -1 : 1));
  }

  /** What the browser suggests, until the person says otherwise. */
  async introduce(name: string): Promise<void> {
    const { vault } = this.#ports;
    if (!vault.isOpen || vault.secrets.own.deviceName !== '' || name.trim() === '') return;
    await vault.update((secrets) => ({ ...secrets, own: { ...secrets.own, deviceName: shortened(name) } }));
    this.publish();
  }

  rename(id: string, name: string): Promise<Result<void>> {
    const { personal } = this.#ports;
    if (personal.find(DEVICES_TABLE, id) === undefined) return Promise.resolve(fail('unknown-device'));
    const short = shortened(name);
    return short === '' ? personal.delete(NAMES_TABLE, id) : personal.put(NAMES_TABLE, id, utf8(short));
  }

  /** Out of every space that this device is in, the own one first: what is said next is sealed without it. */
  async revoke(id: string): Promise<Result<void>> {
    const { personal, ownSpace, people, vault } = this.#ports;
    if (!vault.isOpen) return fail('locked');
    const isKnown = id === UNKNOWN_DEVICE || personal.find(DEVICES_TABLE, id) !== undefined;
    if (!isKnown || id === personal.writer) return fail('unknown-device');
    let failure: Result<void> = ok(undefined);
    for (const { replica, device } of this.#keysOf(id)) {
      const removed = await people.removeDevice(replica, device);
      if (!removed.ok) failure = removed;
    }
    if (!failure.ok) return failure;
    await personal.delete(NAMES_TABLE, id);
    await personal.delete(DEVICES_TABLE, id);
    await ownSpace.flush();
    return ok(undefined);
  }

  /** Active keys of a device, the own space's first. */
  #keysOf(id: string): readonly { readonly replica: SpaceReplica; readonly device: DeviceId }[] {
    const { personal, spaces, ownSpace } = this.#ports;
    const claimed = new Set<string>();
    for (const other of personal.all(DEVICES_TABLE).keys())
      if (id === UNKNOWN_DEVICE || other === id)
        for (const { space, device } of this.#noteOf(other)?.keys ?? []) claimed.add(`${space}/${device}`);
    const own = ownSpace.replica;
    const ordered = own === undefined ? spaces.shown() : [own, ...spaces.shown()];
    return ordered.flatMap((replica) => {
      if (!replica.isReady) return [];
      const { state, space, secrets } = replica;
      const devices = (state.memberOf(secrets.device)?.devices ?? []).filter((device) => {
        const isClaimed = claimed.has(`${space}/${device}`);
        const isOther = device !== secrets.device && state.isActiveDevice(device);
        return isOther && state.device(device)?.isRecovery === false && isClaimed === (id !== UNKNOWN_DEVICE);
      });
      return devices.map((device) => ({ replica, device }));
    });
  }

  #isActive(space: SpaceId, device: DeviceId): boolean {
    const replica = this.#ports.spaces.find(space);
    return replica?.state.isActiveDevice(device) === true;
  }

  #noteOf(id: string): DeviceNote | undefined {
    const bytes = this.#ports.personal.find(DEVICES_TABLE, id);
    const note = bytes === undefined ? undefined : decodeDeviceNote(bytes);
    return note?.ok === true ? note.value : undefined;
  }

  #nameOf(id: string): string | undefined {
    const bytes = this.#ports.personal.find(NAMES_TABLE, id);
    return bytes === undefined ? undefined : decodeUtf8(bytes);
  }
}

function isSameKeys(one: DeviceNote['keys'], other: DeviceNote['keys']): boolean {
  const known = new Set(one.map(({ space, device }) => `${space}/${device}`));
  return one.length === other.length && other.every(({ space, device }) => known.has(`${space}/${device}`));
}

function shortened(name: string): string {
  return name.trim().normalize('NFC').slice(0, MAX_NAME_LENGTH);
}
