import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openClear } from '../crypto/envelope-seal.ts';
import { readyCrypto } from '../crypto/sodium.ts';
import type { DeviceId, SpaceId } from '../foundation/ids.ts';
import { unwrap } from '../foundation/result.ts';
import { ROTATION_AGE_MS, ROTATION_ENTRIES } from '../membership/keying.ts';
import { decodeEpochOp, type EpochOp } from '../protocol/epoch-op.ts';
import { Gathering } from './gathering.fixture.ts';
import { heldEnvelope } from './held-envelope.ts';
import { replicaOfDisk } from './stolen-keys.fixture.ts';
import { CHANNEL_DOCUMENT, World, type Device } from './world.fixture.ts';

describe('when the keys of a space change', () => {
  let world: World;
  let gathering: Gathering;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
    gathering = new Gathering(world);
  });
  afterEach(() => world.close());

  function epochsOf(device: Device, space: SpaceId): readonly (EpochOp & { readonly author: DeviceId })[] {
    return (device.disk.log.spaces.get(space)?.arrival ?? []).flatMap((entry) => {
      if (entry.type !== 'epoch') return [];
      const op = unwrap(decodeEpochOp(unwrap(openClear(heldEnvelope(entry))).body));
      return [{ ...op, author: entry.author }];
    });
  }

  it('[K3] Bob leaves and nobody writes: Alice’s device makes the epoch that Colin, a commenter, needs', async () => {
    const host = await gathering.host('Alice');
    const { device: alice, space } = host;
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    const { device: colin } = await gathering.admit(host, 'Colin', 'commenter');
    await world.pass(5_000);
    const before = epochsOf(alice, space).length;
    unwrap(await bob.engine.leave(space));
    await world.pass(5_000);
    expect(await colin.write(space, 'too early', CHANNEL_DOCUMENT)).toMatchObject({
      ok: false,
      error: { code: 'unknown-epoch' },
    });
    await world.pass(60_000);
    expect(epochsOf(alice, space)).toHaveLength(before + 1);
    unwrap(await colin.write(space, 'now', CHANNEL_DOCUMENT));
    await world.pass(8_000);
    expect(await alice.read(space, CHANNEL_DOCUMENT)).toEqual(['now']);
    expect(await bob.read(space, CHANNEL_DOCUMENT)).toEqual([]);
  });

  it('[K3] two that rotate at once keep both epochs: each opens what the other wrote, and they agree on one', async () => {
    const host = await gathering.host('Alice');
    const { device: alice, space } = host;
    const { device: bob, cut } = await gathering.admit(host, 'Bob', 'editor');
    await world.pass(5_000);
    cut();
    world.skewMs = ROTATION_AGE_MS + 1;
    unwrap(await alice.write(space, 'by Alice'));
    unwrap(await bob.write(space, 'by Bob'));
    world.join(alice, bob);
    await world.pass(8_000);
    const gens = epochsOf(alice, space).map(({ gen }) => gen);
    expect(gens.filter((gen) => gen === Math.max(...gens))).toHaveLength(2);
    for (const device of [alice, bob]) expect((await device.read(space)).toSorted()).toEqual(['by Alice', 'by Bob']);
    const chosen = await Promise.all(
      [alice, bob].map(async ({ disk }) => {
        const { governance } = await replicaOfDisk(disk, space);
        return governance.keys.findWritable(governance.history)?.id;
      }),
    );
    expect(chosen[0]).toBe(chosen[1]);
  });

  it('[K3] the first word after thirty days goes under a new epoch, the one before not', async () => {
    const { device: alice, space } = await gathering.host('Alice');
    unwrap(await alice.write(space, 'first day'));
    const before = epochsOf(alice, space).length;
    world.skewMs = ROTATION_AGE_MS - 60_000;
    unwrap(await alice.write(space, 'a minute to go'));
    expect(epochsOf(alice, space)).toHaveLength(before);
    world.skewMs = ROTATION_AGE_MS + 60_000;
    unwrap(await alice.write(space, 'a month later'));
    unwrap(await alice.write(space, 'and again'));
    expect(epochsOf(alice, space)).toHaveLength(before + 1);
    expect(await alice.read(space)).toHaveLength(4);
  });

  it('[K3] ten thousand entries use an epoch up', async () => {
    const { device: alice, space } = await gathering.host('Alice');
    const before = epochsOf(alice, space).length;
    await Promise.all(Array.from({ length: ROTATION_ENTRIES - 100 }, () => alice.write(space, 'x')));
    expect(epochsOf(alice, space)).toHaveLength(before);
    for (let i = 0; i < 4; i++) await Promise.all(Array.from({ length: 50 }, () => alice.write(space, 'y')));
    expect(epochsOf(alice, space)).toHaveLength(before + 1);
  }, 120_000);
});
