import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../../crypto/sodium.ts';
import { verifyForkProof } from '../../crypto/fork-proof.ts';
import type { DeviceId, SpaceId } from '../../foundation/ids.ts';
import { EnvironmentError, unwrap } from '../../foundation/result.ts';
import { decodeUtf8 } from '../../foundation/bytes.ts';
import { MemoryKeyVault } from '../../adapters/storage/key-vault-memory.ts';
import { MemoryLogStore } from '../../adapters/storage/memory-log-store.ts';
import type { EnginePorts } from '../engine-ports.ts';
import { Gathering } from '../gathering.fixture.ts';
import { CHANNEL_DOCUMENT, PAGE_DOCUMENT, World, type Device, type Disk } from '../world.fixture.ts';

describe('a device set back to an earlier copy of itself', () => {
  let world: World;
  let gathering: Gathering;
  let alice: Device;
  let bob: Device;
  let cutBob: () => void;
  let space: SpaceId;
  let backup: Disk;
  beforeAll(readyCrypto);
  beforeEach(async () => {
    world = new World();
    gathering = new Gathering(world);
    const host = await gathering.host('Alice');
    ({ device: alice, space } = host);
    ({ device: bob, cut: cutBob } = await gathering.admit(host, 'Bob', 'editor'));
    unwrap(await alice.write(space, 'before the backup'));
    await world.pass(8_000);
    backup = alice.disk.copy();
  });
  afterEach(() => world.close());

  /** Alice wrote this after the backup, and Bob has it; then her browser is gone. */
  async function goOn(...texts: readonly string[]): Promise<void> {
    for (const text of texts) unwrap(await alice.write(space, text));
    await world.pass(8_000);
    alice.root.close();
  }

  /** Her backup is put back, and she writes before anyone can be reached; then Bob is. */
  async function comeBack(...texts: readonly string[]): Promise<{ readonly again: Device; readonly forked: DeviceId }> {
    const again = await world.start(backup);
    const forked = (await again.engine.spaces())[0]!.device;
    for (const text of texts) unwrap(await again.write(space, text));
    meet(again);
    await world.pass(20_000);
    return { again, forked };
  }

  /** As links of the mesh do, it comes back after new keys were taken. */
  function meet(device: Device): void {
    world.join(device, bob);
  }

  async function renew(device: Device): Promise<void> {
    unwrap(await world.during(device.engine.renewKeys(space)));
    // First under the keys that are given up, then under the new ones.
    for (let round = 0; round < 2; round++) {
      meet(device);
      await world.pass(10_000);
    }
  }

  const lostTexts = async (device: Device): Promise<readonly string[]> => {
    const texts: string[] = [];
    for (const work of await device.engine.lostWork(space)) {
      const entries = await device.engine.lostEntries(space, work.device, work.document);
      texts.push(...entries.slice(-work.changes).map(({ body }) => decodeUtf8(body) ?? ''));
    }
    return texts;
  };

  it.each([
    ['the same seq, another id', ['one'], ['lost one']],
    ['a longer chain elsewhere', ['one', 'two', 'three'], ['lost one']],
    ['a longer chain here', ['one'], ['lost one', 'lost two', 'lost three']],
  ])('[C2] %s: she is told, takes new keys, and goes on; what only she had is kept', async (_, shared, lost) => {
    await goOn(...shared);
    const { again, forked } = await comeBack(...lost);
    expect(again.events).toContainEqual({ kind: 'alarm', space, alarm: 'own-fork', device: forked });
    expect((await again.engine.spaces())[0]).toMatchObject({ isForked: true, role: 'reader' });
    // Nothing that was typed meanwhile is lost, and nobody but she has it.
    unwrap(await again.write(space, 'typed before she read the notice'));

    await renew(again);
    const [summary] = await again.engine.spaces();
    expect(summary).toMatchObject({ role: 'owner', isReady: true });
    expect(summary?.isForked).toBeUndefined();
    expect(summary?.device).not.toBe(forked);
    expect(await again.read(space)).toEqual(['before the backup', ...shared]);
    unwrap(await again.write(space, 'and on'));
    await world.pass(10_000);
    expect(await bob.read(space)).toEqual(['before the backup', ...shared, 'and on']);
    unwrap(await bob.write(space, 'and Bob'));
    await world.pass(10_000);
    expect(await again.read(space)).toContain('and Bob');
    expect(await lostTexts(again)).toEqual([...lost, 'typed before she read the notice']);
    const devices = (await bob.engine.members(space)).find(({ name }) => name === 'Alice')?.devices ?? [];
    expect(devices.filter(({ isRecovery }) => !isRecovery)).toMatchObject([
      { device: forked, isActive: false },
      { device: summary?.device, isActive: true },
    ]);
  });

  it('[C2] the histories part three hundred entries back: the place is looked for until it is found', async () => {
    await goOn(...Array.from({ length: 300 }, (_, i) => `shared ${String(i)}`));
    const lost = Array.from({ length: 310 }, (_, i) => `lost ${String(i)}`);
    const { again } = await comeBack(...lost);
    await renew(again);
    expect((await again.engine.spaces())[0]).toMatchObject({ role: 'owner', isReady: true });
    expect(await again.read(space)).toHaveLength(301);
    expect(await lostTexts(again)).toEqual(lost);
  });

  it('[C2] until the place is known, new keys are refused and nothing changes; a restart forgets nothing', async () => {
    await goOn('one', 'two', 'three');
    const { again: first, forked } = await comeBack('lost one', 'lost two');
    first.root.close();
    let again = await world.start(first.disk);
    expect((await again.engine.spaces())[0]).toMatchObject({ isForked: true, role: 'reader', device: forked });
    expect(await again.read(space)).toEqual(['before the backup', 'lost one', 'lost two']);
    // Away from everyone she takes new keys; what the others hold comes when one of them is met.
    unwrap(await again.engine.renewKeys(space));
    expect((await again.engine.spaces())[0]).toMatchObject({ isRestoring: true, role: 'reader' });
    expect(await again.engine.renewKeys(space)).toMatchObject({ error: { code: 'nothing-waiting' } });
    again.root.close();
    again = await world.start(first.disk);
    meet(again);
    await world.pass(10_000);
    expect((await again.engine.spaces())[0]).toMatchObject({ role: 'owner', isReady: true });
    expect(await again.read(space)).toEqual(['before the backup', 'one', 'two', 'three']);
    expect(await lostTexts(again)).toEqual(['lost one', 'lost two']);
    expect(await bob.engine.renewKeys(space)).toMatchObject({ error: { code: 'nothing-waiting' } });
  });

  it.each(['cut', 'save'] as const)(
    '[C2] the disk fails at the %s: pressed again, all of it is done, once',
    async (step) => {
      await goOn('one');
      const { again: first } = await comeBack('lost one');
      first.root.close();
      const failing = new FailingDisk(first.disk, step);
      const broken = await world.start(first.disk, { ...failing.ports(), onFault: () => undefined });
      failing.isBroken = true;
      await expect(broken.engine.renewKeys(space)).rejects.toThrow('storage-full');
      broken.root.close();
      const again = await world.start(first.disk);
      expect((await again.engine.spaces())[0]).toMatchObject({ isForked: true });
      await renew(again);
      expect(await again.read(space)).toEqual(['before the backup', 'one']);
      expect(await lostTexts(again)).toEqual(['lost one']);
    },
  );

  it('[C4] Bob is told of the fork once, with a proof for anyone; it is over when the old keys are out', async () => {
    await goOn('one');
    const { again, forked } = await comeBack('lost one');
    const told = () => bob.events.filter((event) => event.kind === 'alarm');
    expect(told()).toEqual([{ kind: 'alarm', space, alarm: 'fork', device: forked }]);
    const [notice] = await bob.engine.securityNotices(space);
    expect(notice).toMatchObject({ kind: 'fork', name: 'Alice', isResolved: false });
    const proof = unwrap(await bob.engine.forkProof(space, notice!.id));
    expect(unwrap(verifyForkProof(proof))).toMatchObject({ space, device: forked });
    await renew(again);
    await world.pass(60_000);
    expect(told()).toHaveLength(1);
    expect(await bob.engine.securityNotices(space)).toMatchObject([{ kind: 'fork', isResolved: true, hasProof: true }]);
    expect(await again.engine.securityNotices(space)).toMatchObject([{ kind: 'own-fork', isResolved: true }]);
    bob.root.close();
    bob = await world.start(bob.disk);
    meet(again);
    await world.pass(20_000);
    expect(told()).toEqual([]);
  });

  it('[C2] what was put back or let go is kept no longer, document by document', async () => {
    await goOn('one');
    const again = await world.start(backup);
    unwrap(await again.write(space, 'lost text'));
    unwrap(await again.write(space, 'lost message', CHANNEL_DOCUMENT));
    meet(again);
    await world.pass(20_000);
    await renew(again);
    const works = await again.engine.lostWork(space);
    expect(works.map(({ document, changes }) => [document, changes])).toEqual([
      [PAGE_DOCUMENT, 1],
      [CHANNEL_DOCUMENT, 1],
    ]);
    const [page, channel] = works;
    const entries = await again.engine.lostEntries(space, page!.device, PAGE_DOCUMENT);
    expect(entries.map(({ body }) => decodeUtf8(body))).toEqual(['before the backup', 'lost text']);
    await again.engine.dropLostWork(space, page!.device, PAGE_DOCUMENT);
    expect(await again.engine.lostWork(space)).toEqual([channel]);
    expect(await again.engine.lostEntries(space, page!.device, PAGE_DOCUMENT)).toEqual([]);
    unwrap(await again.engine.forgetSpace(space));
    expect([...again.disk.rows.keys()].filter((key) => key.includes('lost'))).toEqual([]);
  });

  it('[C2] a reader’s device forks by what it attests, and comes in again all the same', async () => {
    const host = { device: alice, space };
    const { device: carol, cut } = await gathering.admit(host, 'Carol', 'reader');
    const old = carol.disk.copy();
    cutBob();
    // Each says to whom it meets what it holds, in the next entry of its chain.
    await world.pass(130_000);
    carol.root.close();
    cut();
    const again = await world.start(old);
    const leave = world.join(again, bob);
    await world.pass(130_000);
    leave();
    world.join(again, alice);
    await world.pass(20_000);
    const [before] = await again.engine.spaces();
    expect(before).toMatchObject({ isForked: true });
    unwrap(await again.engine.renewKeys(space));
    for (let round = 0; round < 2; round++) {
      world.join(again, alice);
      await world.pass(30_000);
    }
    const [after] = await again.engine.spaces();
    expect(after).toMatchObject({ role: 'reader', isReady: true });
    expect(after?.isForked).toBeUndefined();
    expect(after?.device).not.toBe(before?.device);
    unwrap(await alice.write(space, 'sealed without the old keys'));
    await world.pass(10_000);
    expect(await again.read(space)).toEqual(['before the backup', 'sealed without the old keys']);
  });

  it('[C2] the words were replaced after the backup: their recovery device is out, so the old keys let the new ones in', async () => {
    unwrap(await alice.engine.renewWords());
    await world.pass(10_000);
    await goOn('one');
    const { again, forked } = await comeBack('lost one');
    unwrap(await again.engine.renewKeys(space));
    for (let round = 0; round < 3; round++) {
      meet(again);
      await world.pass(10_000);
    }
    const [summary] = await again.engine.spaces();
    expect(summary).toMatchObject({ role: 'owner', isReady: true });
    expect(summary?.device).not.toBe(forked);
    meet(again);
    unwrap(await again.write(space, 'and on'));
    await world.pass(10_000);
    expect(await bob.read(space)).toEqual(['before the backup', 'one', 'and on']);
    expect(await lostTexts(again)).toEqual(['lost one']);
    const devices = (await bob.engine.members(space)).find(({ name }) => name === 'Alice')?.devices ?? [];
    expect(devices.filter(({ isActive, isRecovery }) => isActive && !isRecovery)).toMatchObject([
      { device: summary?.device },
    ]);
  });
});

/** A disk that is full from a moment on, at one kind of write. */
class FailingDisk {
  isBroken = false;
  readonly #disk: Disk;
  readonly #step: 'cut' | 'save';

  constructor(disk: Disk, step: 'cut' | 'save') {
    this.#disk = disk;
    this.#step = step;
  }

  ports(): Pick<EnginePorts, 'store' | 'keyVault'> {
    const store = new MemoryLogStore(this.#disk.log);
    const keyVault = new MemoryKeyVault(this.#disk.profile);
    const fails = (step: 'cut' | 'save'): boolean => this.isBroken && step === this.#step;
    const full = () => Promise.reject(new EnvironmentError('storage-full'));
    return {
      store: Object.assign(Object.create(store) as MemoryLogStore, {
        append: store.append.bind(store),
        insert: store.insert.bind(store),
        heads: store.heads.bind(store),
        read: store.read.bind(store),
        spaces: store.spaces.bind(store),
        erase: store.erase.bind(store),
        cut: (...args: Parameters<MemoryLogStore['cut']>) => (fails('cut') ? full() : store.cut(...args)),
      }),
      keyVault: Object.assign(Object.create(keyVault) as MemoryKeyVault, {
        load: keyVault.load.bind(keyVault),
        erase: keyVault.erase.bind(keyVault),
        pepper: keyVault.pepper.bind(keyVault),
        wrap: keyVault.wrap.bind(keyVault),
        unwrap: keyVault.unwrap.bind(keyVault),
        save: (record: Uint8Array) => (fails('save') ? full() : keyVault.save(record)),
      }),
    };
  }
}
