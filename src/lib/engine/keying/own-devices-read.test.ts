import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../../crypto/sodium.ts';
import { unwrap } from '../../foundation/result.ts';
import { DevicesWorld } from '../devices/people-with-devices.fixture.ts';

describe('[K2][K4] a device that joins its person after the past was closed', () => {
  let world: DevicesWorld;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new DevicesWorld();
  });
  afterEach(() => world.close());

  it('reads what its person reads: Bob, who came while the past was open, links a phone', async () => {
    const alice = await world.someone('Alice');
    const space = await alice.newSpace();
    unwrap(await alice.write(space, 'before Bob'));
    const bob = await world.guest(alice, space, 'Bob');
    unwrap(await alice.engine.setHistoryFrom(space, 'join'));
    await world.pass(8_000);
    unwrap(await bob.write(space, 'since it is closed'));
    await world.pass(8_000);
    expect(await bob.read(space)).toEqual(['before Bob', 'since it is closed']);
    const { device: phone } = await world.link(bob, 'Phone');
    await world.pass(20_000);
    expect(await phone.read(space)).toEqual(['before Bob', 'since it is closed']);
  });

  it('and no more: Carol, who came after, links a phone', async () => {
    const alice = await world.someone('Alice');
    const space = await alice.newSpace();
    unwrap(await alice.write(space, 'before Carol'));
    unwrap(await alice.engine.setHistoryFrom(space, 'join'));
    await world.pass(8_000);
    const carol = await world.guest(alice, space, 'Carol');
    unwrap(await alice.write(space, 'since Carol came'));
    await world.pass(8_000);
    const { device: phone } = await world.link(carol, 'Phone');
    world.join(alice, phone);
    await world.pass(20_000);
    expect(await phone.read(space)).toEqual(['since Carol came']);
  });
});
