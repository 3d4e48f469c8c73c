import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../../crypto/sodium.ts';
import { crc32 } from '../../protocol/checksum.ts';
import { backupSlotAad, decodeBackupFile, encodeBackupFile, encodeBackupHeader } from '../../protocol/backup-file.ts';
import type { SpaceId } from '../../foundation/ids.ts';
import { unwrap } from '../../foundation/result.ts';
import { Gathering } from '../gathering.fixture.ts';
import { Disk, World, type Device } from '../world.fixture.ts';

const PASSPHRASE = 'le phare éteint la brume';
const DEVICE = { kind: 'device' } as const;

describe('encrypted backup file', () => {
  let world: World;
  let gathering: Gathering;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
    gathering = new Gathering(world);
  });
  afterEach(() => world.close());

  async function backedUp(
    hasContent = true,
  ): Promise<{ alice: Device; bob: Device; space: SpaceId; file: Uint8Array }> {
    const host = await gathering.host('Alice');
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    unwrap(await host.device.write(host.space, 'before the loss'));
    await world.pass(8_000);
    const file = unwrap(await host.device.engine.makeBackup({ passphrase: PASSPHRASE, hasContent }));
    return { alice: host.device, bob, space: host.space, file };
  }

  it('Alice loses everything; her file and its passphrase give all back to read, with no network', async () => {
    const { alice, space, file } = await backedUp();
    alice.root.close();
    const blank = await world.start(new Disk());
    const report = unwrap(
      await world.during(blank.engine.restoreBackup({ file, passphrase: PASSPHRASE, protection: DEVICE })),
    );
    expect(report.spaces).toEqual([space]);
    // The space of her own devices is never told as one to go to.
    const told = blank.events.flatMap((event) => (event.kind === 'spaces' ? event.spaces : []));
    expect(new Set(told.map((each) => each.space))).toEqual(new Set([space]));
    expect(report.stored).toBeGreaterThan(3);
    await world.pass(1_000);
    expect(await blank.engine.session()).toMatchObject({ kind: 'open', name: 'Alice' });
    expect((await blank.engine.spaces())[0]).toMatchObject({ isReady: true, isRestoring: true, role: 'reader' });
    expect(await blank.read(space)).toEqual(['before the loss']);
    // [C2] Nothing is written before someone else has said what is missing.
    expect(await blank.write(space, 'too early')).toMatchObject({ ok: false });
  });

  it('[C2] a file older than the world: what came since arrives first, then this device writes as a new one', async () => {
    const { alice, bob, space, file } = await backedUp();
    unwrap(await alice.write(space, 'after the backup'));
    await world.pass(8_000);
    alice.root.close();
    const blank = await world.start(new Disk());
    unwrap(await world.during(blank.engine.restoreBackup({ file, passphrase: PASSPHRASE, protection: DEVICE })));
    world.join(blank, bob);
    await world.pass(15_000);
    expect((await blank.engine.spaces())[0]).toMatchObject({ role: 'owner', isReady: true });
    expect(await blank.read(space)).toEqual(['before the loss', 'after the backup']);
    unwrap(await blank.write(space, 'restored'));
    await world.pass(8_000);
    expect(await bob.read(space)).toEqual(['before the loss', 'after the backup', 'restored']);
    expect([...bob.events, ...blank.events].filter(({ kind }) => kind === 'alarm')).toEqual([]);
  });

  it('who has nobody left to ask goes on alone', async () => {
    const { alice, space, file } = await backedUp();
    alice.root.close();
    const blank = await world.start(new Disk());
    unwrap(await world.during(blank.engine.restoreBackup({ file, passphrase: PASSPHRASE, protection: DEVICE })));
    unwrap(await blank.engine.goOnAlone(space));
    await world.pass(1_000);
    expect((await blank.engine.spaces())[0]).toMatchObject({ role: 'owner', isReady: true });
    unwrap(await blank.write(space, 'alone'));
    expect(await blank.read(space)).toEqual(['before the loss', 'alone']);
  });

  it('a file without content names the spaces, and peers bring the rest', async () => {
    const { alice, bob, space, file } = await backedUp(false);
    alice.root.close();
    const blank = await world.start(new Disk());
    const report = unwrap(
      await world.during(blank.engine.restoreBackup({ file, passphrase: PASSPHRASE, protection: DEVICE })),
    );
    expect(report.stored).toBe(0);
    world.join(blank, bob);
    await world.pass(15_000);
    expect(await blank.read(space)).toEqual(['before the loss']);
  });

  it('the words open the file without its passphrase, and nobody else’s words do', async () => {
    const { alice, bob, space, file } = await backedUp();
    const words = unwrap(await alice.engine.recoveryWords(undefined)).join(' ');
    alice.root.close();
    expect(await bob.engine.addBackup(file)).toMatchObject({ ok: false, error: { code: 'wrong-words' } });
    const blank = await world.start(new Disk());
    unwrap(await world.during(blank.engine.restore({ words, protection: DEVICE, relayUrl: '' })));
    unwrap(await blank.engine.addBackup(file));
    expect(await blank.read(space)).toEqual(['before the loss']);
  });

  it('[V1] a wrong passphrase, a cut file, edited parameters, a changed byte: each has its code, and the device stays blank', async () => {
    const { alice, file } = await backedUp();
    alice.root.close();
    const blank = await world.start(new Disk());
    const attempt = async (bytes: Uint8Array, passphrase = PASSPHRASE): Promise<string | undefined> => {
      const outcome = await blank.engine.restoreBackup({ file: bytes, passphrase, protection: DEVICE });
      return outcome.ok ? undefined : outcome.error.code;
    };
    const { header, headerBytes, sealed } = unwrap(decodeBackupFile(file));
    const edited = (change: Partial<typeof header>): Uint8Array =>
      encodeBackupFile({ headerBytes: encodeBackupHeader({ ...header, ...change }), sealed });
    const flipped = (at: number): Uint8Array => file.map((byte, i) => (i === at ? byte ^ 1 : byte));
    expect(await attempt(file, 'another one')).toBe('wrong-passphrase');
    expect(await attempt(file.subarray(0, file.length - 1))).toBe('truncated');
    expect(await attempt(file.subarray(0, 40))).toBe('truncated');
    expect(await attempt(flipped(20))).toBe('bad-checksum');
    expect(await attempt(flipped(file.length - 5))).toBe('bad-seal');
    expect(await attempt(flipped(0))).toBe('not-a-backup');
    expect(await attempt(Uint8Array.of(...file, 0))).toBe('malformed');
    // Someone who mends the checksum as well.
    expect(await attempt(edited({ passes: header.passes + 1 }))).toBe('wrong-passphrase');
    expect(await attempt(edited({ passes: 1 }))).toBe('weak-parameters');
    expect(await attempt(edited({ memoryBytes: 8 * 2 ** 20 }))).toBe('weak-parameters');
    // A seal of the words' slot does not pass for one of other parameters either.
    expect(backupSlotAad(header)).not.toEqual(backupSlotAad({ ...header, passes: header.passes + 1 }));
    expect(crc32(headerBytes)).not.toBe(crc32(encodeBackupHeader({ ...header, passes: 1 })));
    expect(await blank.engine.session()).toEqual({ kind: 'blank' });
    expect(await blank.engine.spaces()).toEqual([]);
  });

  it('[V2] the file holds no key of any device, and nothing in clear', async () => {
    const { alice, file } = await backedUp();
    const dump = Buffer.from(file).toString('latin1');
    for (const canary of ['Alice', 'Bob', 'before the loss']) expect(dump).not.toContain(canary);
    const device = (await alice.engine.spaces())[0]!.device;
    const blank = await world.start(new Disk());
    unwrap(await world.during(blank.engine.restoreBackup({ file, passphrase: PASSPHRASE, protection: DEVICE })));
    await world.pass(1_000);
    expect((await blank.engine.spaces())[0]!.device).not.toBe(device);
  });

  it('a device that has an identity refuses a restoration, and a locked one a backup', async () => {
    const { bob, file } = await backedUp();
    const again = await bob.engine.restoreBackup({ file, passphrase: PASSPHRASE, protection: DEVICE });
    expect(again).toMatchObject({ ok: false, error: { code: 'already-set-up' } });
    unwrap(await bob.engine.setProtection({ kind: 'passphrase', passphrase: PASSPHRASE }));
    await bob.engine.lock();
    const made = await bob.engine.makeBackup({ passphrase: PASSPHRASE, hasContent: true });
    expect(made).toMatchObject({ ok: false, error: { code: 'locked' } });
  });
});
