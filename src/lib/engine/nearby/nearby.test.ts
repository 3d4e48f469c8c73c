import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryLink } from '../../adapters/transport/memory-link.ts';
import { seededRandom } from '../../crypto/cast.fixture.ts';
import { readyCrypto } from '../../crypto/sodium.ts';
import type { SpaceId } from '../../foundation/ids.ts';
import { unwrap } from '../../foundation/result.ts';
import { World, type Device } from '../world.fixture.ts';
import { bindingOf, boundTo, called, meet, newsOf, someDescription } from './meeting.fixture.ts';

describe('two devices that see only each other', () => {
  let world: World;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.close());

  /** Alice, who may invite and has no relay at all, with a space in which she wrote. */
  async function host(): Promise<{ readonly alice: Device; readonly space: SpaceId }> {
    const alice = await world.person('Alice');
    await alice.confirmWords();
    const space = await alice.newSpace();
    unwrap(await alice.write(space, 'from Alice'));
    return { alice, space };
  }

  it('[P3][I2][I4] Alice admits Bob on the spot: no relay, one code each way, and both read each other', async () => {
    const { alice, space } = await host();
    const bob = await world.person('');
    await meet(
      world,
      { device: alice, purpose: { kind: 'invite', space, role: 'editor' } },
      { device: bob, name: 'Bob' },
    );
    await world.pass(5_000);
    expect((await bob.engine.spaces())[0]).toMatchObject({ space, role: 'editor', isReady: true, memberCount: 2 });
    expect(await bob.read(space)).toEqual(['from Alice']);
    unwrap(await bob.write(space, 'from Bob'));
    await world.pass(2_000);
    expect(await alice.read(space)).toEqual(['from Alice', 'from Bob']);
    expect((await alice.engine.members(space)).map(({ name }) => name).sort()).toEqual(['Alice', 'Bob']);
    expect(newsOf(bob)).toEqual([{ kind: 'joining', space }]);
    expect(newsOf(alice)).toEqual([{ kind: 'admitted', space, name: 'Bob' }]);
    expect((await alice.engine.invitations(space))[0]).toMatchObject({ state: 'used' });
  });

  it('[P3] they part, both write, and meet again by a code: everything is exchanged', async () => {
    const { alice, space } = await host();
    const bob = await world.person('Bob');
    const first = await meet(
      world,
      { device: alice, purpose: { kind: 'invite', space, role: 'editor' } },
      { device: bob, name: 'Bob' },
    );
    await world.pass(5_000);
    first.cut();
    unwrap(await alice.write(space, 'Alice alone'));
    unwrap(await bob.write(space, 'Bob alone'));
    await world.pass(60_000);
    expect(await bob.read(space)).not.toContain('Alice alone');
    // This time Bob shows the code.
    await meet(world, { device: bob, purpose: { kind: 'connect' } }, { device: alice });
    await world.pass(5_000);
    expect([...(await alice.read(space))].sort()).toEqual(['Alice alone', 'Bob alone', 'from Alice']);
    expect([...(await bob.read(space))].sort()).toEqual(['Alice alone', 'Bob alone', 'from Alice']);
  });

  it('[I4] a third of what is sent is lost, and Bob is in all the same', async () => {
    const { alice, space } = await host();
    const bob = await world.person('Bob');
    const offered = unwrap(
      await alice.engine.offerNearby(someDescription(), { kind: 'invite', space, role: 'commenter' }),
    );
    const answered = unwrap(await bob.engine.answerNearby(offered.code, someDescription(), called('Bob')));
    unwrap(await alice.engine.takeNearbyAnswer(offered.meeting, answered.code));
    const random = seededRandom('a bad corner of the basement');
    const link = createMemoryLink({
      scheduler: world.time,
      chance: () => (random.bytes(1)[0] ?? 0) / 256,
      faults: () => ({ drop: 0.3, duplicate: 0.2, reorder: 0.2, delayMs: 5 }),
    });
    alice.root.meet(offered.meeting, link.ends[0]);
    bob.root.meet(answered.meeting, link.ends[1]);
    await world.pass(90_000);
    expect((await bob.engine.spaces())[0]).toMatchObject({ isReady: true, role: 'commenter' });
    expect(await bob.read(space)).toEqual(['from Alice']);
    expect(await alice.engine.members(space)).toHaveLength(2);
  });

  it('[I2] Bob left and is invited again nearby: the same channel proves his new keys', async () => {
    const { alice, space } = await host();
    const bob = await world.person('Bob');
    await meet(
      world,
      { device: alice, purpose: { kind: 'invite', space, role: 'editor' } },
      { device: bob, name: 'Bob' },
    );
    await world.pass(5_000);
    unwrap(await bob.engine.leave(space));
    await world.pass(5_000);
    expect((await bob.engine.spaces())[0]).toMatchObject({ isReady: false });
    unwrap(await alice.write(space, 'while Bob was out'));
    await meet(
      world,
      { device: alice, purpose: { kind: 'invite', space, role: 'reader' } },
      { device: bob, name: 'Bob' },
    );
    await world.pass(20_000);
    expect((await bob.engine.spaces())[0]).toMatchObject({ isReady: true, role: 'reader' });
    expect(await bob.read(space)).toContain('while Bob was out');
  });

  it('[V4][I3] a second way in comes first, and a code makes no admin; nothing is left behind', async () => {
    const alice = await world.person('Alice');
    const space = await alice.newSpace();
    const invite = (role: 'editor' | 'admin') =>
      alice.engine.offerNearby(someDescription(), { kind: 'invite', space, role });
    expect(await invite('editor')).toMatchObject({ ok: false, error: { code: 'second-way-in-required' } });
    await alice.confirmWords();
    expect(await invite('admin')).toMatchObject({ ok: false, error: { code: 'role-forbids' } });
    expect(await alice.engine.invitations(space)).toEqual([]);
  });

  it('[I1] a code that nobody answered is taken back with its invitation', async () => {
    const { alice, space } = await host();
    const offered = unwrap(
      await alice.engine.offerNearby(someDescription(), { kind: 'invite', space, role: 'editor' }),
    );
    await alice.engine.endNearby(offered.meeting);
    expect((await alice.engine.invitations(space))[0]).toMatchObject({ state: 'revoked' });
    const bob = await world.person('Bob');
    const answered = unwrap(await bob.engine.answerNearby(offered.code, someDescription(), called('Bob')));
    expect(await alice.engine.takeNearbyAnswer(offered.meeting, answered.code)).toMatchObject({
      ok: false,
      error: { code: 'nearby-expired' },
    });
  });

  it('[V2] a locked device offers nothing, answers nothing and forgets what it had offered', async () => {
    const alice = await world.person('Alice');
    unwrap(await alice.engine.setProtection({ kind: 'passphrase', passphrase: 'correct horse' }));
    const offered = unwrap(await alice.engine.offerNearby(someDescription(), { kind: 'connect' }));
    const bob = await world.person('Bob');
    const answered = unwrap(await bob.engine.answerNearby(offered.code, someDescription(), called('')));
    await alice.engine.lock();
    for (const tried of [
      alice.engine.offerNearby(someDescription(), { kind: 'connect' }),
      alice.engine.answerNearby(offered.code, someDescription(), called('')),
      alice.engine.takeNearbyAnswer(offered.meeting, answered.code),
    ])
      expect(await tried).toMatchObject({ ok: false, error: { code: 'locked' } });
    unwrap(await alice.engine.unlock('correct horse'));
    expect(await alice.engine.takeNearbyAnswer(offered.meeting, answered.code)).toMatchObject({
      ok: false,
      error: { code: 'nearby-expired' },
    });
  });
});

describe('one person’s two devices that see only each other', () => {
  let world: World;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.close());

  it('[I5][P3] Alice links her blank laptop with no relay: all spaces are there, and both devices write', async () => {
    const phone = await world.person('Alice');
    const space = await phone.newSpace();
    unwrap(await phone.write(space, 'from the phone'));
    const laptop = await world.start();
    await meet(world, { device: phone, purpose: { kind: 'pair' } }, { device: laptop });
    await world.pass(20_000);
    expect(await laptop.engine.session()).toMatchObject({ kind: 'open', name: 'Alice' });
    expect((await laptop.engine.spaces()).find((each) => each.space === space)).toMatchObject({
      isReady: true,
      role: 'owner',
    });
    expect(await laptop.read(space)).toEqual(['from the phone']);
    unwrap(await laptop.write(space, 'from the laptop'));
    await world.pass(5_000);
    expect(await phone.read(space)).toEqual(['from the phone', 'from the laptop']);
  });

  it('[I5] a device that is someone’s already answers no such offer, and a blank one no other', async () => {
    const alice = await world.person('Alice');
    const bob = await world.person('Bob');
    const pair = unwrap(await alice.engine.offerNearby(someDescription(), { kind: 'pair' }));
    expect(await bob.engine.answerNearby(pair.code, someDescription(), called(''))).toMatchObject({
      ok: false,
      error: { code: 'already-set-up' },
    });
    const connect = unwrap(await alice.engine.offerNearby(someDescription(), { kind: 'connect' }));
    const blank = await world.start();
    expect(await blank.engine.answerNearby(connect.code, someDescription(), called(''))).toMatchObject({
      ok: false,
      error: { code: 'blank-device' },
    });
  });

  it('[I5][P2] a man in the middle with other fingerprints on each side gives nothing to the laptop and gets nothing', async () => {
    const phone = await world.person('Alice');
    await phone.newSpace();
    const laptop = await world.start();
    const offered = unwrap(await phone.engine.offerNearby(someDescription(), { kind: 'pair' }));
    const answered = unwrap(await laptop.engine.answerNearby(offered.code, someDescription(), called('')));
    unwrap(await phone.engine.takeNearbyAnswer(offered.meeting, answered.code));
    const link = createMemoryLink({ scheduler: world.time, chance: () => 0.5 });
    phone.root.meet(offered.meeting, boundTo(link.ends[0], bindingOf(someDescription(), someDescription())));
    laptop.root.meet(answered.meeting, boundTo(link.ends[1], bindingOf(someDescription(), someDescription())));
    await world.pass(60_000);
    expect(await laptop.engine.session()).toMatchObject({ kind: 'blank' });
    expect((await phone.engine.pairing()).side).toBe('host');
    expect(phone.events.some((event) => event.kind === 'pairing' && JSON.stringify(event).includes('giving'))).toBe(
      false,
    );
  });
});
