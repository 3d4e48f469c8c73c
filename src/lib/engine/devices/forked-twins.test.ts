/** [C2] One browser twice, or set back, beside a second device of the same person. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recoveryDeviceOf } from '../../crypto/recovery-keys.ts';
import { parseRecoveryWords, recoverySeedOf } from '../../crypto/recovery-words.ts';
import { readyCrypto } from '../../crypto/sodium.ts';
import { decodeUtf8, utf8 } from '../../foundation/bytes.ts';
import { unwrap } from '../../foundation/result.ts';
import { replicaOfDisk } from '../stolen-keys.fixture.ts';
import { recoveryContextOf } from '../relay-standing.ts';
import type { Device } from '../world.fixture.ts';
import { DevicesWorld } from './people-with-devices.fixture.ts';

describe('a browser set back beside a second device', () => {
  let world: DevicesWorld;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new DevicesWorld();
  });
  afterEach(() => world.close());

  const draft = async (device: Device, key: string): Promise<string | undefined> =>
    decodeUtf8((await device.engine.getPersonal('draft', key)) ?? new Uint8Array(0));

  it('[C2] the other device lets it in again, and the recovery device writes nothing; her own records go on by themselves', async () => {
    const laptop = await world.someone('Alice');
    const space = await laptop.newSpace();
    const { device: phone, cut } = await world.link(laptop, 'Phone');
    unwrap(await laptop.write(space, 'before the backup'));
    await world.pass(10_000);
    const backup = laptop.disk.copy();
    unwrap(await laptop.write(space, 'after the backup'));
    unwrap(await laptop.engine.putPersonal('draft', 'shared', utf8('after the backup')));
    await world.pass(10_000);
    cut();
    laptop.root.close();

    const again = await world.start(backup);
    const [before] = await again.engine.spaces();
    unwrap(await again.write(space, 'lost'));
    unwrap(await again.engine.putPersonal('draft', 'mine', utf8('from the backup')));
    await world.pass(10_000);
    for (let round = 0; round < 3; round++) {
      world.join(again, phone);
      await world.pass(10_000);
    }
    // Her own records are nobody's work: they need no word from her, and nothing is told of them.
    expect(await draft(phone, 'mine')).toBe('from the backup');
    expect(await draft(again, 'shared')).toBe('after the backup');
    expect(again.events.filter((event) => event.kind === 'alarm')).toHaveLength(1);
    expect((await again.engine.spaces())[0]).toMatchObject({ isForked: true });

    unwrap(await again.engine.renewKeys(space));
    for (let round = 0; round < 3; round++) {
      world.join(again, phone);
      await world.pass(8_000);
    }
    const [after] = await again.engine.spaces();
    expect(after).toMatchObject({ role: 'owner', isReady: true });
    unwrap(await again.write(space, 'and on'));
    await world.pass(10_000);
    expect(await phone.read(space)).toEqual(['before the backup', 'after the backup', 'and on']);
    const self = (await phone.engine.members(space)).find(({ isSelf }) => isSelf);
    const active = self?.devices
      .filter(({ isActive, isRecovery }) => isActive && !isRecovery)
      .map(({ device }) => device);
    expect(new Set(active)).toEqual(new Set([after?.device, (await phone.engine.spaces())[0]?.device]));
    expect(active).not.toContain(before?.device);
    // Both are named among her devices, under the keys of now.
    expect(await phone.engine.ownDevices()).toMatchObject([{ spaceCount: 1 }, { spaceCount: 1 }]);

    const { replica } = await replicaOfDisk(phone.disk, space);
    const words = unwrap(parseRecoveryWords(unwrap(await phone.engine.recoveryWords(undefined)).join(' ')));
    const recovery = recoveryDeviceOf(recoverySeedOf(words.entropy), recoveryContextOf(replica)!);
    const authors = phone.disk.log.spaces.get(space)?.heads;
    expect(authors?.has(recovery.sign.device)).toBe(false);
  });
});
