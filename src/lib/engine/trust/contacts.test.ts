import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SystemRandom } from '../../adapters/platform/system-random.ts';
import { signCard } from '../../crypto/claims.ts';
import { identityKeyPairFromSeed } from '../../crypto/sign.ts';
import { readyCrypto } from '../../crypto/sodium.ts';
import type { SpaceId } from '../../foundation/ids.ts';
import { unwrap } from '../../foundation/result.ts';
import { Gathering } from '../gathering.fixture.ts';
import { replicaOfDisk } from '../stolen-keys.fixture.ts';
import { World, type Device } from '../world.fixture.ts';
import { decodeMark, encodeMark } from './contact-mark.ts';

describe('contacts', () => {
  let world: World;
  let gathering: Gathering;
  let alice: Device;
  let bob: Device;
  let space: SpaceId;
  beforeAll(readyCrypto);
  beforeEach(async () => {
    world = new World();
    gathering = new Gathering(world);
    const host = await gathering.host('Alice');
    ({ device: alice, space } = host);
    ({ device: bob } = await gathering.admit(host, 'Bob', 'editor'));
  });
  afterEach(() => world.close());

  async function contact(device: Device, name: string) {
    const found = (await device.engine.contacts()).find((each) => each.name === name);
    if (found === undefined) throw new Error(`${name} is known`);
    return found;
  }

  const number = async (device: Device, of: string) =>
    unwrap(await device.engine.safetyNumber((await contact(device, of)).identity));

  /** Bob’s device, modified or stolen, shows another identity key under his name. */
  async function changeKeyOfBob(name = 'Bob'): Promise<void> {
    bob.root.close();
    const { replica } = await replicaOfDisk(bob.disk, space);
    const identity = identityKeyPairFromSeed(new SystemRandom().bytes(32));
    const card = signCard({ space, memberId: replica.secrets.member }, name, identity);
    unwrap(await replica.writer.operate({ op: 'card.set', card }));
    bob = await world.start(bob.disk);
    world.join(alice, bob);
    await world.pass(8_000);
  }

  it('[I6] Alice and Bob see the same sixty digits, scan them, and the mark stays over a restart', async () => {
    const [hers, his] = [await number(alice, 'Bob'), await number(bob, 'Alice')];
    expect(hers).toEqual(his);
    expect(hers.groups).toHaveLength(12);
    const { identity, verifiedAt, places } = await contact(alice, 'Bob');
    expect(verifiedAt).toBeUndefined();
    expect(places).toMatchObject([{ space }]);
    unwrap(await alice.engine.verifyContact(identity, his.code));
    expect(alice.events).toContainEqual({ kind: 'contacts' });
    alice.root.close();
    alice = await world.start(alice.disk);
    expect((await contact(alice, 'Bob')).verifiedAt).toBeDefined();
    unwrap(await alice.engine.unverifyContact(identity));
    expect((await contact(alice, 'Bob')).verifiedAt).toBeUndefined();
  });

  it('[I6] another number, cut or made-up codes and a locked device set no mark', async () => {
    const { identity } = await contact(alice, 'Bob');
    const { code, groups } = await number(alice, 'Bob');
    const wrong = [...groups.slice(0, 11), groups[11] === '00000' ? '00001' : '00000'].join(' ');
    expect(await alice.engine.verifyContact(identity, wrong)).toMatchObject({
      error: { code: 'safety-number-differs' },
    });
    for (const text of [code.slice(0, -1), `${code}1`, '', 'https://archipel.test/join#abc'])
      expect(await alice.engine.verifyContact(identity, text)).toMatchObject({
        error: { code: 'not-a-safety-number' },
      });
    await alice.engine.lock();
    expect(await alice.engine.verifyContact(identity, undefined)).toMatchObject({ error: { code: 'locked' } });
    expect(await alice.engine.contacts()).toEqual([]);
    const device = await world.start(alice.disk);
    expect((await contact(device, 'Bob')).verifiedAt).toBeUndefined();
  });

  it('[I6] Bob’s key changes after Alice verified it: the doubt stands until she has looked, over restarts', async () => {
    unwrap(await alice.engine.verifyContact((await contact(alice, 'Bob')).identity, undefined));
    await changeKeyOfBob('Bob B.');
    const changed = await contact(alice, 'Bob B.');
    const doubt = { kind: 'changed', verifiedName: 'Bob', isSeen: false } as const;
    expect(changed).toMatchObject({ verifiedAt: undefined, doubt, places: [{ space }] });
    const { member } = changed.places[0]!;
    expect(await alice.engine.setRole(space, member, 'admin')).toMatchObject({ error: { code: 'contact-changed' } });
    alice.root.close();
    alice = await world.start(alice.disk);
    expect((await contact(alice, 'Bob B.')).doubt).toEqual(doubt);
    unwrap(await alice.engine.settleDoubt(changed.identity));
    expect((await contact(alice, 'Bob B.')).doubt).toEqual({ ...doubt, isSeen: true });
    unwrap(await alice.engine.setRole(space, member, 'admin'));
    // The verified key stays verified, and is kept in sight.
    expect((await contact(alice, 'Bob')).verifiedAt).toBeDefined();
  });

  it('[I6] compared again and equal, the new key is verified and the doubt is over; nobody unverified raises one', async () => {
    const { identity } = await contact(alice, 'Bob');
    await changeKeyOfBob();
    expect((await contact(alice, 'Bob')).doubt).toBeUndefined();
    unwrap(await alice.engine.verifyContact(identity, undefined));
    expect((await alice.engine.contacts()).some(({ doubt }) => doubt?.kind === 'changed')).toBe(true);
    const now = (await alice.engine.contacts()).find(({ doubt }) => doubt !== undefined)!;
    unwrap(await alice.engine.verifyContact(now.identity, undefined));
    expect((await alice.engine.contacts()).every(({ doubt }) => doubt === undefined)).toBe(true);
  });

  it('[I6] Mallory asks to come in under Bob’s name: she waits at the door, and is let in only after Alice has looked', async () => {
    unwrap(await alice.engine.verifyContact((await contact(alice, 'Bob')).identity, undefined));
    const mallory = await gathering.guest(' bob ');
    world.join(alice, mallory);
    const link = await gathering.link(alice, space, 'editor');
    unwrap(await world.during(mallory.engine.acceptInvitation(link, ' bob ')));
    await world.pass(8_000);
    expect(await alice.engine.members(space)).toHaveLength(2);
    const [request] = await alice.engine.joinRequests(space);
    expect(request).toMatchObject({ doubt: { kind: 'same-name', verifiedName: 'Bob', isSeen: false } });
    expect(await alice.engine.approveRequest(space, request!.request, request!.digits!)).toMatchObject({
      error: { code: 'contact-changed' },
    });
    expect(await alice.engine.members(space)).toHaveLength(2);
    unwrap(await alice.engine.settleDoubt(request!.identity));
    unwrap(await alice.engine.approveRequest(space, request!.request, request!.digits!));
    await world.pass(8_000);
    expect(await alice.engine.members(space)).toHaveLength(3);
    expect((await alice.engine.contacts()).filter(({ doubt }) => doubt?.kind === 'same-name')).toHaveLength(1);
  });

  it('[X2] a mark comes back as it went, and edited bytes are no mark', () => {
    for (const mark of [
      { name: 'Zoé', verifiedAt: 1_790_000_000_000, seenAt: undefined },
      { name: '', verifiedAt: undefined, seenAt: -5 },
    ])
      expect(unwrap(decodeMark(encodeMark(mark)))).toEqual(mark);
    const bytes = encodeMark({ name: 'Zoé', verifiedAt: 1, seenAt: 2 });
    for (const edited of [bytes.slice(0, -1), new Uint8Array([...bytes, 0]), new Uint8Array()])
      expect(decodeMark(edited).ok).toBe(false);
  });
});
