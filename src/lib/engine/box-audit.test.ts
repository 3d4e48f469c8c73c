import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newEpochSecret } from '../crypto/epoch-secrets.ts';
import { boxEpochFor, newKemKeyPair, openKeybox } from '../crypto/kem.ts';
import { newSigningKeyPair } from '../crypto/sign.ts';
import { readyCrypto } from '../crypto/sodium.ts';
import { SystemRandom } from '../adapters/platform/system-random.ts';
import type { DeviceId, EnvelopeId, SpaceId } from '../foundation/ids.ts';
import { unwrap } from '../foundation/result.ts';
import { decodeEpochOp, encodeEpochOp, type EpochOp } from '../protocol/epoch-op.ts';
import { decodeKeybox, encodeKeybox, type Keybox } from '../protocol/keybox.ts';
import { encodeMembershipRecord } from '../protocol/membership-codec.ts';
import { openClear } from '../crypto/envelope-seal.ts';
import { Gathering } from './gathering.fixture.ts';
import { heldEnvelope } from './held-envelope.ts';
import { epochIdOf } from './space-keys.ts';
import { forgeNext, inject, replicaOfDisk } from './stolen-keys.fixture.ts';
import { World, type Device } from './world.fixture.ts';

const random = new SystemRandom();

describe('epochs and boxes among real engines', () => {
  let world: World;
  let gathering: Gathering;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
    gathering = new Gathering(world);
  });
  afterEach(() => world.close());

  async function self(device: Device) {
    return (await device.engine.spaces())[0]!;
  }

  function epochsOf(device: Device, space: SpaceId): readonly (EpochOp & { readonly author: DeviceId })[] {
    return (device.disk.log.spaces.get(space)?.arrival ?? []).flatMap((entry) => {
      if (entry.type !== 'epoch') return [];
      const op = unwrap(decodeEpochOp(unwrap(openClear(heldEnvelope(entry))).body));
      return [{ ...op, author: entry.author }];
    });
  }

  function boxesOf(device: Device, space: SpaceId): readonly Keybox[] {
    return (device.disk.log.spaces.get(space)?.arrival ?? []).flatMap((entry) =>
      entry.type === 'keybox' ? [unwrap(decodeKeybox(unwrap(openClear(heldEnvelope(entry))).body))] : [],
    );
  }

  /** The epoch that a modified client of a member makes; `change` bends it, `wrongFor` gets a box of nonsense. */
  function forgeEpoch(
    member: Device,
    space: SpaceId,
    bend: { readonly change?: Partial<EpochOp>; readonly heads?: readonly EnvelopeId[]; readonly wrongFor?: DeviceId },
  ) {
    return forgeNext(member.disk, space, function* ({ governance, secrets }) {
      const { keys, history } = governance;
      const heads = bend.heads ?? history.headsFor(secrets.device);
      const { op, secret } = keys.propose(history, heads, random);
      const forged = { ...op, ...bend.change };
      const epoch = epochIdOf(yield { type: 'epoch', body: encodeEpochOp(forged), heads });
      const state = history.current();
      for (const device of forged.recipients) {
        const kem = state.device(device)?.kem;
        if (kem === undefined) continue;
        const inside = device === bend.wrongFor ? newEpochSecret(random) : secret;
        yield {
          type: 'keybox',
          body: encodeKeybox(unwrap(boxEpochFor({ device, kem }, { space, epoch, secret: inside }))),
        };
      }
    });
  }

  it('[K2] Mallory boxes nonsense for Bob: he ignores it and is told by whom, Alice’s audit supplies the right one', async () => {
    const host = await gathering.host('Alice');
    const { device: alice, space } = host;
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    const { device: mallory } = await gathering.admit(host, 'Mallory', 'editor');
    // Whatever was to be looked after since the admissions is done.
    await world.pass(70_000);
    const victim = (await self(bob)).device;
    const forged = await forgeEpoch(mallory, space, { wrongFor: victim });
    unwrap(await inject(alice, space, forged));
    unwrap(await inject(bob, space, forged));
    unwrap(await alice.write(space, 'under the new epoch'));
    await world.pass(8_000);
    expect(await bob.read(space)).toEqual([]);
    await world.pass(60_000);
    expect(await bob.read(space)).toEqual(['under the new epoch']);
    const author = (await self(mallory)).device;
    const alarms = bob.events.filter((event) => event.kind === 'alarm');
    expect(alarms).toEqual([{ kind: 'alarm', space, alarm: 'wrong-box', device: author }]);
    unwrap(await bob.write(space, 'and on'));
    await world.pass(8_000);
    expect(await alice.read(space)).toContain('and on');
  });

  it('[K2] an author who seals nonsense behind a new epoch hides no history: newcomers are boxed the older one', async () => {
    const host = await gathering.host('Alice');
    const { device: alice, space } = host;
    const { device: mallory } = await gathering.admit(host, 'Mallory', 'editor');
    unwrap(await alice.write(space, 'old words'));
    await world.pass(8_000);
    const honest = await proposalOf(mallory, space);
    const bad = honest.prev.map((sealed) => ({ ...sealed, box: sealed.box.map((byte) => byte ^ 1) }));
    unwrap(
      await inject(alice, space, await forgeEpoch(mallory, space, { change: { prev: bad, records: honest.records } })),
    );
    unwrap(await alice.write(space, 'new words'));
    const { device: carol } = await gathering.admit(host, 'Carol', 'reader');
    await world.pass(60_000);
    expect(await carol.read(space)).toEqual(['old words', 'new words']);
  });

  it('[K2] a box that its supplier had no time to make is made when a device that holds the epoch starts', async () => {
    const host = await gathering.host('Alice');
    const { device: alice, space } = host;
    const { device: carol, cut } = await gathering.admit(host, 'Carol', 'editor');
    const { device: dave } = await gathering.admit(host, 'Dave', 'reader');
    unwrap(await alice.engine.setRole(space, (await self(carol)).member, 'admin'));
    await world.pass(5_000);
    cut();
    unwrap(await carol.engine.removeMember(space, (await self(dave)).member));
    unwrap(await carol.write(space, 'under an epoch without Bob'));
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    const carried = unwrap(await carol.engine.exportBundle(space));
    unwrap(await alice.engine.importBundle(carried));
    unwrap(await bob.engine.importBundle(carried));
    alice.root.close();
    carol.root.close();
    await world.pass(60_000);
    expect(await bob.read(space)).toEqual([]);
    const again = await world.start(alice.disk);
    world.join(again, bob);
    await world.pass(60_000);
    expect(await bob.read(space)).toEqual(['under an epoch without Bob']);
  });

  it('[K2][K3] a removed device is supplied nothing, however long the others look after boxes', async () => {
    const host = await gathering.host('Alice');
    const { device: alice, space } = host;
    const { device: bob } = await gathering.admit(host, 'Bob', 'commenter');
    const { device: carol } = await gathering.admit(host, 'Carol', 'reader');
    const out = (await self(bob)).device;
    unwrap(await alice.engine.removeMember(space, (await self(bob)).member));
    unwrap(await alice.write(space, 'without Bob'));
    await world.pass(120_000);
    expect(await carol.read(space)).toEqual(['without Bob']);
    expect(epochsOf(alice, space).at(-1)?.recipients).not.toContain(out);
    // Even with a full copy of what a relay would hold.
    await bob.engine.importBundle(unwrap(await alice.engine.exportBundle(space)));
    await world.pass(60_000);
    expect(await bob.read(space)).toEqual([]);
    const { governance } = await replicaOfDisk(bob.disk, space);
    expect(governance.keys.content.epochs().length).toBeLessThan(epochsOf(alice, space).length);
  });

  it('[K2] a device that replaced its key is supplied a box for the new one', async () => {
    const host = await gathering.host('Alice');
    const { device: alice, space } = host;
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    await world.pass(70_000);
    const fresh = newKemKeyPair(random);
    const rekey = await forgeNext(bob.disk, space, function* ({ governance, secrets }) {
      const parents = governance.history.headsFor(secrets.device);
      yield {
        type: 'membership',
        body: encodeMembershipRecord({ parents, operation: { op: 'device.rekey', kem: fresh.publicKey } }),
      };
    });
    unwrap(await inject(alice, space, rekey));
    await world.pass(60_000);
    const { device } = await self(bob);
    const opened = boxesOf(alice, space).filter(
      (box) => box.recipient === device && openKeybox(space, box, fresh.secret).ok,
    );
    expect(opened).toHaveLength(1);
  });

  it('[K3] Bob admits Dave while Alice removes Bob: the admission is void, and Dave reads nothing of what follows', async () => {
    const host = await gathering.host('Alice');
    const { device: alice, space } = host;
    const { device: bob, cut } = await gathering.admit(host, 'Bob', 'editor');
    const { device: carol } = await gathering.admit(host, 'Carol', 'editor');
    unwrap(await alice.engine.setRole(space, (await self(bob)).member, 'admin'));
    await world.pass(5_000);
    cut();
    unwrap(await bob.engine.setRelay('wss://relay.test'));
    await bob.confirmWords();
    const { device: dave } = await gathering.admit({ device: bob, space }, 'Dave', 'editor');
    unwrap(await bob.write(space, 'to Dave'));
    expect((await self(dave)).isReady).toBe(true);
    unwrap(await alice.engine.removeMember(space, (await self(bob)).member));
    unwrap(await alice.engine.importBundle(unwrap(await bob.engine.exportBundle(space))));
    await world.pass(60_000);
    unwrap(await alice.write(space, 'after the quarrel'));
    await world.pass(8_000);
    await dave.engine.importBundle(unwrap(await alice.engine.exportBundle(space)));
    await world.pass(60_000);
    expect(await carol.read(space)).toContain('after the quarrel');
    expect(await dave.read(space)).not.toContain('after the quarrel');
    expect(await alice.engine.members(space)).not.toContainEqual(
      expect.objectContaining({ name: 'Dave', isActive: true }),
    );
  });

  it('[K1] Mallory takes the last number for her epoch: it is void, and keys go on changing', async () => {
    const host = await gathering.host('Alice');
    const { device: alice, space } = host;
    const { device: mallory } = await gathering.admit(host, 'Mallory', 'editor');
    await world.pass(8_000);
    unwrap(await inject(alice, space, await forgeEpoch(mallory, space, { change: { gen: 2 ** 32 - 1 } })));
    unwrap(await alice.engine.removeMember(space, (await self(mallory)).member));
    unwrap(await alice.write(space, 'secret'));
    expect(epochsOf(alice, space).at(-1)?.gen).toBeLessThan(10);
    expect(await alice.read(space)).toEqual(['secret']);
    await mallory.engine.importBundle(unwrap(await alice.engine.exportBundle(space)));
    expect(await mallory.read(space)).toEqual([]);
  });

  it.each([
    ['leaves Carol out', (all: readonly DeviceId[], carol: DeviceId) => all.filter((device) => device !== carol)],
    ['lets a stranger in', (all: readonly DeviceId[]) => [...all, newSigningKeyPair(random).device].toSorted()],
  ] as const)('[K1] an epoch that %s is written with by nobody', async (_title, bend) => {
    const host = await gathering.host('Alice');
    const { device: alice, space } = host;
    const { device: mallory } = await gathering.admit(host, 'Mallory', 'editor');
    const { device: carol } = await gathering.admit(host, 'Carol', 'editor');
    await world.pass(8_000);
    const { recipients } = await proposalOf(mallory, space);
    const change = { recipients: bend(recipients, (await self(carol)).device) };
    unwrap(await inject(alice, space, await forgeEpoch(mallory, space, { change })));
    unwrap(await alice.write(space, 'for all'));
    await world.pass(8_000);
    expect(await carol.read(space)).toEqual(['for all']);
    const { governance } = await replicaOfDisk(alice.disk, space);
    expect(governance.keys.findWritable(governance.history)?.author).toBe((await self(alice)).device);
  });

  it('[K1][M8] Bob, made a reader, makes an epoch as if he had not heard: it came too late to be written with', async () => {
    const host = await gathering.host('Alice');
    const { device: alice, space } = host;
    const { device: bob, cut } = await gathering.admit(host, 'Bob', 'editor');
    await world.pass(8_000);
    cut();
    unwrap(await alice.engine.setRole(space, (await self(bob)).member, 'reader'));
    const late = await forgeEpoch(bob, space, {});
    unwrap(await inject(alice, space, late));
    unwrap(await alice.write(space, 'on'));
    const { governance } = await replicaOfDisk(alice.disk, space);
    expect(epochsOf(alice, space).map(({ author }) => author)).toContain((await self(bob)).device);
    expect(governance.keys.findWritable(governance.history)?.author).toBe((await self(alice)).device);
  });

  /** What an honest proposal of this device would say now. */
  async function proposalOf(device: Device, space: SpaceId): Promise<EpochOp> {
    const { governance, secrets } = await replicaOfDisk(device.disk, space);
    const { keys, history } = governance;
    return keys.propose(history, history.headsFor(secrets.device), random).op;
  }
});
