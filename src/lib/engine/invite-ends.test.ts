import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../crypto/sodium.ts';
import { unwrap } from '../foundation/result.ts';
import { encodeMembershipRecord } from '../protocol/membership-codec.ts';
import { Gathering, RELAY } from './gathering.fixture.ts';
import { forgeNext, inject } from './stolen-keys.fixture.ts';
import { World } from './world.fixture.ts';

describe('an invitation whose maker is removed', () => {
  let world: World;
  let gathering: Gathering;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
    gathering = new Gathering(world);
  });
  afterEach(() => world.close());

  /** Bob, an admin, made a link; then Alice removed him. */
  async function scene() {
    const host = await gathering.host('Alice');
    const { device: alice, space } = host;
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    const { device: carol } = await gathering.admit(host, 'Carol', 'editor');
    const memberOf = async (device: typeof bob) =>
      (await device.engine.spaces()).find((each) => each.space === space)!.member;
    for (const device of [bob, carol]) unwrap(await alice.engine.setRole(space, await memberOf(device), 'admin'));
    await world.pass(8_000);
    unwrap(await bob.engine.setRelay(RELAY));
    await bob.confirmWords();
    const link = await gathering.link(bob, space, 'editor', 3);
    await world.pass(8_000);
    const open = await alice.engine.invitations(space);
    expect(open.filter(({ state }) => state === 'open')).toHaveLength(1);
    const invite = open.find(({ state }) => state === 'open')!.invite;
    const isOpen = async () =>
      (await alice.engine.invitations(space)).find((each) => each.invite === invite)?.state === 'open';
    unwrap(await alice.engine.removeMember(space, await memberOf(bob)));
    await world.pass(8_000);
    return { alice, bob, carol, space, link, invite, isOpen };
  }

  it('[I4] the link is as good as revoked for everyone, and whoever follows it is told or finds nobody', async () => {
    const { alice, space, link, isOpen } = await scene();
    expect(await isOpen()).toBe(false);
    const dave = await gathering.guest('Dave');
    world.join(alice, dave);
    const accepted = await world.during(dave.engine.acceptInvitation(link, 'Dave'));
    await world.pass(30_000);
    const spaces = await dave.engine.spaces();
    expect(accepted.ok && spaces.some((each) => each.space === space && each.isReady)).toBe(false);
    expect((await alice.engine.members(space)).map(({ name }) => name)).not.toContain('Dave');
  });

  it('[I4] Carol, an admin, adopts it: it is open again, in her name', async () => {
    const { alice, carol, space, invite, isOpen } = await scene();
    const adoption = await forgeNext(carol.disk, space, function* ({ governance, secrets }) {
      const { history } = governance;
      const made = history.current().invites.get(invite)!.by;
      const operation = { op: 'adopt' as const, envelopes: [made], reason: 'Dave was promised a place' };
      yield {
        type: 'membership',
        body: encodeMembershipRecord({ parents: history.headsFor(secrets.device), operation }),
      };
    });
    unwrap(await inject(alice, space, adoption));
    await world.pass(8_000);
    expect(await isOpen()).toBe(true);
  });
});
