import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../crypto/sodium.ts';
import type { SpaceId } from '../foundation/ids.ts';
import { unwrap } from '../foundation/result.ts';
import type { Role } from '../protocol/membership-op.ts';
import { MailRelay } from './mail-relay.fixture.ts';
import { World, type Device } from './world.fixture.ts';

const RELAY = 'wss://relay.test';

describe('invitation', () => {
  let world: World;
  let relay: MailRelay;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
    relay = new MailRelay();
  });
  afterEach(() => world.close());

  async function host(name: string): Promise<{ device: Device; space: SpaceId }> {
    const device = await world.person(name);
    unwrap(await device.engine.setRelay(RELAY));
    await device.confirmWords();
    relay.connect(world, device);
    return { device, space: await device.newSpace() };
  }

  async function guest(name: string): Promise<Device> {
    const device = await world.person(name);
    relay.connect(world, device);
    return device;
  }

  async function link(device: Device, space: SpaceId, role: Role, maxUses = 1): Promise<string> {
    const made = unwrap(await device.engine.invite(space, { role, days: 7, maxUses }));
    await world.pass(100);
    return made.link!;
  }

  it('[I1][I2][I4] Alice invites Bob by link, he claims, is let in, and both read each other', async () => {
    const { device: alice, space } = await host('Alice');
    unwrap(await alice.write(space, 'from Alice'));
    const bob = await guest('Bob');
    world.join(alice, bob);
    const joined = unwrap(await world.during(bob.engine.acceptInvitation(await link(alice, space, 'editor'), 'Bob')));
    expect(joined).toBe(space);
    await world.pass(10_000);
    expect((await bob.engine.spaces())[0]).toMatchObject({ space, role: 'editor', isReady: true, memberCount: 2 });
    expect(await bob.read(space)).toEqual(['from Alice']);
    unwrap(await bob.write(space, 'from Bob'));
    await world.pass(5_000);
    expect(await alice.read(space)).toEqual(['from Alice', 'from Bob']);
    expect(alice.heard()).toContain('from Bob');
    expect((await alice.engine.members(space)).map((member) => member.name).sort()).toEqual(['Alice', 'Bob']);
    expect((await alice.engine.invitations(space))[0]).toMatchObject({ state: 'used', usesLeft: 0 });
  });
});
