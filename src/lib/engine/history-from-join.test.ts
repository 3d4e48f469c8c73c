import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../crypto/sodium.ts';
import { openEnvelope } from '../crypto/envelope-seal.ts';
import type { SpaceId } from '../foundation/ids.ts';
import { unwrap } from '../foundation/result.ts';
import { Gathering } from './gathering.fixture.ts';
import { heldEnvelope } from './held-envelope.ts';
import { replicaOfDisk } from './stolen-keys.fixture.ts';
import { World, type Device } from './world.fixture.ts';

describe('[K4] a space whose newcomers read from their join on', () => {
  let world: World;
  let gathering: Gathering;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
    gathering = new Gathering(world);
  });
  afterEach(() => world.close());

  /** Alice and Dave talk; then Alice closes the past. */
  async function closedSpace() {
    const host = await gathering.host('Alice');
    const { device: alice, space } = host;
    const { device: dave } = await gathering.admit(host, 'Dave', 'editor');
    unwrap(await alice.write(space, 'before the policy'));
    unwrap(await alice.engine.setHistoryFrom(space, 'join'));
    await world.pass(8_000);
    unwrap(await dave.write(space, 'before Bob'));
    await world.pass(8_000);
    return { host, alice, dave, space };
  }

  /** How many entries of each kind the device's keys open, of all that it holds. */
  async function opens(device: Device, space: SpaceId) {
    const { governance } = await replicaOfDisk(device.disk, space);
    const entries = device.disk.log.spaces.get(space)?.arrival ?? [];
    const count = { records: 0, sealedRecords: 0, content: 0, sealedContent: 0 };
    for (const entry of entries) {
      const envelope = heldEnvelope(entry);
      if (envelope.header.flags.clear) continue;
      const kind = entry.type === 'update' ? 'Content' : 'Records';
      count[`sealed${kind}`]++;
      if (openEnvelope(envelope, governance.keys.content).ok) count[kind === 'Content' ? 'content' : 'records']++;
    }
    return count;
  }

  it('Bob, admitted later, knows who is in and by whom, reads what comes, and not a word from before', async () => {
    const { host, alice, dave, space } = await closedSpace();
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    expect((await bob.engine.spaces())[0]?.isReady).toBe(true);
    expect((await bob.engine.members(space)).map(({ name, role }) => `${name} ${role}`).toSorted()).toEqual([
      'Alice owner',
      'Bob editor',
      'Dave editor',
    ]);
    unwrap(await alice.write(space, 'welcome'));
    unwrap(await bob.write(space, 'thanks'));
    world.join(dave, bob);
    await world.pass(8_000);
    expect((await bob.read(space)).toSorted()).toEqual(['thanks', 'welcome']);
    for (const device of [alice, dave])
      expect((await device.read(space)).toSorted()).toEqual(['before Bob', 'before the policy', 'thanks', 'welcome']);
    // He holds every byte of it, and his keys open all of the membership and no content from before.
    const held = await opens(bob, space);
    expect(held).toEqual({
      records: held.sealedRecords,
      sealedRecords: held.sealedRecords,
      content: 2,
      sealedContent: 4,
    });
  });

  it('it stays so after a restart, and when those who hold the old keys look after missing boxes for long', async () => {
    const { host, alice, dave, space } = await closedSpace();
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    world.join(dave, bob);
    unwrap(await alice.write(space, 'welcome'));
    await world.pass(8_000);
    bob.root.close();
    const again = await world.start(bob.disk);
    world.join(alice, again);
    world.join(dave, again);
    await world.pass(120_000);
    expect(await again.read(space)).toEqual(['welcome']);
    expect((await again.engine.members(space)).length).toBe(3);
  });

  it('each newcomer starts at the own join: Carol, after Bob, reads neither Alice’s past nor Bob’s', async () => {
    const { host, alice, space } = await closedSpace();
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    unwrap(await bob.write(space, 'by Bob'));
    await world.pass(8_000);
    const { device: carol } = await gathering.admit(host, 'Carol', 'reader');
    unwrap(await alice.write(space, 'to both'));
    await world.pass(30_000);
    expect(await carol.read(space)).toEqual(['to both']);
    expect((await bob.read(space)).toSorted()).toEqual(['by Bob', 'to both']);
  });

  it('a removal that Bob never saw is known to him: he does not take the removed one for a member', async () => {
    const { host, alice, dave, space } = await closedSpace();
    unwrap(await alice.engine.removeMember(space, (await dave.engine.spaces())[0]!.member));
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    const members = await bob.engine.members(space);
    expect(
      members
        .filter((member) => member.isActive)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['Alice', 'Bob']);
    unwrap(await bob.write(space, 'after Dave'));
    await world.pass(8_000);
    expect(await alice.read(space)).toContain('after Dave');
    expect(await dave.read(space)).not.toContain('after Dave');
  });

  it('opened again, the space shows newcomers what was open, and what was closed stays closed', async () => {
    const { host, alice, space } = await closedSpace();
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    unwrap(await alice.write(space, 'while closed'));
    await world.pass(8_000);
    unwrap(await alice.engine.setHistoryFrom(space, 'start'));
    await world.pass(8_000);
    unwrap(await bob.write(space, 'while open'));
    await world.pass(8_000);
    const { device: carol } = await gathering.admit(host, 'Carol', 'editor');
    await world.pass(60_000);
    expect((await carol.read(space)).toSorted()).toEqual(['before the policy', 'while open']);
    expect(await carol.engine.historyFrom(space)).toBe('start');
  });

  /** Everything that any of them holds, to all of them, as a stick that goes round would carry it. */
  async function carryRound(devices: readonly Device[], space: SpaceId) {
    for (let round = 0; round < 2; round++) {
      for (const from of devices) {
        const carried = unwrap(await from.engine.exportBundle(space));
        for (const to of devices) if (to !== from) await to.engine.importBundle(carried);
      }
      await world.pass(70_000);
    }
  }

  async function knownTo(device: Device, space: SpaceId) {
    const { governance } = await replicaOfDisk(device.disk, space);
    return { heads: governance.history.current().heads, isIncomplete: governance.isIncomplete };
  }

  it('[M4] Alice closes the space and removes Bob, while Carol removes her: Bob is no newcomer to what Alice did', async () => {
    const host = await gathering.host('Alice');
    const { device: alice, space } = host;
    const [bob, carol] = [await gathering.admit(host, 'Bob', 'editor'), await gathering.admit(host, 'Carol', 'editor')];
    const memberOf = async ({ engine }: Device) => (await engine.spaces()).find((each) => each.space === space)!.member;
    unwrap(await alice.engine.setRole(space, await memberOf(carol.device), 'owner'));
    await world.pass(8_000);
    bob.cut();
    carol.cut();
    unwrap(await carol.device.engine.removeMember(space, await memberOf(alice)));
    unwrap(await alice.engine.removeMember(space, await memberOf(bob.device)));
    unwrap(await alice.engine.setHistoryFrom(space, 'join'));
    unwrap(await alice.engine.setRole(space, await memberOf(alice), 'commenter'));
    await carryRound([alice, bob.device, carol.device], space);
    const [bobs, carols] = [await knownTo(bob.device, space), await knownTo(carol.device, space)];
    expect(bobs).toEqual(carols);
    expect(bobs.isIncomplete).toBe(false);
    unwrap(await bob.device.write(space, 'still here'));
    await carryRound([bob.device, carol.device], space);
    expect(await carol.device.read(space)).toEqual(['still here']);
  });

  it('Nina joins while Erin, apart, changes the keys: an epoch follows that lets her resolve what Erin did', async () => {
    const { host, alice, dave, space } = await closedSpace();
    const { device: erin, cut } = await gathering.admit(host, 'Erin', 'editor');
    const member = (await erin.engine.spaces()).find((each) => each.space === space)!.member;
    unwrap(await alice.engine.setRole(space, member, 'owner'));
    await world.pass(8_000);
    cut();
    // Erin goes on under epochs of her own, made without knowing of Nina.
    for (const from of ['start', 'join'] as const) unwrap(await erin.engine.setHistoryFrom(space, from));
    unwrap(await erin.engine.setName('Erin of the north'));
    const { device: nina } = await gathering.admit(host, 'Nina', 'editor');
    await carryRound([alice, dave, erin, nina], space);
    const views = await Promise.all([alice, dave, erin, nina].map((device) => knownTo(device, space)));
    for (const view of views) expect(view).toEqual({ heads: views[0]?.heads, isIncomplete: false });
    expect((await nina.engine.members(space)).map(({ name }) => name)).toContain('Erin of the north');
  });

  it('[M9] only an owner sets it, and setting what holds already writes nothing', async () => {
    const { alice, dave, space } = await closedSpace();
    expect(await dave.engine.setHistoryFrom(space, 'start')).toMatchObject({
      ok: false,
      error: { code: 'role-forbids' },
    });
    const before = alice.disk.log.spaces.get(space)?.arrival.length;
    unwrap(await alice.engine.setHistoryFrom(space, 'join'));
    expect(alice.disk.log.spaces.get(space)?.arrival.length).toBe(before);
    await world.pass(8_000);
    expect(await alice.engine.historyFrom(space)).toBe('join');
  });
});
