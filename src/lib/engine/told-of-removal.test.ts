/** Whoever was put out learns of it from the very device that did it, over a direct link, and gets nothing newer. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../crypto/sodium.ts';
import type { DeviceId, SpaceId } from '../foundation/ids.ts';
import { utf8 } from '../foundation/bytes.ts';
import { unwrap } from '../foundation/result.ts';
import { decodeEnvelope } from '../protocol/envelope.ts';
import { decodeFrame } from '../protocol/frames.ts';
import { DevicesWorld } from './devices/people-with-devices.fixture.ts';
import { Gathering } from './gathering.fixture.ts';
import { replicaOfDisk } from './stolen-keys.fixture.ts';
import { PAGE_DOCUMENT, World, type Device } from './world.fixture.ts';

async function standingIn(device: Device, space: SpaceId) {
  const found = (await device.engine.spaces()).find((each) => each.space === space);
  if (found === undefined) throw new Error('the device is not in this space');
  return found;
}

async function membersIn(device: Device, space: SpaceId): Promise<readonly string[]> {
  return (await device.engine.members(space))
    .filter(({ isActive }) => isActive)
    .map(({ name, role }) => `${name} ${role}`)
    .sort();
}

async function isOut(device: Device, space: SpaceId): Promise<boolean> {
  const self = (await device.engine.members(space)).find((each) => each.isSelf);
  const { device: key } = await standingIn(device, space);
  return self?.isActive === false || self?.devices.some((each) => each.device === key && !each.isActive) === true;
}

/** What one side of a link sent, as author ‖ seq, and what else than entries. */
function listening() {
  const entries: (readonly [DeviceId, number])[] = [];
  const kinds = new Set<string>();
  const ends = new Map<DeviceId, number>();
  const onSend = (bytes: Uint8Array, from: 0 | 1): void => {
    const frame = decodeFrame(bytes);
    if (from === 1 || !frame.ok) return;
    kinds.add(frame.value.kind);
    if (frame.value.kind === 'frontier')
      for (const { device, intervals } of frame.value.chains) ends.set(device, intervals.at(-1)?.[1] ?? -1);
    if (frame.value.kind !== 'env') return;
    const { author, seq } = unwrap(decodeEnvelope(frame.value.bytes)).header;
    entries.push([author, seq]);
  };
  return { entries, kinds, ends, onSend };
}

describe('who is put out is told', () => {
  let world: World;
  let gathering: Gathering;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
    gathering = new Gathering(world);
  });
  afterEach(() => world.close());

  /** Alice founded, Bob and Carol are in; all are apart, and there is no relay for logs. */
  async function apart(role: 'owner' | 'editor' = 'editor') {
    const host = await gathering.host('Alice');
    const { device: bob, cut: cutBob } = await gathering.admit(host, 'Bob', 'editor');
    const { device: carol, cut: cutCarol } = await gathering.admit(host, 'Carol', 'editor');
    const { space, device: alice } = host;
    if (role === 'owner') unwrap(await alice.engine.setRole(space, (await standingIn(bob, space)).member, 'owner'));
    unwrap(await alice.write(space, 'for all'));
    await world.pass(8_000);
    cutBob();
    cutCarol();
    return { alice, bob, carol, space };
  }

  it('[S5] Bob, removed while away, meets Alice alone: he is told, reads what stood before, and gets not one entry more', async () => {
    const { alice, bob, carol, space } = await apart();
    world.join(alice, carol);
    unwrap(await alice.write(space, 'written before'));
    unwrap(await carol.write(space, 'by Carol, before'));
    await world.pass(3_000);
    unwrap(await alice.engine.removeMember(space, (await standingIn(bob, space)).member));
    const { governance, head } = await replicaOfDisk(alice.disk, space);
    const epoch = governance.keys.findWritable(governance.history);
    unwrap(await alice.write(space, 'written after'));
    unwrap(await carol.write(space, 'by Carol, after'));
    await world.pass(5_000);
    expect(await bob.read(space)).toEqual(['for all']);

    const { entries, ends, kinds, onSend } = listening();
    world.join(alice, bob, onSend);
    await world.pass(2_000);
    await alice.engine.sendPresence(space, PAGE_DOCUMENT, 'tab', utf8('cursor'));
    await world.pass(60_000);
    expect(await isOut(bob, space)).toBe(true);
    expect(await bob.read(space)).toContain('written before');
    expect((await bob.read(space)).filter((text) => text.includes('after'))).toEqual([]);
    const me = (await standingIn(alice, space)).device;
    // The removal is what stands right before the epoch that shuts Bob out.
    const removal = (epoch?.seq ?? 0) - 1;
    expect(head?.seq).toBeGreaterThan(removal);
    expect(Math.max(...entries.filter(([author]) => author === me).map(([, seq]) => seq))).toBe(removal);
    expect(ends.get(me)).toBe(removal);
    expect(kinds).not.toContain('eph');
    expect((await alice.engine.syncStatus())[0]).toMatchObject({ peers: 1 });
  });

  it('[S5][M8] what Bob wrote before he knew still reaches Alice on that link, and waits for her', async () => {
    const { alice, bob, space } = await apart();
    unwrap(await alice.engine.removeMember(space, (await standingIn(bob, space)).member));
    unwrap(await bob.write(space, 'by Bob, unaware'));
    world.join(bob, alice);
    await world.pass(20_000);
    expect(await isOut(bob, space)).toBe(true);
    expect(await alice.read(space)).toEqual(['for all']);
    expect(await alice.engine.lateWork(space)).toMatchObject([{ changes: 1, author: { name: 'Bob' } }]);
    expect(await bob.write(space, 'more')).toMatchObject({ ok: false });
  });

  it('[M4][M5] Alice and Bob, owners both, removed each other and meet on a direct link alone: both end alike, and each is told why', async () => {
    const { alice, bob, space } = await apart('owner');
    unwrap(await alice.engine.removeMember(space, (await standingIn(bob, space)).member));
    unwrap(await bob.engine.removeMember(space, (await standingIn(alice, space)).member));
    unwrap(await alice.write(space, 'Alice, after'));
    unwrap(await bob.write(space, 'Bob, after'));
    world.join(alice, bob);
    await world.pass(20_000);
    for (const device of [alice, bob]) {
      expect(await membersIn(device, space)).toEqual(['Alice owner', 'Carol editor']);
      expect((await device.engine.outcome(space))?.operations).toMatchObject([
        { deed: 'remove', author: { name: 'Bob' }, standing: { kind: 'void', reason: 'revoked' } },
      ]);
    }
    expect(await bob.read(space)).not.toContain('Alice, after');
    expect(await isOut(bob, space)).toBe(true);
    expect(await alice.write(space, 'and on')).toMatchObject({ ok: true });
  });

  it('[M4] the same on a link that is cut again and again', async () => {
    const { alice, bob, space } = await apart('owner');
    unwrap(await bob.engine.removeMember(space, (await standingIn(alice, space)).member));
    unwrap(await alice.engine.removeMember(space, (await standingIn(bob, space)).member));
    for (let round = 0; round < 4; round++) {
      const cut = world.join(bob, alice);
      await world.pass(15 + round * 40);
      cut();
    }
    world.join(alice, bob);
    await world.pass(20_000);
    for (const device of [alice, bob]) expect(await membersIn(device, space)).toEqual(['Alice owner', 'Carol editor']);
  });

  it('[S5] Dave, whom Bob let in while Alice removed Bob, learns from Alice that his admission came to nothing', async () => {
    const { alice, bob, space } = await apart('owner');
    await bob.confirmWords();
    const { device: dave, cut } = await gathering.admit({ device: bob, space }, 'Dave', 'editor');
    expect(await standingIn(dave, space)).toMatchObject({ isReady: true });
    unwrap(await alice.engine.removeMember(space, (await standingIn(bob, space)).member));
    cut();
    world.join(alice, bob);
    await world.pass(10_000);
    unwrap(await alice.write(space, 'after all that'));
    world.join(alice, dave);
    await world.pass(20_000);
    expect(await standingIn(dave, space)).toMatchObject({ isReady: false });
    expect(await membersIn(dave, space)).toEqual(['Alice owner', 'Carol editor']);
    expect(await dave.read(space)).not.toContain('after all that');
  });

  it('[S5] Bob, removed on the very link where he had proven himself, is told at once and served no more', async () => {
    const { alice, bob, space } = await apart();
    world.join(alice, bob);
    await world.pass(3_000);
    unwrap(await alice.engine.removeMember(space, (await standingIn(bob, space)).member));
    await world.pass(500);
    expect(await isOut(bob, space)).toBe(true);
    unwrap(await alice.write(space, 'after'));
    await world.pass(60_000);
    expect(await bob.read(space)).not.toContain('after');
    expect((await alice.engine.syncStatus())[0]).toMatchObject({ peers: 0 });
  });
});

describe('a device of one’s own that is put out is told', () => {
  let world: DevicesWorld;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new DevicesWorld();
  });
  afterEach(() => world.close());

  it('[S5][I5] the laptop that lay in a drawer meets the phone: out in every space, by its own membership', async () => {
    const phone = await world.someone('Alice');
    const space = await phone.newSpace();
    const { device: laptop, cut } = await world.link(phone, 'Laptop');
    cut();
    const id = (await phone.engine.ownDevices()).find((each) => each.name === 'Laptop')?.id ?? '';
    unwrap(await phone.engine.revokeDevice(id));
    unwrap(await phone.engine.renewWords());
    unwrap(await phone.write(space, 'after the theft'));
    expect(await isOut(laptop, space)).toBe(false);
    world.join(phone, laptop);
    await world.pass(20_000);
    expect(await isOut(laptop, space)).toBe(true);
    expect(await laptop.read(space)).toEqual([]);
  });
});
