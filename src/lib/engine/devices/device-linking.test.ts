import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../../crypto/sodium.ts';
import { unwrap } from '../../foundation/result.ts';
import { MailRelay } from '../mail-relay.fixture.ts';
import { World, type Device } from '../world.fixture.ts';
import type { PairingState } from './devices-calls.ts';

const RELAY = 'https://relay.test';
const CHOICES = { protection: { kind: 'device' }, deviceName: 'Firefox, Linux', relayUrl: RELAY } as const;

type HostState = Extract<PairingState, { readonly side: 'host' }>;

describe('linking a second device', () => {
  let world: World;
  let relay: MailRelay;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
    relay = new MailRelay();
  });
  afterEach(() => world.close());

  async function alice(): Promise<Device> {
    const device = await world.person('Alice', { relayUrl: RELAY });
    relay.connect(world, device);
    await world.pass(1_000);
    return device;
  }

  async function blank(): Promise<Device> {
    const device = await world.start();
    relay.connect(world, device);
    await world.pass(1_000);
    return device;
  }

  async function hostState(device: Device): Promise<HostState> {
    const state = await device.engine.pairing();
    if (state.side !== 'host') throw new Error(`no host but ${state.side}`);
    return state;
  }

  async function guestProgress(device: Device) {
    const state = await device.engine.pairing();
    return state.side === 'guest' ? state.progress : undefined;
  }

  it('[I5] Alice shows a code, her new laptop reads it and is hers: name, spaces, what is in them, and its own keys', async () => {
    const phone = await alice();
    const space = await phone.newSpace();
    unwrap(await phone.write(space, 'before the link'));
    unwrap(await phone.engine.offerPairing('code'));
    const { code } = await hostState(phone);

    const laptop = await blank();
    unwrap(await laptop.engine.acceptPairing(code, CHOICES));
    await world.pass(5_000);
    expect(await guestProgress(laptop)).toEqual({ step: 'done' });
    expect((await hostState(phone)).progress).toEqual({ step: 'done', name: 'Firefox, Linux' });
    expect(await laptop.engine.session()).toMatchObject({ kind: 'open', name: 'Alice', relayUrl: RELAY });

    world.join(phone, laptop);
    await world.pass(40_000);
    const [summary] = await laptop.engine.spaces();
    expect(summary).toMatchObject({ space, isReady: true, role: 'owner', memberCount: 1 });
    expect(await laptop.read(space)).toEqual(['before the link']);
    unwrap(await laptop.write(space, 'from the laptop'));
    await world.pass(2_000);
    expect(await phone.read(space)).toEqual(['before the link', 'from the laptop']);
    const [self] = await phone.engine.members(space);
    const active = self?.devices.filter((device) => device.isActive && !device.isRecovery) ?? [];
    expect(active).toHaveLength(2);
    expect(summary?.device).not.toBe((await phone.engine.spaces())[0]?.device);
  });

  it('[I5] the recovery device of the space writes nothing when the other device adds the new one', async () => {
    const phone = await alice();
    const space = await phone.newSpace();
    unwrap(await phone.engine.offerPairing('code'));
    const laptop = await blank();
    unwrap(await laptop.engine.acceptPairing((await hostState(phone)).code, CHOICES));
    world.join(phone, laptop);
    await world.pass(10_000);
    const [self] = await laptop.engine.members(space);
    const recovery = self?.devices.find((device) => device.isRecovery);
    const added = self?.devices.filter((device) => !device.isRecovery) ?? [];
    expect(added).toHaveLength(2);
    expect([...(await laptop.root.engine.spaces())].every((each) => each.isReady)).toBe(true);
    expect(laptop.disk.log.spaces.get(space)?.chains.get(recovery!.device)).toBeUndefined();
  });

  it('[I5] by digits: both screens show the same six, and nothing is taken before the person said so on both', async () => {
    const phone = await alice();
    const space = await phone.newSpace();
    unwrap(await phone.engine.offerPairing('digits'));
    const { digits } = await hostState(phone);
    expect(digits).toMatch(/^\d{6}$/u);

    const laptop = await blank();
    unwrap(await laptop.engine.acceptPairing(`${digits.slice(0, 3)} ${digits.slice(3)}`, CHOICES));
    await world.pass(5_000);
    const comparing = await guestProgress(laptop);
    if (comparing?.step !== 'comparing') throw new Error('no digits to compare');
    expect((await hostState(phone)).progress).toEqual({ step: 'digits', attemptsLeft: 3 });
    const wrong = comparing.digits === '000000' ? '000001' : '000000';
    expect(await phone.engine.typePairingDigits(wrong)).toMatchObject({ ok: false, error: { code: 'pairing-digits' } });
    unwrap(await phone.engine.typePairingDigits(comparing.digits));
    await world.pass(5_000);
    expect(await laptop.engine.session()).toMatchObject({ kind: 'blank' });
    await laptop.engine.confirmPairing();
    await world.pass(5_000);
    expect(await guestProgress(laptop)).toEqual({ step: 'done' });
    world.join(phone, laptop);
    await world.pass(10_000);
    expect((await laptop.engine.spaces()).map((each) => each.space)).toEqual([space]);
  });

  it('[I5] a code is for one device: a second one that read it gets nothing', async () => {
    const phone = await alice();
    unwrap(await phone.engine.offerPairing('code'));
    const { code } = await hostState(phone);
    const [laptop, thief] = [await blank(), await blank()];
    unwrap(await laptop.engine.acceptPairing(code, CHOICES));
    await world.pass(3_000);
    unwrap(await thief.engine.acceptPairing(code, CHOICES));
    await world.pass(30_000);
    expect(await laptop.engine.session()).toMatchObject({ kind: 'open', name: 'Alice' });
    expect(await thief.engine.session()).toMatchObject({ kind: 'blank' });
    expect(await guestProgress(thief)).toEqual({ step: 'failed', code: 'pairing-unanswered' });
  });

  it('[I5] a code that is ten minutes old, cut short or of another app changes nothing, and it is said why', async () => {
    const phone = await alice();
    unwrap(await phone.engine.offerPairing('code'));
    const { code } = await hostState(phone);
    const laptop = await blank();
    for (const bad of [code.slice(0, -3), 'https://archipel.test/link#', '12345', 'bonjour'])
      expect(await laptop.engine.acceptPairing(bad, CHOICES)).toMatchObject({
        ok: false,
        error: { code: 'pairing-malformed' },
      });
    await world.pass(10 * 60_000);
    expect((await hostState(phone)).progress).toEqual({ step: 'failed', code: 'pairing-expired' });
    unwrap(await laptop.engine.acceptPairing(code, CHOICES));
    await world.pass(25_000);
    expect((await guestProgress(laptop))?.step).toBe('failed');
    expect(await laptop.engine.session()).toMatchObject({ kind: 'blank' });
  });

  it('[I5] a device that is someone already does not become another', async () => {
    const phone = await alice();
    unwrap(await phone.engine.offerPairing('code'));
    const bob = await world.person('Bob', { relayUrl: RELAY });
    expect(await bob.engine.acceptPairing((await hostState(phone)).code, CHOICES)).toMatchObject({
      ok: false,
      error: { code: 'already-set-up' },
    });
    expect(await bob.engine.session()).toMatchObject({ kind: 'open', name: 'Bob' });
  });
});
