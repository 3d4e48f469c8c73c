import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../../crypto/sodium.ts';
import { bytesToHex, decodeUtf8, utf8 } from '../../foundation/bytes.ts';
import { unwrap } from '../../foundation/result.ts';
import { MailRelay } from '../mail-relay.fixture.ts';
import { World, type Device } from '../world.fixture.ts';

const RELAY = 'https://relay.test';
const CHOICES = { protection: { kind: 'device' }, deviceName: 'Laptop', relayUrl: RELAY } as const;

describe('the space of the own devices', () => {
  let world: World;
  let relay: MailRelay;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
    relay = new MailRelay();
  });
  afterEach(() => world.close());

  async function alice(): Promise<Device> {
    const phone = await world.person('Alice', { relayUrl: RELAY });
    relay.connect(world, phone);
    await world.pass(1_000);
    return phone;
  }

  async function link(phone: Device): Promise<Device> {
    const laptop = await world.start();
    relay.connect(world, laptop);
    await world.pass(1_000);
    unwrap(await phone.engine.offerPairing('code'));
    const state = await phone.engine.pairing();
    unwrap(await laptop.engine.acceptPairing(state.side === 'host' ? state.code : '', CHOICES));
    await world.pass(5_000);
    return laptop;
  }

  async function textAt(device: Device, table: string, key: string): Promise<string | undefined> {
    const value = await device.engine.getPersonal(table, key);
    return value === undefined ? undefined : decodeUtf8(value);
  }

  it('[I5] what Alice reads on her phone is read on her laptop, both ways, and others are told of no such space', async () => {
    const phone = await alice();
    unwrap(await phone.engine.putPersonal('read', 'general', utf8('12')));
    const laptop = await link(phone);
    world.join(phone, laptop);
    await world.pass(10_000);
    expect(await textAt(laptop, 'read', 'general')).toBe('12');
    unwrap(await laptop.engine.putPersonal('read', 'general', utf8('15')));
    unwrap(await laptop.engine.putPersonal('draft', 'general', utf8('Bonjour')));
    await world.pass(5_000);
    expect(await textAt(phone, 'read', 'general')).toBe('15');
    expect(await textAt(phone, 'draft', 'general')).toBe('Bonjour');
    expect(phone.events).toContainEqual({ kind: 'personal', table: 'draft', keys: ['general'], origin: 'foreign' });
    for (const device of [phone, laptop]) {
      expect(await device.engine.spaces()).toEqual([]);
      expect(await device.engine.syncStatus()).toEqual([]);
      const kinds = device.events.map((event) => event.kind);
      for (const kind of ['members', 'sync', 'alarm', 'entries', 'fault']) expect(kinds).not.toContain(kind);
    }
  });

  it('[I5] words said while the devices were apart meet and end the same on both', async () => {
    const phone = await alice();
    const laptop = await link(phone);
    const cut = world.join(phone, laptop);
    await world.pass(10_000);
    cut();
    unwrap(await phone.engine.putPersonal('settings', 'theme', utf8('dark')));
    unwrap(await phone.engine.putPersonal('draft', 'a', utf8('from the phone')));
    unwrap(await laptop.engine.putPersonal('settings', 'theme', utf8('light')));
    unwrap(await laptop.engine.putPersonal('draft', 'b', utf8('from the laptop')));
    await world.pass(5_000);
    world.join(phone, laptop);
    await world.pass(10_000);
    for (const device of [phone, laptop]) {
      expect(await textAt(device, 'draft', 'a')).toBe('from the phone');
      expect(await textAt(device, 'draft', 'b')).toBe('from the laptop');
    }
    expect(await textAt(phone, 'settings', 'theme')).toBe(await textAt(laptop, 'settings', 'theme'));
  });

  it('[I5] a restart between writing and telling loses nothing', async () => {
    const phone = await alice();
    const laptop = await link(phone);
    const cut = world.join(phone, laptop);
    await world.pass(10_000);
    cut();
    unwrap(await phone.engine.putPersonal('draft', 'a', utf8('written, not yet told')));
    phone.root.close();
    const again = await world.start(phone.disk);
    await world.pass(3_000);
    world.join(again, laptop);
    await world.pass(10_000);
    expect(await textAt(laptop, 'draft', 'a')).toBe('written, not yet told');
  });

  it('[I5] the words bring the personal records back from another device', async () => {
    const phone = await alice();
    const words = unwrap(await phone.engine.recoveryWords(undefined)).join(' ');
    unwrap(await phone.engine.putPersonal('draft', 'a', utf8('before the loss')));
    await world.pass(10_000);
    const tablet = await world.start();
    relay.connect(world, tablet);
    unwrap(await world.during(tablet.engine.restore({ words, protection: { kind: 'device' }, relayUrl: RELAY })));
    world.join(phone, tablet);
    await world.pass(15_000);
    expect(await textAt(tablet, 'draft', 'a')).toBe('before the loss');
    unwrap(await tablet.engine.putPersonal('draft', 'b', utf8('after')));
    await world.pass(5_000);
    expect(await textAt(phone, 'draft', 'b')).toBe('after');
    expect(await tablet.engine.spaces()).toEqual([]);
  });

  it('[V3] neither the rows at rest nor what the relay holds tell a word of it', async () => {
    const phone = await alice();
    unwrap(await phone.engine.putPersonal('canary-table', 'canary-key', utf8('canary-value')));
    const laptop = await link(phone);
    world.join(phone, laptop);
    await world.pass(10_000);
    expect(await textAt(laptop, 'canary-table', 'canary-key')).toBe('canary-value');
    const bytes = [...laptop.disk.rows.values(), ...relay.blobs()].map((each) => bytesToHex(each)).join();
    for (const log of laptop.disk.log.spaces.values())
      for (const entry of log.arrival) expect(bytesToHex(entry.bytes)).not.toContain(bytesToHex(utf8('canary')));
    expect(bytes).not.toContain(bytesToHex(utf8('canary')));
  });
});
