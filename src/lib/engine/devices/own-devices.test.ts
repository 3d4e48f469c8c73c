import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../../crypto/sodium.ts';
import { parseRecoveryWords } from '../../crypto/recovery-words.ts';
import { decodeUtf8, utf8 } from '../../foundation/bytes.ts';
import { unwrap } from '../../foundation/result.ts';
import type { Device } from '../world.fixture.ts';
import { DevicesWorld, RELAY } from './people-with-devices.fixture.ts';

describe('own devices', () => {
  let world: DevicesWorld;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new DevicesWorld();
  });
  afterEach(() => world.close());

  async function namesOn(device: Device): Promise<readonly string[]> {
    return (await device.engine.ownDevices()).map(({ name }) => name);
  }

  async function idOf(device: Device, name: string): Promise<string> {
    const found = (await device.engine.ownDevices()).find((each) => each.name === name);
    if (found === undefined) throw new Error(`no device called ${name}`);
    return found.id;
  }

  async function personal(device: Device, key: string): Promise<string | undefined> {
    const value = await device.engine.getPersonal('draft', key);
    return value === undefined ? undefined : decodeUtf8(value);
  }

  it('[I5] Alice sees both of her devices on both, names one anew from the other, and sees when each was there', async () => {
    const phone = await world.someone('Alice');
    await phone.engine.introduceDevice('Chrome, Android');
    await phone.engine.introduceDevice('a second suggestion changes nothing');
    await phone.newSpace();
    const { device: laptop } = await world.link(phone, 'Firefox, Linux');
    expect(await namesOn(phone)).toEqual(['Chrome, Android', 'Firefox, Linux']);
    expect(await namesOn(laptop)).toEqual(['Firefox, Linux', 'Chrome, Android']);
    unwrap(await phone.engine.renameDevice(await idOf(phone, 'Firefox, Linux'), 'Le portable'));
    await world.pass(5_000);
    expect(await namesOn(laptop)).toEqual(['Le portable', 'Chrome, Android']);
    expect(laptop.events.some((event) => event.kind === 'devices')).toBe(true);
    const [own, other] = await laptop.engine.ownDevices();
    expect(own).toMatchObject({ isThis: true, spaceCount: 1 });
    expect(other).toMatchObject({ isThis: false, spaceCount: 1 });
    expect(other?.seenAt).toBeGreaterThan(0);
    expect(await phone.engine.renameDevice('no such device', 'x')).toMatchObject({
      ok: false,
      error: { code: 'unknown-device' },
    });
  });

  it('[I5] a space that one device founds or is let into comes to the other by itself, and not back where it was forgotten', async () => {
    const bob = await world.someone('Bob');
    const shared = await bob.newSpace();
    const phone = await world.someone('Alice');
    const { device: laptop } = await world.link(phone, 'Laptop');
    const founded = await phone.newSpace();
    await bob.confirmWords();
    const { link } = unwrap(await bob.engine.invite(shared, { role: 'editor', days: 1, maxUses: 1 }));
    world.join(bob, phone);
    world.join(bob, laptop);
    unwrap(await world.during(phone.engine.acceptInvitation(link ?? '', 'Alice')));
    await world.pass(20_000);
    const spaces = await laptop.engine.spaces();
    expect(
      spaces
        .filter((each) => each.isReady)
        .map((each) => each.space)
        .sort(),
    ).toEqual([founded, shared].sort());
    unwrap(await laptop.write(shared, 'hello from the laptop'));
    await world.pass(3_000);
    expect(await bob.read(shared)).toEqual(['hello from the laptop']);
    const [, alice] = await bob.engine.members(shared);
    const recovery = alice?.devices.find((device) => device.isRecovery);
    expect(laptop.disk.log.spaces.get(shared)?.chains.get(recovery!.device)).toBeUndefined();

    unwrap(await laptop.engine.forgetSpace(founded));
    await world.pass(5_000);
    unwrap(await phone.engine.putPersonal('draft', 'a', utf8('news that make the laptop look again')));
    await world.pass(5_000);
    expect((await laptop.engine.spaces()).map((each) => each.space)).toEqual([shared]);
    expect((await phone.engine.spaces()).map((each) => each.space)).toContain(founded);
  });

  it('[I5][K3] a stolen laptop is put out: what is said afterwards it cannot read, in no space and not in the own one', async () => {
    const phone = await world.someone('Alice');
    const space = await phone.newSpace();
    const bob = await world.guest(phone, space, 'Bob');
    const { device: laptop } = await world.link(phone, 'Laptop');
    world.join(bob, laptop);
    unwrap(await laptop.write(space, 'before the theft'));
    await world.pass(3_000);
    expect(await bob.read(space)).toEqual(['before the theft']);

    unwrap(await phone.engine.revokeDevice(await idOf(phone, 'Laptop')));
    await world.pass(5_000);
    unwrap(await phone.write(space, 'after the theft'));
    unwrap(await phone.engine.putPersonal('draft', 'secret', utf8('for the phone alone')));
    await world.pass(10_000);
    expect(await bob.read(space)).toEqual(['before the theft', 'after the theft']);
    expect(await laptop.read(space)).toEqual(['before the theft']);
    expect(await personal(laptop, 'secret')).toBeUndefined();
    expect(await namesOn(phone)).not.toContain('Laptop');
    const written = await laptop.write(space, 'by the thief');
    await world.pass(5_000);
    expect(await bob.read(space)).not.toContain('by the thief');
    expect(written.ok).toBe(false);
  });

  it('[I5] even with the whole log in hand the stolen laptop opens nothing that was sealed later', async () => {
    const phone = await world.someone('Alice');
    const space = await phone.newSpace();
    const { device: laptop } = await world.link(phone, 'Laptop');
    unwrap(await phone.engine.revokeDevice(await idOf(phone, 'Laptop')));
    unwrap(await phone.write(space, 'after the theft'));
    const whole = unwrap(await phone.engine.exportBundle(space));
    const report = unwrap(await world.during(laptop.engine.importBundle(whole)));
    expect(report.stored + report.known).toBeGreaterThan(0);
    expect(await laptop.read(space)).toEqual([]);
  });

  it('[I5] the device in hand is not put out from itself, and one that is gone is told of', async () => {
    const phone = await world.someone('Alice');
    const { device: laptop } = await world.link(phone, 'Laptop');
    for (const id of [(await phone.engine.ownDevices())[0]?.id ?? '', 'no such device'])
      expect(await phone.engine.revokeDevice(id)).toMatchObject({ ok: false, error: { code: 'unknown-device' } });
    await phone.engine.lock();
    expect(await laptop.engine.revokeDevice('x')).toMatchObject({ ok: false });
  });

  it('[I5] keys that no device has claimed are shown as a device without a name, and can be put out', async () => {
    const phone = await world.someone('Alice');
    const space = await phone.newSpace();
    const laptop = await world.start();
    world.relay.connect(world, laptop);
    await world.pass(1_000);
    unwrap(await phone.engine.offerPairing('code'));
    const state = await phone.engine.pairing();
    const choices = { protection: { kind: 'device' }, deviceName: 'Laptop', relayUrl: RELAY } as const;
    unwrap(await laptop.engine.acceptPairing(state.side === 'host' ? state.code : '', choices));
    await world.pass(5_000);
    // The laptop was added and has not said a word since.
    expect((await phone.engine.ownDevices()).map(({ id, name }) => [id, name])).toContainEqual(['unknown', '']);
    unwrap(await phone.engine.revokeDevice('unknown'));
    unwrap(await phone.write(space, 'afterwards'));
    world.join(phone, laptop);
    await world.pass(20_000);
    const [self] = await phone.engine.members(space);
    expect(self?.devices.filter((device) => device.isActive && !device.isRecovery)).toHaveLength(1);
    expect((await phone.engine.ownDevices()).map(({ id }) => id)).not.toContain('unknown');
  });

  it('[V4] new words: the old ones find nothing and open nothing, the new ones bring everything back', async () => {
    const phone = await world.someone('Alice');
    const space = await phone.newSpace();
    const { device: laptop } = await world.link(phone, 'Laptop');
    unwrap(await phone.write(space, 'before'));
    const old = unwrap(await phone.engine.recoveryWords(undefined)).join(' ');
    unwrap(await phone.engine.revokeDevice(await idOf(phone, 'Laptop')));
    unwrap(await phone.engine.renewWords());
    await world.pass(10_000);
    const fresh = unwrap(await phone.engine.recoveryWords(undefined)).join(' ');
    expect(fresh).not.toBe(old);
    expect(parseRecoveryWords(fresh).ok).toBe(true);
    expect(await phone.engine.session()).toMatchObject({ kind: 'open', wordsConfirmed: false });
    unwrap(await phone.write(space, 'after'));
    await world.pass(5_000);

    const thief = await world.start();
    world.relay.connect(world, thief);
    world.join(phone, thief);
    const byOld = unwrap(
      await world.during(thief.engine.restore({ words: old, protection: { kind: 'device' }, relayUrl: RELAY })),
    );
    expect(byOld.spaces).toEqual([]);
    const tablet = await world.start();
    world.relay.connect(world, tablet);
    world.join(phone, tablet);
    unwrap(
      await world.during(tablet.engine.restore({ words: fresh, protection: { kind: 'device' }, relayUrl: RELAY })),
    );
    await world.pass(20_000);
    expect(await tablet.read(space)).toEqual(['before', 'after']);
    unwrap(await tablet.write(space, 'from the tablet'));
    await world.pass(5_000);
    expect(await phone.read(space)).toContain('from the tablet');
    expect(await laptop.read(space)).toEqual(['before']);
  });

  it('[V4] new words reach the other devices, and a restart in between carries them through', async () => {
    const phone = await world.someone('Alice');
    const space = await phone.newSpace();
    const { device: laptop } = await world.link(phone, 'Laptop');
    unwrap(await phone.engine.renewWords());
    await world.pass(10_000);
    const words = unwrap(await phone.engine.recoveryWords(undefined));
    expect(unwrap(await laptop.engine.recoveryWords(undefined))).toEqual(words);
    const [self] = await laptop.engine.members(space);
    const recovery = self?.devices.filter((device) => device.isRecovery) ?? [];
    expect(recovery.map((device) => device.isActive).sort()).toEqual([false, true]);
    const again = await world.start(laptop.disk);
    expect(unwrap(await again.engine.recoveryWords(undefined))).toEqual(words);
  });
});
