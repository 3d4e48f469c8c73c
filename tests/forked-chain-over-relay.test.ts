/** [F] A chain that governs is forked, and nothing joins those who hold its branches but the relay, which holds one. */
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { readyCrypto } from '../src/lib/crypto/sodium.ts';
import { replicaOfDisk, forgeNext, inject } from '../src/lib/engine/stolen-keys.fixture.ts';
import type { Device } from '../src/lib/engine/world.fixture.ts';
import type { MemberId, SpaceId } from '../src/lib/foundation/ids.ts';
import { unwrap } from '../src/lib/foundation/result.ts';
import { encodeMembershipRecord } from '../src/lib/protocol/membership-codec.ts';
import type { Role } from '../src/lib/protocol/membership-op.ts';
import { RelayWorld } from './support/relay-world.ts';

let world: RelayWorld;
beforeAll(readyCrypto);
beforeEach(() => {
  world = new RelayWorld();
});
afterEach(() => {
  world.close();
  world.relay.stop();
});

async function admit(alice: Device, space: SpaceId, name: string, role: Role): Promise<Device> {
  const { link } = unwrap(await alice.engine.invite(space, { role, days: 7, maxUses: 1 }));
  const device = await world.online(name);
  await world.pass(1_000);
  unwrap(await world.during(device.engine.acceptInvitation(link!, name)));
  await world.pass(10_000);
  return device;
}

async function picture(device: Device, space: SpaceId): Promise<unknown> {
  const { governance } = await replicaOfDisk(device.disk, space);
  const { heads, members, voids } = governance.history.current();
  return [heads, [...members.values()].map(({ id, role, isActive }) => [id, role, isActive]), [...voids.entries()]];
}

it('[F][M4][C4] the relay holds what Alice holds; Carol, a reader, was shown another branch: both end with the same members and are told', async () => {
  const alice = await world.online('Alice');
  await alice.confirmWords();
  const space = await alice.newSpace();
  const bob = await admit(alice, space, 'Bob', 'editor');
  const carol = await admit(alice, space, 'Carol', 'reader');
  const memberOf = async (name: string): Promise<MemberId> =>
    (await alice.engine.members(space)).find((member) => member.name === name)!.member;
  const target = await memberOf('Carol');
  unwrap(await alice.engine.setRole(space, await memberOf('Bob'), 'owner'));
  await world.pass(40_000);
  bob.root.close();

  const show = async (device: Device, role: Role): Promise<void> => {
    const entries = await forgeNext(bob.disk, space, function* ({ governance, secrets }) {
      const parents = governance.history.headsFor(secrets.device);
      const operation = { op: 'role.set', memberId: target, role, cutoffs: [] } as const;
      yield { type: 'membership', body: encodeMembershipRecord({ parents, operation }) };
    });
    unwrap(await world.during(inject(device, space, entries)));
  };
  world.cuts.get(carol)?.();
  await show(carol, 'commenter');
  await show(alice, 'editor');
  unwrap(await alice.write(space, 'by Alice, who knows the one'));
  await world.pass(10_000);
  world.connect(carol);
  await world.pass(120_000);

  expect(await picture(carol, space)).toEqual(await picture(alice, space));
  for (const device of [alice, carol])
    expect(device.events.filter((event) => event.kind === 'alarm').map(({ alarm }) => alarm)).toEqual(['fork']);
  const dave = await admit(alice, space, 'Dave', 'reader');
  await world.pass(60_000);
  expect(await picture(dave, space)).toEqual(await picture(alice, space));
});
