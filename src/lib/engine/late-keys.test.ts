import { HEAD_WAIT_MS } from './devices/own-heads.ts';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SystemRandom } from '../adapters/platform/system-random.ts';
import { readyCrypto } from '../crypto/sodium.ts';
import { utf8 } from '../foundation/bytes.ts';
import type { DeviceId, EnvelopeId } from '../foundation/ids.ts';
import { unwrap } from '../foundation/result.ts';
import { GapWatch } from './gap-watch.ts';
import { Gathering } from './gathering.fixture.ts';
import { Presence } from './presence.ts';
import { replicaOfDisk } from './stolen-keys.fixture.ts';
import { PAGE_DOCUMENT, World } from './world.fixture.ts';

const random = new SystemRandom();

describe('keys and entries that come late', () => {
  let world: World;
  let gathering: Gathering;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
    gathering = new Gathering(world);
  });
  afterEach(() => world.close());

  it('[K2] Carol, offline, makes an epoch without knowing of Bob; a box is supplied and her words open late', async () => {
    const host = await gathering.host('Alice');
    const { space, device: alice } = host;
    const { device: carol, cut } = await gathering.admit(host, 'Carol', 'editor');
    const { device: dave } = await gathering.admit(host, 'Dave', 'reader');
    unwrap(await alice.engine.setRole(space, (await carol.engine.spaces())[0]!.member, 'admin'));
    await world.pass(5_000);
    cut();
    unwrap(await carol.engine.removeMember(space, (await dave.engine.spaces())[0]!.member));
    unwrap(await carol.write(space, 'under an epoch without Bob'));
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    const cursor = unwrap(await bob.write(space, 'by Bob')).position;
    unwrap(await bob.engine.importBundle(unwrap(await carol.engine.exportBundle(space))));
    expect(await bob.read(space)).toEqual(['by Bob']);
    unwrap(await bob.write(space, 'by Bob again'));
    const bobsCursor = (await bob.engine.entries(space, PAGE_DOCUMENT, cursor)).at(-1)!.position;
    world.join(alice, carol);
    await world.pass(60_000);
    expect(await bob.read(space)).toContain('under an epoch without Bob');
    expect(bob.heard()).toContain('under an epoch without Bob');
    const missed = await bob.engine.entries(space, PAGE_DOCUMENT, bobsCursor);
    expect(missed.map((entry) => new TextDecoder().decode(entry.body))).toContain('under an epoch without Bob');
    bob.root.close();
    const again = await world.start(bob.disk);
    const afterRestart = await again.engine.entries(space, PAGE_DOCUMENT, bobsCursor);
    expect(afterRestart.map((entry) => new TextDecoder().decode(entry.body))).toContain('under an epoch without Bob');
  });

  it('[C2] a device restored from a backup that first listens goes on without a fork', async () => {
    const host = await gathering.host('Alice');
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    const backup = bob.disk.copy();
    unwrap(await bob.write(host.space, 'after the backup'));
    await world.pass(8_000);
    bob.root.close();
    const restored = await world.start(backup);
    world.join(host.device, restored);
    await world.pass(8_000);
    unwrap(await restored.write(host.space, 'and on'));
    await world.pass(8_000);
    expect(await host.device.read(host.space)).toEqual(['after the backup', 'and on']);
  });

  it('[C2] a device restored from a backup that writes at once waits for whom it can reach, and takes what is its own first', async () => {
    const host = await gathering.host('Alice');
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    const backup = bob.disk.copy();
    unwrap(await bob.write(host.space, 'after the backup'));
    await world.pass(8_000);
    bob.root.close();
    const restored = await world.start(backup, { headWaitMs: HEAD_WAIT_MS });
    world.join(host.device, restored);
    const written = restored.write(host.space, 'typed before anything was heard');
    unwrap(await world.during(written));
    await world.pass(8_000);
    expect(await host.device.read(host.space)).toEqual(['after the backup', 'typed before anything was heard']);
    expect([...restored.events, ...host.device.events].filter((event) => event.kind === 'alarm')).toEqual([]);
  });

  it('[C2] nobody is waited for longer than a second: what was typed is kept', async () => {
    const host = await gathering.host('Alice');
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    unwrap(await bob.engine.setRelay('https://relay.that-never-answers.test'));
    bob.root.close();
    const again = await world.start(bob.disk, { headWaitMs: HEAD_WAIT_MS });
    const kept = { at: -1 };
    const begun = world.time.nowMs();
    const typed = { space: host.space, document: PAGE_DOCUMENT, type: 'update', body: utf8('typed alone') } as const;
    const written = again.engine.append(typed).then(() => (kept.at = world.time.nowMs()));
    await world.pass(500);
    expect(kept.at).toBe(-1);
    await world.during(written);
    expect(kept.at - begun).toBeLessThanOrEqual(1_100);
    expect(await again.read(host.space)).toContain('typed alone');
  });

  it('[C4] attested entries that stay missing are told at the second look, once', () => {
    const watch = new GapWatch();
    const space = '11'.repeat(32) as never;
    const [bob, carol] = ['22'.repeat(32) as DeviceId, '33'.repeat(32) as DeviceId];
    const attests = [{ author: carol, seq: 4, heads: [], held: [{ device: bob, seq: 9 }] }];
    const heads = (seq: number) => new Map([[bob, { seq, id: '44'.repeat(32) as EnvelopeId }]]);
    expect(watch.look(space, attests, heads(7))).toEqual([]);
    expect(watch.look(space, attests, heads(7))).toEqual([{ device: bob, seq: 9 }]);
    expect(watch.look(space, attests, heads(7))).toEqual([]);
    expect(watch.look(space, attests, heads(9))).toEqual([]);
  });

  it('[P4] a presence envelope counts once: replayed, older, or from someone who left it shows nothing', async () => {
    const host = await gathering.host('Alice');
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    const clock = { nowMs: () => 0 };
    const sender = await replicaOfDisk(host.device.disk, host.space);
    const receiver = await replicaOfDisk(bob.disk, host.space);
    const [sending, receiving] = [new Presence(random, clock), new Presence(random, clock)];
    const seal = (text: string) =>
      sending.seal(sender.replica, { document: PAGE_DOCUMENT, session: 'tab', body: utf8(text) })!;
    const find = () => receiver.replica;
    const [first, second] = [seal('one'), seal('two')];
    expect(receiving.open(second, find)?.body).toEqual(utf8('two'));
    expect(receiving.open(second, find)).toBeUndefined();
    expect(receiving.open(first, find)).toBeUndefined();
    const flipped = seal('three').slice();
    flipped[230] = (flipped[230] ?? 0) ^ 1;
    expect(receiving.open(flipped, find)).toBeUndefined();
    expect(sending.open(seal('own'), () => sender.replica)).toBeUndefined();
  });
});
