import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../crypto/sodium.ts';
import { unwrap } from '../foundation/result.ts';
import { Gathering } from './gathering.fixture.ts';
import { World } from './world.fixture.ts';

const DAY_MS = 86_400_000;

describe('invitation', () => {
  let world: World;
  let gathering: Gathering;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
    gathering = new Gathering(world);
  });
  afterEach(() => world.close());

  it('[I1][I2][I4] Alice invites Bob by link, he claims, is let in, and both read each other', async () => {
    const { device: alice, space } = await gathering.host('Alice');
    unwrap(await alice.write(space, 'from Alice'));
    const bob = await gathering.guest('Bob');
    world.join(alice, bob);
    const link = await gathering.link(alice, space, 'editor');
    const joined = unwrap(await world.during(bob.engine.acceptInvitation(link, 'Bob')));
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

  it('[V4] nobody is invited before there is a second way in', async () => {
    const alice = await world.person('Alice');
    unwrap(await alice.engine.setRelay('wss://relay.test'));
    const space = await alice.newSpace();
    const options = { role: 'editor', days: 7, maxUses: 1 } as const;
    expect(await alice.engine.invite(space, options)).toMatchObject({
      ok: false,
      error: { code: 'second-way-in-required' },
    });
    expect(
      await alice.engine.confirmWords([
        { index: 0, word: 'abaisser' },
        { index: 1, word: 'faux' },
      ]),
    ).toMatchObject({ ok: false, error: { code: 'wrong-words' } });
    await alice.confirmWords();
    expect((await alice.engine.invite(space, options)).ok).toBe(true);
  });

  it('[I1] a link works once: Carol, who comes second, is told that it was used', async () => {
    const host = await gathering.host('Alice');
    const link = await gathering.link(host.device, host.space, 'editor');
    const bob = await gathering.guest('Bob');
    world.join(host.device, bob);
    unwrap(await world.during(bob.engine.acceptInvitation(link, 'Bob')));
    await world.pass(8_000);
    const carol = await gathering.guest('Carol');
    expect(await world.during(carol.engine.acceptInvitation(link, 'Carol'))).toMatchObject({
      ok: false,
      error: { code: 'invite-used' },
    });
    expect(await carol.engine.spaces()).toEqual([]);
  });

  it('[I1] two thieves race for one use: exactly one gets in', async () => {
    const host = await gathering.host('Alice');
    const link = await gathering.link(host.device, host.space, 'editor');
    const [bob, carol] = [await gathering.guest('Bob'), await gathering.guest('Carol')];
    world.join(host.device, bob);
    world.join(host.device, carol);
    await world.during(
      Promise.all([bob.engine.acceptInvitation(link, 'Bob'), carol.engine.acceptInvitation(link, 'Carol')]),
    );
    await world.pass(10_000);
    const ready = [bob, carol].map(async (device) => (await device.engine.spaces())[0]?.isReady === true);
    expect((await Promise.all(ready)).filter(Boolean)).toHaveLength(1);
    expect(await host.device.engine.members(host.space)).toHaveLength(2);
  });

  it('[I1] a revoked link is told as revoked, an old one as expired, nonsense as malformed', async () => {
    const host = await gathering.host('Alice');
    const { device: alice, space } = host;
    const revoked = await gathering.link(alice, space, 'reader');
    const [invitation] = await alice.engine.invitations(space);
    unwrap(await alice.engine.revokeInvitation(space, invitation!.invite));
    await world.pass(100);
    const old = await gathering.link(alice, space, 'reader');
    const bob = await gathering.guest('Bob');
    expect(await world.during(bob.engine.acceptInvitation(revoked, 'Bob'))).toMatchObject({
      ok: false,
      error: { code: 'invite-revoked' },
    });
    world.skewMs += 8 * DAY_MS;
    expect((await alice.engine.invitations(space)).map(({ state }) => state).sort()).toEqual(['expired', 'revoked']);
    unwrap(await alice.write(space, 'anything'));
    await alice.engine.setName('Alice A.');
    await world.pass(100);
    expect(await world.during(bob.engine.acceptInvitation(old, 'Bob'))).toMatchObject({
      ok: false,
      error: { code: 'invite-expired' },
    });
    expect(await bob.engine.acceptInvitation('https://archipel.test/join#abc', 'Bob')).toMatchObject({
      ok: false,
      error: { code: 'invite-malformed' },
    });
  });

  it('a link that nobody answers, and a device without a relay, are told apart', async () => {
    const host = await gathering.host('Alice');
    const link = await gathering.link(host.device, host.space, 'editor');
    const alone = await world.person('Bob');
    expect(await world.during(alone.engine.acceptInvitation(link, 'Bob'))).toMatchObject({
      ok: false,
      error: { code: 'relay-unreachable' },
    });
    const other = new Gathering(world);
    const elsewhere = await other.guest('Carol');
    expect(await world.during(elsewhere.engine.acceptInvitation(link, 'Carol'))).toMatchObject({
      ok: false,
      error: { code: 'invite-unanswered' },
    });
  });

  it('the claim survives a restart of the guest before anyone answered', async () => {
    const host = await gathering.host('Alice');
    const link = await gathering.link(host.device, host.space, 'editor');
    host.device.root.close();
    const bob = await gathering.guest('Bob');
    unwrap(await world.during(bob.engine.acceptInvitation(link, 'Bob')));
    bob.root.close();
    const alice = await world.start(host.device.disk);
    const again = await world.start(bob.disk);
    gathering.relay.connect(world, alice);
    gathering.relay.connect(world, again);
    world.join(alice, again);
    await world.pass(10_000);
    expect((await again.engine.spaces())[0]).toMatchObject({ isReady: true, role: 'editor' });
  });

  it('accepting twice claims once, and who was removed may come back by a new link', async () => {
    const host = await gathering.host('Alice');
    const bob = await gathering.guest('Bob');
    world.join(host.device, bob);
    const link = await gathering.link(host.device, host.space, 'editor');
    await world.during(
      Promise.all([bob.engine.acceptInvitation(link, 'Bob'), bob.engine.acceptInvitation(link, 'Bob')]),
    );
    await world.pass(8_000);
    unwrap(await bob.engine.acceptInvitation(link, 'Bob'));
    expect((await bob.engine.spaces())[0]).toMatchObject({ isReady: true, memberCount: 2 });
    unwrap(await bob.engine.leave(host.space));
    await world.pass(8_000);
    expect((await bob.engine.spaces())[0]).toMatchObject({ isReady: false });
    const again = await gathering.link(host.device, host.space, 'reader');
    unwrap(await world.during(bob.engine.acceptInvitation(again, 'Bob')));
    gathering.relay.connect(world, bob);
    world.join(host.device, bob);
    await world.pass(10_000);
    expect((await bob.engine.spaces())[0]).toMatchObject({ isReady: true, role: 'reader', memberCount: 2 });
  });
});
