import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { membershipRefOf, sealEnvelope } from '../crypto/envelope-seal.ts';
import { newSigningKeyPair } from '../crypto/sign.ts';
import { readyCrypto } from '../crypto/sodium.ts';
import { SystemRandom } from '../adapters/platform/system-random.ts';
import { equalBytes, utf8 } from '../foundation/bytes.ts';
import type { SpaceId } from '../foundation/ids.ts';
import { unwrap } from '../foundation/result.ts';
import type { StoredEntry } from '../log/log-store.ts';
import { encodeBundle } from '../protocol/bundle.ts';
import { encodeFrame } from '../protocol/frames.ts';
import { ENVELOPE_HEADER_BYTES } from '../protocol/envelope.ts';
import { replicaOfDisk } from './stolen-keys.fixture.ts';
import { Gathering } from './gathering.fixture.ts';
import { PAGE_DOCUMENT, World, type Device } from './world.fixture.ts';

const random = new SystemRandom();

describe('attacks on the engine', () => {
  let world: World;
  let gathering: Gathering;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
    gathering = new Gathering(world);
  });
  afterEach(() => world.close());

  function logOf(device: Device, space: SpaceId): readonly StoredEntry[] {
    return device.disk.log.spaces.get(space)?.arrival ?? [];
  }

  async function inject(device: Device, space: SpaceId, envelopes: readonly Uint8Array[]) {
    const frames = envelopes.map((bytes) => encodeFrame({ kind: 'env', bytes }));
    return device.engine.importBundle(encodeBundle(space, frames));
  }

  it('[E1][E3] every flipped header byte, and any flipped byte of content or signature, is refused and costs nothing', async () => {
    const host = await gathering.host('Alice');
    const { device: bob, cut } = await gathering.admit(host, 'Bob', 'editor');
    cut();
    unwrap(await host.device.write(host.space, 'the truth'));
    const honest = logOf(host.device, host.space).at(-1)!.bytes;
    const before = logOf(bob, host.space).length;
    const places = [
      ...Array.from({ length: ENVELOPE_HEADER_BYTES }, (_, i) => i),
      230,
      honest.length - 70,
      honest.length - 1,
    ];
    for (const place of places) {
      const forged = honest.slice();
      forged[place] = (forged[place] ?? 0) ^ 0x01;
      await inject(bob, host.space, [forged]);
    }
    expect(logOf(bob, host.space)).toHaveLength(before);
    unwrap(await inject(bob, host.space, [honest]));
    expect(await bob.read(host.space)).toEqual(['the truth']);
  });

  it('[E3] replayed in any order any number of times, the log is the same', async () => {
    const host = await gathering.host('Alice');
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    for (const text of ['one', 'two', 'three']) unwrap(await host.device.write(host.space, text));
    await world.pass(8_000);
    const all = logOf(host.device, host.space).map((entry) => entry.bytes);
    for (const order of [all.toReversed(), [...all, ...all], all.toSorted(() => Math.random() - 0.5)]) {
      const report = unwrap(await inject(bob, host.space, order));
      expect(report.stored).toBe(0);
    }
    expect(await bob.read(host.space)).toEqual(['one', 'two', 'three']);
    expect(bob.events.filter((event) => event.kind === 'alarm')).toEqual([]);
  });

  it('[E3] an envelope moved into another space stands there as nothing', async () => {
    const alice = await world.person('Alice');
    const [one, other] = [await alice.newSpace(), await alice.newSpace()];
    unwrap(await alice.write(one, 'only here'));
    const moved = logOf(alice, one).at(-1)!.bytes;
    const before = logOf(alice, other).length;
    await inject(alice, other, [moved]);
    expect(logOf(alice, other)).toHaveLength(before);
    expect(await alice.read(other)).toEqual([]);
  });

  it('[M9] a reader with a modified client signs an edit: every replica holds it as void', async () => {
    const host = await gathering.host('Alice');
    const { device: rita } = await gathering.admit(host, 'Rita', 'reader');
    const { device: carol } = await gathering.admit(host, 'Carol', 'editor');
    unwrap(await host.device.write(host.space, 'honest'));
    await world.pass(8_000);
    const forged = await forgeAsMember(rita, host.space, 'by the reader');
    unwrap(await inject(host.device, host.space, [forged]));
    await world.pass(8_000);
    unwrap(await inject(carol, host.space, [forged]));
    expect(logOf(host.device, host.space).some((entry) => equalBytes(entry.bytes, forged))).toBe(true);
    for (const device of [host.device, carol]) {
      expect(await device.read(host.space)).toEqual(['honest']);
      expect(device.heard()).not.toContain('by the reader');
    }
  });

  it('[C4] two entries at one place of a chain are told as a fork, with the device that made them', async () => {
    const host = await gathering.host('Alice');
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    const forged = await forgeAsMember(bob, host.space, 'one story');
    unwrap(await bob.write(host.space, 'another story'));
    await world.pass(8_000);
    await inject(host.device, host.space, [forged]);
    const device = (await bob.engine.spaces())[0]!.device;
    expect(host.device.events).toContainEqual({ kind: 'alarm', space: host.space, alarm: 'fork', device });
  });

  it('a stranger’s well-formed entries never reach the disk of a member', async () => {
    const alice = await world.person('Alice');
    const space = await alice.newSpace();
    const before = logOf(alice, space).length;
    const eve = newSigningKeyPair(random);
    const forged = unwrap(
      sealEnvelope({
        type: 'keybox',
        space,
        author: eve,
        seq: 0,
        prev: '0'.repeat(64) as never,
        mref: membershipRefOf([]),
        payload: { documentId: '0'.repeat(32) as never, kind: 'keybox', body: utf8('x'), claimedTime: 0 },
        random,
      }),
    );
    const report = unwrap(await inject(alice, space, [forged.bytes]));
    expect(report).toMatchObject({ stored: 0, waiting: 1 });
    expect(logOf(alice, space)).toHaveLength(before);
  });

  it('[C5] clocks a hundred years off change no state', async () => {
    const years = 100 * 365 * 86_400_000;
    const host = await gathering.host('Alice');
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    world.skewMs = years;
    unwrap(await bob.write(host.space, 'from the future'));
    await world.pass(8_000);
    world.skewMs = -years;
    unwrap(await host.device.write(host.space, 'from the past'));
    await world.pass(8_000);
    expect((await bob.read(host.space)).toSorted()).toEqual(['from the future', 'from the past']);
    expect((await host.device.read(host.space)).toSorted()).toEqual(['from the future', 'from the past']);
  });

  /** What a member's own modified client can make: the next entry of its chain, sealed and signed, whatever its role. */
  async function forgeAsMember(device: Device, space: SpaceId, text: string): Promise<Uint8Array> {
    const { governance, secrets, head } = await replicaOfDisk(device.disk, space);
    const epoch = governance.keys.findWritable(governance.history)!.id;
    const heads = governance.history.headsFor(secrets.device);
    const sealed = sealEnvelope({
      type: 'update',
      space,
      author: { device: secrets.device, secret: secrets.sign },
      seq: head === undefined ? 0 : head.seq + 1,
      prev: head?.id ?? ('0'.repeat(64) as never),
      mref: membershipRefOf(heads),
      payload: { documentId: PAGE_DOCUMENT, kind: 'change', body: utf8(text), claimedTime: 0 },
      under: { epoch, keys: governance.keys.content },
      random,
    });
    return unwrap(sealed).bytes;
  }
});
