import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../../crypto/sodium.ts';
import { decodeUtf8 } from '../../foundation/bytes.ts';
import type { SpaceId } from '../../foundation/ids.ts';
import { unwrap } from '../../foundation/result.ts';
import { Gathering } from '../gathering.fixture.ts';
import { CHANNEL_DOCUMENT, World, type Device } from '../world.fixture.ts';

describe('private spaces inside another', () => {
  let world: World;
  let gathering: Gathering;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
    gathering = new Gathering(world);
  });
  afterEach(() => world.close());

  async function three() {
    const host = await gathering.host('Alice');
    const { device: bob, cut: cutBob } = await gathering.admit(host, 'Bob', 'editor');
    const { device: carol } = await gathering.admit(host, 'Carol', 'editor');
    return { alice: host.device, bob, carol, cutBob, space: host.space };
  }

  async function memberNamed(device: Device, space: SpaceId, name: string) {
    return (await device.engine.members(space)).find((each) => each.name === name)!.member;
  }

  it('[I2] Bob is asked in by a sealed letter, answers with his own claim, and both read and write; Carol knows nothing', async () => {
    const { alice, bob, carol, space } = await three();
    const members = [await memberNamed(alice, space, 'Bob')];
    const made = unwrap(await alice.engine.createPrivateSpace(space, { kind: 'private', members }));
    expect(made.parent).toEqual({ space, kind: 'private' });
    unwrap(await alice.write(made.space, 'between us', CHANNEL_DOCUMENT));
    await world.pass(20_000);
    const inside = (await bob.engine.spaces()).find((each) => each.space === made.space);
    expect(inside).toMatchObject({ isReady: true, memberCount: 2, role: 'editor', parent: { space, kind: 'private' } });
    expect(await bob.read(made.space, CHANNEL_DOCUMENT)).toEqual(['between us']);
    unwrap(await bob.write(made.space, 'quite', CHANNEL_DOCUMENT));
    await world.pass(8_000);
    expect(await alice.read(made.space, CHANNEL_DOCUMENT)).toEqual(['between us', 'quite']);
    expect((await alice.engine.invitations(made.space)).map(({ state }) => state)).toEqual(['used']);

    expect((await carol.engine.spaces()).map((each) => each.space)).toEqual([space]);
    expect(carol.disk.log.spaces.has(made.space)).toBe(false);
    expect(carol.heard().join()).not.toContain('between us');
    const carolsDisk = [...carol.disk.log.spaces.values()].flatMap((log) => log.arrival.map((entry) => entry.bytes));
    expect(carolsDisk.map((bytes) => decodeUtf8(bytes) ?? '').join()).not.toContain('between us');
  });

  it('Bob is away when he is asked: he comes in when the letter reaches him, and a restart in between loses nothing', async () => {
    const { alice, bob, cutBob, space } = await three();
    cutBob();
    const members = [await memberNamed(alice, space, 'Bob')];
    const made = unwrap(await alice.engine.createPrivateSpace(space, { kind: 'direct', members }));
    await world.pass(8_000);
    bob.root.close();
    const again = await world.start(bob.disk);
    gathering.relay.connect(world, again);
    world.join(alice, again);
    await world.pass(20_000);
    const inside = (await again.engine.spaces()).find((each) => each.space === made.space);
    expect(inside).toMatchObject({ isReady: true, parent: { space, kind: 'direct' } });
  });

  it('who left is not asked in again by an old letter', async () => {
    const { alice, bob, space } = await three();
    const members = [await memberNamed(alice, space, 'Bob')];
    const made = unwrap(await alice.engine.createPrivateSpace(space, { kind: 'private', members }));
    await world.pass(20_000);
    unwrap(await bob.engine.leave(made.space));
    unwrap(await bob.engine.forgetSpace(made.space));
    bob.root.close();
    const again = await world.start(bob.disk);
    world.join(alice, again);
    await world.pass(20_000);
    expect((await again.engine.spaces()).map((each) => each.space)).toEqual([space]);
  });

  it('a stranger, a reader and oneself cannot be asked in by letter, and no private space stands in another', async () => {
    const { alice, carol, space } = await three();
    const [self, other] = [await memberNamed(alice, space, 'Alice'), await memberNamed(alice, space, 'Bob')];
    unwrap(await alice.engine.setRole(space, other, 'reader'));
    for (const members of [[self], [other], ['f0'.repeat(16) as typeof self]])
      expect(await alice.engine.createPrivateSpace(space, { kind: 'private', members })).toMatchObject({
        ok: false,
        error: { code: 'not-a-member' },
      });
    expect(await alice.engine.spaces()).toHaveLength(1);
    const made = unwrap(await alice.engine.createPrivateSpace(space, { kind: 'private', members: [] }));
    expect(await alice.engine.createPrivateSpace(made.space, { kind: 'private', members: [] })).toMatchObject({
      error: { code: 'role-forbids' },
    });
    expect(await carol.engine.createPrivateSpace(space, { kind: 'private', members: [] })).toMatchObject({
      error: { code: 'second-way-in-required' },
    });
  });

  it('removing Bob from the parent names the private spaces he is in, so that he can be removed there too', async () => {
    const { alice, space } = await three();
    const bob = await memberNamed(alice, space, 'Bob');
    const made = unwrap(await alice.engine.createPrivateSpace(space, { kind: 'private', members: [bob] }));
    await world.pass(20_000);
    const [there] = await alice.engine.privateMemberships(space, bob);
    expect(there).toMatchObject({ space: made.space, who: { name: 'Bob' } });
    unwrap(await alice.engine.removeMember(space, bob));
    unwrap(await alice.engine.removeMember(made.space, there!.who.member));
    expect((await alice.engine.members(made.space)).filter((each) => each.isActive)).toHaveLength(1);
    expect(await alice.engine.privateMemberships(space, bob)).toEqual([]);
  });

  it('Carol is asked in later: she is the one left to ask, and reads all that was said before', async () => {
    const { alice, bob, carol, space } = await three();
    const [asked, left] = [await memberNamed(alice, space, 'Bob'), await memberNamed(alice, space, 'Carol')];
    const made = unwrap(await alice.engine.createPrivateSpace(space, { kind: 'private', members: [asked] }));
    unwrap(await alice.write(made.space, 'before Carol', CHANNEL_DOCUMENT));
    expect(await alice.engine.privateOutsiders(made.space)).toEqual([left]);
    await world.pass(20_000);
    expect(await alice.engine.privateOutsiders(made.space)).toEqual([left]);
    // An editor of the channel asks nobody in.
    expect((await bob.engine.inviteToPrivateSpace(made.space, [left])).ok).toBe(false);

    unwrap(await alice.engine.inviteToPrivateSpace(made.space, [left]));
    expect(await alice.engine.privateOutsiders(made.space)).toEqual([]);
    expect(await alice.engine.invitations(made.space)).toContainEqual(
      expect.objectContaining({ state: 'open', asked: 'Carol', role: 'editor' }),
    );
    await world.pass(20_000);
    expect(await carol.read(made.space, CHANNEL_DOCUMENT)).toEqual(['before Carol']);
    unwrap(await carol.write(made.space, 'thank you', CHANNEL_DOCUMENT));
    await world.pass(8_000);
    expect(await alice.read(made.space, CHANNEL_DOCUMENT)).toEqual(['before Carol', 'thank you']);
    expect((await alice.engine.members(made.space)).map(({ name }) => name).toSorted()).toEqual([
      'Alice',
      'Bob',
      'Carol',
    ]);
  });

  it('[K4] Carol is asked into a channel whose newcomers read from their join on: she reads what comes, not what was said', async () => {
    const { alice, carol, space } = await three();
    const made = unwrap(await alice.engine.createPrivateSpace(space, { kind: 'private', members: [] }));
    unwrap(await alice.engine.setHistoryFrom(made.space, 'join'));
    unwrap(await alice.write(made.space, 'before Carol', CHANNEL_DOCUMENT));
    unwrap(await alice.engine.inviteToPrivateSpace(made.space, [await memberNamed(alice, space, 'Carol')]));
    await world.pass(20_000);
    unwrap(await alice.write(made.space, 'welcome', CHANNEL_DOCUMENT));
    await world.pass(8_000);
    expect(await carol.read(made.space, CHANNEL_DOCUMENT)).toEqual(['welcome']);
  });

  it('who takes an offer back, or removes somebody, may ask them again, and they come in', async () => {
    const { alice, bob, space } = await three();
    const asked = await memberNamed(alice, space, 'Bob');
    const made = unwrap(await alice.engine.createPrivateSpace(space, { kind: 'private', members: [asked] }));
    await world.pass(20_000);
    const [there] = await alice.engine.privateMemberships(space, asked);
    unwrap(await alice.engine.removeMember(made.space, there!.who.member));
    await world.pass(8_000);
    expect((await bob.engine.spaces()).find((each) => each.space === made.space)?.isReady).toBe(false);
    expect(await alice.engine.privateOutsiders(made.space)).toContain(asked);
    unwrap(await alice.engine.inviteToPrivateSpace(made.space, [asked]));
    expect(await alice.engine.privateOutsiders(made.space)).not.toContain(asked);
    await world.pass(8_000);
    // His links ended with the new keys; as those of the mesh do, one comes back.
    world.join(alice, bob);
    await world.pass(20_000);
    unwrap(await alice.write(made.space, 'back again', CHANNEL_DOCUMENT));
    await world.pass(8_000);
    expect((await bob.engine.spaces()).find((each) => each.space === made.space)?.isReady).toBe(true);
    expect(await bob.read(made.space, CHANNEL_DOCUMENT)).toContain('back again');

    const carol = await memberNamed(alice, space, 'Carol');
    unwrap(await alice.engine.inviteToPrivateSpace(made.space, [carol]));
    const open = (await alice.engine.invitations(made.space)).find(({ state }) => state === 'open');
    unwrap(await alice.engine.revokeInvitation(made.space, open!.invite));
    expect(await alice.engine.privateOutsiders(made.space)).toEqual([carol]);
  });

  it('a direct message stays with those it was made for', async () => {
    const { alice, space } = await three();
    const members = [await memberNamed(alice, space, 'Bob')];
    const made = unwrap(await alice.engine.createPrivateSpace(space, { kind: 'direct', members }));
    expect(await alice.engine.privateOutsiders(made.space)).toEqual([]);
    expect(
      await alice.engine.inviteToPrivateSpace(made.space, [await memberNamed(alice, space, 'Carol')]),
    ).toMatchObject({ error: { code: 'role-forbids' } });
  });
});
