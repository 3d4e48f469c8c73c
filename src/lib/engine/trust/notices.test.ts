import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemoryKeyVault, MemoryProfile } from '../../adapters/storage/key-vault-memory.ts';
import { MemoryLocalStore } from '../../adapters/storage/local-store-memory.ts';
import { SystemRandom } from '../../adapters/platform/system-random.ts';
import { membershipRefOf, sealEnvelope } from '../../crypto/envelope-seal.ts';
import { verifyForkProof } from '../../crypto/fork-proof.ts';
import { FLOOR_PASSPHRASE_PARAMETERS } from '../../crypto/passphrase.ts';
import { readyCrypto } from '../../crypto/sodium.ts';
import { utf8 } from '../../foundation/bytes.ts';
import type { DeviceId, SpaceId } from '../../foundation/ids.ts';
import { unwrap } from '../../foundation/result.ts';
import type { Attest } from '../../membership/membership-graph.ts';
import { encodeBundle } from '../../protocol/bundle.ts';
import { encodeFrame } from '../../protocol/frames.ts';
import { Gathering } from '../gathering.fixture.ts';
import { LocalRecords } from '../local-records.ts';
import { replicaOfDisk } from '../stolen-keys.fixture.ts';
import { Vault } from '../vault.ts';
import { newSecrets } from '../vault-secrets.ts';
import { PAGE_DOCUMENT, World, type Device } from '../world.fixture.ts';
import { STALE_AFTER_MS, StaleWatch, type Look } from './stale-watch.ts';

const DAY_MS = 86_400_000;

describe('security notices', () => {
  let world: World;
  let gathering: Gathering;
  let alice: Device;
  let bob: Device;
  let space: SpaceId;
  let cut: () => void;
  beforeAll(readyCrypto);
  beforeEach(async () => {
    world = new World();
    gathering = new Gathering(world);
    const host = await gathering.host('Alice');
    ({ device: alice, space } = host);
    ({ device: bob, cut } = await gathering.admit(host, 'Bob', 'editor'));
  });
  afterEach(() => world.close());

  /** The next entry of a device’s chain, made outside its engine. */
  async function forge(device: Device, text: string): Promise<Uint8Array> {
    const { governance, secrets, head } = await replicaOfDisk(device.disk, space);
    const sealed = sealEnvelope({
      type: 'update',
      space,
      author: { device: secrets.device, secret: secrets.sign },
      seq: (head?.seq ?? -1) + 1,
      prev: head?.id ?? ('0'.repeat(64) as never),
      mref: membershipRefOf(governance.history.headsFor(secrets.device)),
      payload: { documentId: PAGE_DOCUMENT, kind: 'change', body: utf8(text), claimedTime: 0 },
      under: { epoch: governance.keys.findWritable(governance.history)!.id, keys: governance.keys.content },
      random: new SystemRandom(),
    });
    return unwrap(sealed).bytes;
  }

  async function bring(device: Device, envelope: Uint8Array): Promise<void> {
    unwrap(await device.engine.importBundle(encodeBundle(space, [encodeFrame({ kind: 'env', bytes: envelope })])));
    await device.root.settled();
  }

  const deviceOf = async (device: Device): Promise<DeviceId> => (await device.engine.spaces())[0]!.device;

  it('[C4] Bob’s device forks: Alice reads it with his name, keeps the proof, and it stays until she has read it', async () => {
    const forged = await forge(bob, 'one story');
    unwrap(await bob.write(space, 'another story'));
    await world.pass(8_000);
    await bring(alice, forged);
    const device = await deviceOf(bob);
    const [notice, ...others] = await alice.engine.securityNotices(space);
    expect(notice).toMatchObject({ kind: 'fork', device, name: 'Bob', isSeen: false, hasProof: true });
    expect(others).toEqual([]);
    const proof = unwrap(await alice.engine.forkProof(space, notice!.id));
    expect(unwrap(verifyForkProof(proof))).toMatchObject({ space, device });
    expect(alice.events).toContainEqual({ kind: 'alarm', space, alarm: 'fork', device });
    const told = alice.events.filter((event) => event.kind === 'alarm').length;
    await bring(alice, forged);
    expect(await alice.engine.securityNotices(space)).toHaveLength(1);
    expect(alice.events.filter((event) => event.kind === 'alarm')).toHaveLength(told);

    alice.root.close();
    alice = await world.start(alice.disk);
    expect(await alice.engine.securityNotices(space)).toEqual([notice]);
    unwrap(await alice.engine.markNoticeSeen(space, notice!.id));
    expect(await alice.engine.securityNotices(space)).toEqual([{ ...notice, isSeen: true }]);
    expect(await alice.engine.markNoticeSeen(space, 'nothing')).toMatchObject({ error: { code: 'request-gone' } });
    expect(await alice.engine.forkProof(space, 'nothing')).toMatchObject({ error: { code: 'request-gone' } });
    const rows = (): readonly string[] => [...alice.disk.rows.keys()].filter((key) => /notices|fork-proofs/u.test(key));
    expect(rows()).toHaveLength(2);
    unwrap(await alice.engine.forgetSpace(space));
    expect(rows()).toEqual([]);
  });

  it('[C2][C4] a device that meets another story of its own chain is told so, as its own', async () => {
    cut();
    const forged = await forge(bob, 'from the restored backup');
    unwrap(await bob.write(space, 'from the other copy'));
    await bring(bob, forged);
    expect(await bob.engine.securityNotices(space)).toMatchObject([{ kind: 'own-fork', name: 'Bob', hasProof: true }]);
  });

  it('[C4] entries that are attested and never come are told as a gap, and the notice ends when they come', async () => {
    const host = { device: alice, space };
    const { device: carol, cut: cutCarol } = await gathering.admit(host, 'Carol', 'editor');
    await gathering.admit(host, 'Dave', 'editor');
    await world.pass(8_000);
    cut();
    cutCarol();
    // Carol has Bob’s word and says so; Alice hears what Carol says, and Dave, who has neither, is level with her.
    world.join(bob, carol);
    unwrap(await bob.write(space, 'kept back'));
    await world.pass(8_000);
    unwrap(await carol.engine.append({ space, document: PAGE_DOCUMENT, type: 'snapshot', body: utf8('all of it') }));
    const author = (await carol.engine.spaces())[0]!.device;
    for (const entry of carol.disk.log.spaces.get(space)?.arrival ?? [])
      if (entry.author === author) await bring(alice, entry.bytes);
    await world.pass(130_000);
    const device = await deviceOf(bob);
    expect(await alice.engine.securityNotices(space)).toMatchObject([
      { kind: 'gap', device, name: 'Bob', isResolved: false, hasProof: false },
    ]);
    expect(alice.events).toContainEqual({ kind: 'alarm', space, alarm: 'gap', device });
    world.join(alice, bob);
    await world.pass(70_000);
    expect(await alice.engine.securityNotices(space)).toMatchObject([{ kind: 'gap', isResolved: true }]);
  });
});

describe('nothing is confirmed', () => {
  const [alice, bob, relayed] = ['aa', 'bb', 'cc'].map((byte) => byte.repeat(32) as DeviceId) as [
    DeviceId,
    DeviceId,
    DeviceId,
  ];
  const space = 'ee'.repeat(32) as SpaceId;

  beforeAll(readyCrypto);

  async function watch() {
    const random = new SystemRandom();
    const cost = () => FLOOR_PASSPHRASE_PARAMETERS;
    const vault = new Vault({ keyVault: new MemoryKeyVault(new MemoryProfile()), random, cost });
    unwrap(await vault.create(newSecrets(random.bytes(16), 'fr'), { kind: 'device' }));
    const rows = new Map<string, Uint8Array>();
    const records = (): LocalRecords => new LocalRecords(new MemoryLocalStore(rows), vault, random);
    return { watch: new StaleWatch(records()), again: () => new StaleWatch(records()) };
  }

  const saying = (author: DeviceId, seq: number): Attest => ({
    author,
    seq: 9,
    heads: [],
    held: [{ device: alice, seq }],
  });

  const look = (nowMs: number, more: Partial<Look> & { readonly head?: number } = {}): Look => ({
    self: alice,
    others: new Set([bob]),
    attests: [],
    heads: new Map([[alice, { seq: more.head ?? 4, id: '0'.repeat(64) as never }]]),
    hasPeer: false,
    isLevel: true,
    nowMs,
    ...more,
  });

  it('[C4] a relay that keeps everyone else’s words back is found out after three days, over restarts', async () => {
    const { watch: before, again } = await watch();
    expect(await before.look(space, look(0))).toEqual({ kind: 'unknown' });
    expect(await before.look(space, look(STALE_AFTER_MS))).toEqual({ kind: 'unknown' });
    const after = again();
    expect(await after.look(space, look(STALE_AFTER_MS + 1))).toEqual({ kind: 'stale', since: 0 });
    // A stranger’s word, or the relay’s, confirms nothing.
    const strange = look(STALE_AFTER_MS + 2, { attests: [saying(relayed, 4), saying(alice, 4)] });
    expect(await after.look(space, strange)).toMatchObject({ kind: 'stale' });
  });

  it('[C4] Bob’s attest of what Alice wrote, or Bob himself, confirms; a later silence counts from there', async () => {
    const { watch: stale } = await watch();
    await stale.look(space, look(1_000));
    expect(await stale.look(space, look(2_000, { attests: [saying(bob, 4)] }))).toEqual({ kind: 'confirmed' });
    const attests = [saying(bob, 4)];
    await stale.look(space, look(DAY_MS, { attests, head: 7 }));
    const later = look(DAY_MS + STALE_AFTER_MS + 1, { attests, head: 7 });
    expect(await stale.look(space, later)).toEqual({ kind: 'stale', since: 1_000 });
    expect(await stale.look(space, { ...later, hasPeer: true })).toEqual({ kind: 'confirmed' });
  });

  it('[C4] alone in a space, away from the relay, or silent oneself, nothing is amiss', async () => {
    const long = 10 * STALE_AFTER_MS;
    for (const more of [{ others: new Set<DeviceId>() }, { isLevel: false }, { attests: [saying(bob, 4)] }]) {
      const { watch: stale } = await watch();
      await stale.look(space, look(0, more));
      expect((await stale.look(space, look(long, more))).kind).not.toBe('stale');
    }
  });
});
