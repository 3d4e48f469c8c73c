/** Engines and the real relay in one process and in virtual time: no link between devices but the relay. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../src/lib/crypto/sodium.ts';
import { utf8 } from '../src/lib/foundation/bytes.ts';
import type { SpaceId } from '../src/lib/foundation/ids.ts';
import { unwrap } from '../src/lib/foundation/result.ts';
import { Disk, PAGE_DOCUMENT, type Device } from '../src/lib/engine/world.fixture.ts';
import { ORIGIN, RelayWorld } from './support/relay-world.ts';

describe('engines over the relay', () => {
  let world: RelayWorld;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new RelayWorld();
  });
  afterEach(() => {
    world.close();
    world.relay.stop();
  });

  async function gathering(): Promise<{ alice: Device; bob: Device; space: SpaceId }> {
    const alice = await world.online('Alice');
    await alice.confirmWords();
    const space = await alice.newSpace();
    unwrap(await alice.write(space, 'from Alice'));
    const { link } = unwrap(await alice.engine.invite(space, { role: 'editor', days: 7, maxUses: 1 }));
    const bob = await world.online('Bob');
    await world.pass(1_000);
    unwrap(await world.during(bob.engine.acceptInvitation(link!, 'Bob')));
    await world.pass(10_000);
    return { alice, bob, space };
  }

  it('[I4][R4] Bob is let in over nothing but the relay, and both read and write', async () => {
    const { alice, bob, space } = await gathering();
    expect((await bob.engine.spaces())[0]).toMatchObject({ isReady: true, role: 'editor', memberCount: 2 });
    expect(await bob.read(space)).toEqual(['from Alice']);
    unwrap(await bob.write(space, 'from Bob'));
    await world.pass(3_000);
    expect(await alice.read(space)).toEqual(['from Alice', 'from Bob']);
    for (const device of [alice, bob]) {
      expect((await device.engine.syncStatus())[0]).toMatchObject({ relay: 'connected', pending: 0 });
    }
    await alice.engine.sendPresence(space, PAGE_DOCUMENT, 'tab', utf8('cursor'));
    await world.pass(1_000);
    expect(bob.events.some((event) => event.kind === 'presence')).toBe(true);
  });

  it('[M8] late work that Alice took in by hand reaches Carol over the relay alone, waiting first and then adopted', async () => {
    const { alice, bob, space } = await gathering();
    const { link } = unwrap(await alice.engine.invite(space, { role: 'editor', days: 7, maxUses: 1 }));
    const carol = await world.online('Carol');
    await world.pass(1_000);
    unwrap(await world.during(carol.engine.acceptInvitation(link!, 'Carol')));
    await world.pass(10_000);
    world.cuts.get(bob)?.();
    unwrap(await alice.engine.removeMember(space, (await bob.engine.spaces())[0]!.member));
    unwrap(await bob.write(space, 'late'));
    await world.pass(10_000);
    unwrap(await alice.engine.importBundle(unwrap(await bob.engine.exportBundle(space))));
    await world.pass(40_000);
    const [work] = await carol.engine.lateWork(space);
    expect(work).toMatchObject({ changes: 1, author: { name: 'Bob' } });
    unwrap(
      await alice.engine.judgeLateWork(space, { verdict: 'adopt', envelopes: work!.envelopes, reason: 'he was away' }),
    );
    await world.pass(10_000);
    expect(await carol.read(space)).toContain('late');
  });

  it('Alice restores from her words over the relay alone and goes on, presence included', async () => {
    const { alice, bob, space } = await gathering();
    const words = unwrap(await alice.engine.recoveryWords(undefined)).join(' ');
    alice.root.close();
    const blank = await world.start(new Disk());
    world.connect(blank);
    unwrap(await world.during(blank.engine.restore({ words, protection: { kind: 'device' }, relayUrl: ORIGIN })));
    await world.pass(15_000);
    expect((await blank.engine.spaces())[0]).toMatchObject({ isReady: true, role: 'owner' });
    expect(await blank.read(space)).toEqual(['from Alice']);
    unwrap(await blank.write(space, 'restored'));
    await blank.engine.sendPresence(space, PAGE_DOCUMENT, 'tab', utf8('cursor'));
    await world.pass(5_000);
    expect(await bob.read(space)).toContain('restored');
    expect(bob.events.some((event) => event.kind === 'presence')).toBe(true);
    const { link } = unwrap(await blank.engine.invite(space, { role: 'reader', days: 7, maxUses: 1 }));
    const carol = await world.online('Carol');
    await world.pass(1_000);
    unwrap(await world.during(carol.engine.acceptInvitation(link!, 'Carol')));
    await world.pass(10_000);
    expect((await carol.engine.spaces())[0]).toMatchObject({ isReady: true, role: 'reader' });
    expect(await carol.read(space)).toEqual(['from Alice', 'restored']);
  });

  it('[R4] Bob, an editor, restores over the relay: his recovery device lists his new one, with no admin there', async () => {
    const { alice, bob, space } = await gathering();
    await world.pass(5_000);
    const words = unwrap(await bob.engine.recoveryWords(undefined)).join(' ');
    bob.root.close();
    const cutAlice = world.cuts.get(alice)!;
    cutAlice();
    const blank = await world.start(new Disk());
    world.connect(blank);
    const options = { words, protection: { kind: 'device' }, relayUrl: ORIGIN } as const;
    unwrap(await world.during(blank.engine.restore(options)));
    await world.pass(15_000);
    expect((await blank.engine.spaces())[0]).toMatchObject({ isReady: true, role: 'editor' });
    unwrap(await blank.write(space, 'restored Bob'));
    await world.pass(15_000);
    expect((await blank.engine.syncStatus())[0]).toMatchObject({ relay: 'connected', pending: 0 });
    unwrap(await alice.write(space, 'meanwhile'));
    world.connect(alice);
    await world.pass(20_000);
    expect(await alice.read(space)).toContain('restored Bob');
    expect(await blank.read(space)).toContain('meanwhile');
    expect((await blank.engine.syncStatus())[0]).toMatchObject({ relay: 'connected', pending: 0 });
  });

  it('[I5][R4] Bob, an editor, links a laptop over the relay while no admin is there: it reads and writes', async () => {
    const { alice, bob, space } = await gathering();
    world.cuts.get(alice)!();
    const laptop = await world.start(new Disk());
    world.connect(laptop);
    await world.pass(1_000);
    unwrap(await bob.engine.offerPairing('code'));
    const pairing = await bob.engine.pairing();
    const code = pairing.side === 'host' ? pairing.code : '';
    unwrap(
      await laptop.engine.acceptPairing(code, { protection: { kind: 'device' }, deviceName: 'Laptop', relayUrl: '' }),
    );
    await world.pass(30_000);
    expect((await laptop.engine.spaces())[0]).toMatchObject({ space, isReady: true, role: 'editor' });
    expect(await laptop.read(space)).toEqual(['from Alice']);
    unwrap(await laptop.write(space, 'from the laptop'));
    await world.pass(15_000);
    expect((await laptop.engine.syncStatus())[0]).toMatchObject({ relay: 'connected', pending: 0 });
    expect(await bob.read(space)).toContain('from the laptop');
    world.connect(alice);
    await world.pass(10_000);
    expect(await alice.read(space)).toContain('from the laptop');
    expect(await laptop.engine.ownDevices()).toHaveLength(2);
  });

  it('[R4] a removed device loses its place on the relay’s list and is told', async () => {
    const { alice, bob, space } = await gathering();
    unwrap(await alice.engine.removeMember(space, (await bob.engine.spaces())[0]!.member));
    await world.pass(5_000);
    unwrap(await alice.write(space, 'after'));
    await world.pass(5_000);
    expect((await bob.engine.syncStatus())[0]).toMatchObject({ relay: 'refused' });
    expect(await bob.read(space)).toEqual(['from Alice']);
    // The removal reached him before the relay closed: his own membership says so, not only a refusal.
    expect((await bob.engine.members(space)).find((each) => each.isSelf)).toMatchObject({ isActive: false });
  });

  async function linked(first: Device, name: string): Promise<Device> {
    const second = await world.start(new Disk());
    world.connect(second);
    await world.pass(1_000);
    unwrap(await first.engine.offerPairing('code'));
    const pairing = await first.engine.pairing();
    const code = pairing.side === 'host' ? pairing.code : '';
    const choices = { protection: { kind: 'device' }, deviceName: name, relayUrl: ORIGIN } as const;
    unwrap(await second.engine.acceptPairing(code, choices));
    await world.pass(30_000);
    return second;
  }

  async function isOut(device: Device, space: SpaceId): Promise<boolean> {
    const own = (await device.engine.spaces()).find((each) => each.space === space)?.device;
    const self = (await device.engine.members(space)).find((each) => each.isSelf);
    return self?.isActive === false || self?.devices.some((each) => each.device === own && !each.isActive) === true;
  }

  /** Alice with a phone and a laptop, two spaces, and the laptop's name among her devices. */
  async function twoDevices() {
    const phone = await world.online('Alice');
    await phone.confirmWords();
    const spaces = [await phone.newSpace(), await phone.newSpace()];
    for (const space of spaces) unwrap(await phone.write(space, 'before'));
    const laptop = await linked(phone, 'Laptop');
    const id = (await phone.engine.ownDevices()).find((each) => each.name === 'Laptop')!.id;
    return { phone, laptop, spaces, id };
  }

  async function listed(space: SpaceId): Promise<readonly string[]> {
    await world.pass(100);
    return (world.store.loadSpace(space)?.acl ?? []).map(({ key }) => key);
  }

  for (const [when, isAway] of [
    ['while it is there', false],
    ['while it is away', true],
  ] as const)
    it(`[R4][I5] Alice puts her laptop out ${when}, with new words at once: it is told in every space, and reads nothing newer`, async () => {
      const { phone, laptop, spaces, id } = await twoDevices();
      if (isAway) world.cuts.get(laptop)!();
      unwrap(await phone.engine.revokeDevice(id));
      unwrap(await phone.engine.renewWords());
      for (const space of spaces) unwrap(await phone.write(space, 'after'));
      await world.pass(10_000);
      if (isAway) world.connect(laptop);
      await world.pass(10_000);
      for (const space of spaces) {
        expect(await isOut(laptop, space)).toBe(true);
        expect(await laptop.read(space)).toEqual(['before']);
      }
      for (const status of await laptop.engine.syncStatus()) expect(status.relay).toBe('refused');
    });

  it('[R4] put out with the words still in hand, an honest laptop neither lists itself again nor listens as another', async () => {
    const { phone, laptop, spaces, id } = await twoDevices();
    world.cuts.get(laptop)!();
    unwrap(await phone.engine.revokeDevice(id));
    await world.pass(10_000);
    const [space] = spaces as [SpaceId];
    const before = await listed(space);
    const held = laptop.disk.log.spaces.get(space)?.arrival.length ?? 0;
    world.connect(laptop);
    await world.pass(10_000);
    expect(await isOut(laptop, space)).toBe(true);
    expect(laptop.disk.log.spaces.get(space)?.arrival.length).toBeGreaterThan(held);
    unwrap(await phone.write(space, 'after'));
    await world.pass(120_000);
    expect(await listed(space)).toEqual(before);
    expect(await laptop.read(space)).toEqual(['before']);
    expect((await laptop.engine.syncStatus()).map(({ relay }) => relay)).toEqual(['refused', 'refused']);
  });

  /** Alice, Bob and Carol, who governs too; everyone over the relay. */
  async function withCarol() {
    const { alice, bob, space } = await gathering();
    const { link } = unwrap(await alice.engine.invite(space, { role: 'editor', days: 7, maxUses: 1 }));
    const carol = await world.online('Carol');
    await world.pass(1_000);
    unwrap(await world.during(carol.engine.acceptInvitation(link!, 'Carol')));
    await world.pass(10_000);
    unwrap(await alice.engine.setRole(space, (await carol.engine.spaces())[0]!.member, 'admin'));
    await world.pass(10_000);
    const { member, device: key } = (await bob.engine.spaces())[0]!;
    return { alice, bob, carol, space, member, key };
  }

  it('[R4] Carol, who governs and was away, comes back with an old view and lists nobody again whom Alice struck', async () => {
    const { alice, bob, carol, space, member, key } = await withCarol();
    world.cuts.get(carol)!();
    world.cuts.get(bob)!();
    unwrap(await alice.engine.removeMember(space, member));
    await world.pass(10_000);
    expect(await listed(space)).not.toContain(key);
    const until = world.store.findStruck(space, key)?.until;
    unwrap(await alice.write(space, 'after'));
    await world.pass(5_000);
    world.connect(carol);
    await world.pass(30_000);
    expect(await carol.read(space)).toContain('after');
    expect(world.store.findStruck(space, key)?.until).toBe(until);
  });

  it('[R4] Bob, who governs, hears of Carol’s removal from Alice directly, and strikes only once the relay holds it: she is told there', async () => {
    const { alice, bob, carol, space, member } = await withCarol();
    const { member: carols, device: key } = (await carol.engine.spaces())[0]!;
    unwrap(await alice.engine.setRole(space, member, 'admin'));
    await world.pass(10_000);
    world.cuts.get(alice)!();
    world.cuts.get(carol)!();
    world.join(alice, bob);
    await world.pass(3_000);
    world.losing.add(bob);
    unwrap(await alice.engine.removeMember(space, carols));
    await world.pass(20_000);
    expect((await bob.engine.members(space)).find(({ member: id }) => id === carols)).toMatchObject({
      isActive: false,
    });
    expect(await listed(space)).toContain(key);
    world.losing.clear();
    await world.pass(60_000);
    expect(await listed(space)).not.toContain(key);
    world.connect(carol);
    await world.pass(10_000);
    expect(await isOut(carol, space)).toBe(true);
  });

  it('both offline, then back: everything meets, nothing is lost', async () => {
    const { alice, bob, space } = await gathering();
    alice.root.close();
    bob.root.close();
    const [a, b] = [await world.start(alice.disk), await world.start(bob.disk)];
    unwrap(await a.write(space, 'offline A'));
    unwrap(await b.write(space, 'offline B'));
    expect((await a.engine.syncStatus())[0]).toMatchObject({ relay: 'offline', pending: 1 });
    expect((await b.engine.syncStatus())[0]).toMatchObject({ relay: 'offline', pending: 2 });
    world.connect(a);
    world.connect(b);
    await world.pass(8_000);
    expect((await a.read(space)).toSorted()).toEqual(['from Alice', 'offline A', 'offline B']);
    expect((await b.read(space)).toSorted()).toEqual(['from Alice', 'offline A', 'offline B']);
  });
});
