import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../../crypto/sodium.ts';
import type { SpaceId } from '../../foundation/ids.ts';
import { unwrap } from '../../foundation/result.ts';
import { Gathering } from '../gathering.fixture.ts';
import { CHANNEL_DOCUMENT, World, type Device } from '../world.fixture.ts';

describe('late work', () => {
  let world: World;
  let gathering: Gathering;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
    gathering = new Gathering(world);
  });
  afterEach(() => world.close());

  async function memberOf(device: Device) {
    return (await device.engine.spaces())[0]!.member;
  }

  /** Alice, Carol as an editor, and Bob, who wrote on after his removal without knowing of it. */
  async function removedWhileAway() {
    const host = await gathering.host('Alice');
    const { device: carol } = await gathering.admit(host, 'Carol', 'editor');
    const { device: bob, cut } = await gathering.admit(host, 'Bob', 'editor');
    unwrap(await bob.write(host.space, 'in time'));
    await world.pass(8_000);
    cut();
    unwrap(await host.device.engine.removeMember(host.space, await memberOf(bob)));
    await world.pass(5_000);
    unwrap(await bob.write(host.space, 'late one'));
    unwrap(await bob.write(host.space, 'late two'));
    unwrap(await bob.write(host.space, 'late message', CHANNEL_DOCUMENT));
    await carry(bob, host.device, host.space);
    await world.pass(8_000);
    return { alice: host.device, bob, carol, space: host.space };
  }

  async function carry(from: Device, to: Device, space: SpaceId): Promise<void> {
    unwrap(await to.engine.importBundle(unwrap(await from.engine.exportBundle(space))));
  }

  it('[M8] is listed for everyone with who, where and how much, and told; no document shows it', async () => {
    const { alice, carol, space } = await removedWhileAway();
    for (const device of [alice, carol]) {
      expect(await device.read(space)).toEqual(['in time']);
      const works = await device.engine.lateWork(space);
      expect(works.map(({ author, changes, isSetAside }) => [author?.name, changes, isSetAside])).toEqual([
        ['Bob', 2, false],
        ['Bob', 1, false],
      ]);
      expect(works[0]?.cause).toMatchObject({ deed: 'remove', author: { name: 'Alice' }, subject: { name: 'Bob' } });
      expect(works[1]?.document).toBe(CHANNEL_DOCUMENT);
      expect(device.events).toContainEqual({ kind: 'late-work', space });
    }
  });

  it('[M8] Alice takes it in: it flows to everybody, under Bob’s name, and nothing waits any more', async () => {
    const { alice, carol, space } = await removedWhileAway();
    const [page] = await alice.engine.lateWork(space);
    unwrap(
      await alice.engine.judgeLateWork(space, { verdict: 'adopt', envelopes: page!.envelopes, reason: 'He was away' }),
    );
    await world.pass(8_000);
    for (const device of [alice, carol]) {
      expect(await device.read(space)).toEqual(['in time', 'late one', 'late two']);
      expect(device.heard()).toContain('late two');
      expect((await device.engine.lateWork(space)).map(({ document }) => document)).toEqual([CHANNEL_DOCUMENT]);
    }
    const [newest] = (await carol.engine.membershipHistory(space, { before: undefined, limit: 1 })).lines;
    expect(newest).toMatchObject({ deed: 'adopt', count: 2, reason: 'He was away', author: { name: 'Alice' } });
  });

  it('[M8] what Alice sets aside stays kept and may still be taken in later', async () => {
    const { alice, carol, space } = await removedWhileAway();
    const [page] = await alice.engine.lateWork(space);
    const decide = (verdict: 'adopt' | 'reject') =>
      alice.engine.judgeLateWork(space, { verdict, envelopes: page!.envelopes, reason: '' });
    unwrap(await decide('reject'));
    await world.pass(8_000);
    expect((await carol.engine.lateWork(space)).map(({ isSetAside }) => isSetAside)).toEqual([true, false]);
    expect(await carol.read(space)).toEqual(['in time']);
    expect(await decide('reject')).toMatchObject({ ok: false, error: { code: 'nothing-waiting' } });
    unwrap(await decide('adopt'));
    await world.pass(8_000);
    expect(await carol.read(space)).toEqual(['in time', 'late one', 'late two']);
  });

  it('[M8] an editor decides nothing, and nothing is written; unknown work waits nowhere', async () => {
    const { alice, carol, space } = await removedWhileAway();
    const [page] = await carol.engine.lateWork(space);
    const before = (await carol.engine.membershipHistory(space, { before: undefined, limit: 1 })).total;
    const decision = { verdict: 'adopt', envelopes: page!.envelopes, reason: '' } as const;
    expect(await carol.engine.judgeLateWork(space, decision)).toMatchObject({ error: { code: 'role-forbids' } });
    expect((await carol.engine.membershipHistory(space, { before: undefined, limit: 1 })).total).toBe(before);
    expect(await alice.engine.judgeLateWork(space, { ...decision, envelopes: [] })).toMatchObject({
      error: { code: 'nothing-waiting' },
    });
  });

  it('[G8] what the gate refused is no late work', async () => {
    const { alice, space } = await removedWhileAway();
    const [page] = await alice.engine.lateWork(space);
    await alice.engine.voidEntry(space, page!.envelopes[0]!, 'gate-proof');
    expect((await alice.engine.lateWork(space))[0]?.changes).toBe(1);
  });

  it('[M8] after a restart of the device it still waits', async () => {
    const { alice, space } = await removedWhileAway();
    alice.root.close();
    const again = await world.start(alice.disk);
    expect((await again.engine.lateWork(space)).map(({ changes }) => changes)).toEqual([2, 1]);
  });

  it('[M8] what Bob writes as a reader, not knowing that he became one, waits too', async () => {
    const host = await gathering.host('Alice');
    const { device: bob, cut } = await gathering.admit(host, 'Bob', 'editor');
    cut();
    unwrap(await host.device.engine.setRole(host.space, await memberOf(bob), 'reader'));
    unwrap(await bob.write(host.space, 'still an editor, he thinks'));
    world.join(host.device, bob);
    await world.pass(8_000);
    const [work] = await host.device.engine.lateWork(host.space);
    expect(work).toMatchObject({ changes: 1, cause: { deed: 'role.set', role: 'reader', subject: { name: 'Bob' } } });
    expect(await host.device.read(host.space)).toEqual([]);
  });
});
