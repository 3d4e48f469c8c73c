import * as fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SystemRandom } from '../../adapters/platform/system-random.ts';
import { newKemKeyPair } from '../../crypto/kem.ts';
import { sealMail } from '../../crypto/mailbox.ts';
import { identityKeyPairFromSeed } from '../../crypto/sign.ts';
import { readyCrypto } from '../../crypto/sodium.ts';
import { decodeUtf8 } from '../../foundation/bytes.ts';
import { idFromBytes, type SpaceId } from '../../foundation/ids.ts';
import { unwrap } from '../../foundation/result.ts';
import { encodeInviteLetter } from '../../protocol/invite-letter.ts';
import type { InviteClaim, Role } from '../../protocol/membership-op.ts';
import { Gathering } from '../gathering.fixture.ts';
import { World, type Device } from '../world.fixture.ts';
import { LinkThief } from './link-thief.fixture.ts';

const random = new SystemRandom();

describe('attacks on invitations', () => {
  let world: World;
  let gathering: Gathering;
  let alice: Device;
  let space: SpaceId;
  beforeAll(readyCrypto);
  beforeEach(async () => {
    world = new World();
    gathering = new Gathering(world);
    ({ device: alice, space } = await gathering.host('Alice'));
  });
  afterEach(() => world.close());

  async function thiefOf(role: Role, approve = false): Promise<LinkThief> {
    const made = unwrap(await alice.engine.invite(space, { role, days: 7, maxUses: 1, approve }));
    await world.pass(100);
    return new LinkThief(made.link!, gathering.relay);
  }

  /** All that Alice’s device holds of who is in, who waits and what was used. */
  async function held(): Promise<unknown> {
    return {
      log: alice.disk.log.spaces.get(space)?.arrival.length,
      members: await alice.engine.members(space),
      requests: await alice.engine.joinRequests(space),
      invitations: await alice.engine.invitations(space),
    };
  }

  const swapped = (claim: InviteClaim, change: Partial<InviteClaim>): InviteClaim => ({ ...claim, ...change });

  it('[I2] forged and swapped claims let nobody in, keep nobody waiting and write nothing', async () => {
    for (const approve of [false, true]) {
      const thief = await thiefOf('editor', approve);
      const other = await thiefOf('reader');
      const good = thief.claim('Eve');
      const kem = newKemKeyPair(random).publicKey;
      const stranger = identityKeyPairFromSeed(random.bytes(32)).identity;
      const [alicesMember] = await alice.engine.members(space);
      const before = await held();
      const forged: readonly InviteClaim[] = [
        swapped(good, { role: 'admin' }),
        swapped(good, { role: 'owner' }),
        swapped(good, { keys: { ...good.keys, kem } }),
        swapped(good, { keys: other.claim('Eve').keys }),
        swapped(good, { recovery: { device: good.keys.device, kem } }),
        swapped(good, { memberId: idFromBytes('MemberId', random.bytes(16)) }),
        swapped(good, { inviteId: other.note.invite }),
        swapped(good, { card: { ...good.card, name: 'Alice' } }),
        swapped(good, { card: { ...good.card, identity: stranger } }),
        swapped(good, { card: other.claim('Eve').card }),
        swapped(good, { commitment: random.bytes(32) }),
        swapped(good, { inviteSignature: good.deviceSignature }),
        swapped(good, { deviceSignature: random.bytes(64) }),
        // A claim of another link, and one for a place that is taken.
        other.claim('Eve'),
        thief.claim('Alice', { memberId: alicesMember!.member }),
      ];
      for (const claim of forged) thief.post({ kind: 'claim', claim });
      await world.pass(3_000);
      expect(await held()).toEqual(before);
      // The honest one still gets through.
      thief.post({ kind: 'claim', claim: good });
      await world.pass(3_000);
      expect(await held()).not.toEqual(before);
    }
  });

  it('[I2] cut, bent, oversized and foreign letters change nothing', async () => {
    const thief = await thiefOf('editor');
    const other = await thiefOf('editor');
    const claim = encodeInviteLetter({ kind: 'claim', claim: thief.claim('Eve') });
    const seal = (plain: Uint8Array): Uint8Array => unwrap(sealMail(thief.mailbox, plain, random));
    const before = await held();
    const letters = [
      ...[0, 1, 2, 40, 1_000, claim.length - 1].map((length) => seal(claim.slice(0, length))),
      seal(new Uint8Array([...claim, 0])),
      seal(new Uint8Array([9, ...claim.slice(1)])),
      seal(random.bytes(2_000)),
      random.bytes(4_200),
      new Uint8Array(),
      unwrap(sealMail(other.mailbox, claim, random)),
    ];
    for (const blob of letters) thief.postBytes(blob);
    fc.assert(
      fc.property(fc.nat(claim.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bent = claim.slice();
        bent[at] = (bent[at] ?? 0) ^ flip;
        thief.postBytes(seal(bent));
      }),
      { numRuns: 40 },
    );
    await world.pass(5_000);
    expect(await held()).toEqual(before);
  });

  it('[I1][I2] a claim that was taken is replayed, here and under another link: nobody comes in twice', async () => {
    const thief = await thiefOf('editor');
    const claim = thief.claim('Bob');
    thief.post({ kind: 'claim', claim });
    await world.pass(3_000);
    expect(await alice.engine.members(space)).toHaveLength(2);
    const second = await thiefOf('editor');
    const before = await held();
    for (let i = 0; i < 3; i++) thief.post({ kind: 'claim', claim });
    second.post({ kind: 'claim', claim });
    await world.pass(3_000);
    expect(await held()).toEqual(before);
    const member = (await alice.engine.members(space)).find(({ isSelf }) => !isSelf)!.member;
    unwrap(await alice.engine.removeMember(space, member));
    await world.pass(1_000);
    const removed = await alice.engine.members(space);
    thief.post({ kind: 'claim', claim });
    second.post({ kind: 'claim', claim: { ...claim, inviteId: second.note.invite } });
    await world.pass(3_000);
    expect(await alice.engine.members(space)).toEqual(removed);
  });

  it('[I1] links that were cut, bent or made up are told as malformed before anything is asked or kept', async () => {
    const link = unwrap(await alice.engine.invite(space, { role: 'editor', days: 7, maxUses: 1 })).link!;
    const bob = await gathering.guest('Bob');
    const lettersBefore = gathering.relay.blobs().length;
    const [address, fragment] = link.split('#') as [string, string];
    const bent = fragment.slice(0, 30) + (fragment[30] === 'A' ? 'B' : 'A') + fragment.slice(31);
    const links = [
      '',
      address,
      `${address}#`,
      link.slice(0, -1),
      link.slice(0, -20),
      `${link}A`,
      `${address}#${bent}`,
      `${address}#${'A'.repeat(5_000)}`,
    ];
    for (const text of links)
      expect(await bob.engine.acceptInvitation(text, 'Bob')).toMatchObject({ error: { code: 'invite-malformed' } });
    expect(await bob.engine.spaces()).toEqual([]);
    expect(gathering.relay.blobs()).toHaveLength(lettersBefore);
  });

  it('[I4] a thief’s note that names another space, or promises a higher role, leads Bob nowhere', async () => {
    const link = unwrap(await alice.engine.invite(space, { role: 'reader', days: 7, maxUses: 1 })).link!;
    await world.pass(100);
    const thief = new LinkThief(link, gathering.relay);
    const note = thief.note;
    const elsewhere = idFromBytes('SpaceId', random.bytes(32));
    gathering.relay.clear(thief.mailbox.id);
    thief.post({ kind: 'note', note: { ...note, space: elsewhere } });
    const bob = await gathering.guest('Bob');
    world.join(alice, bob);
    expect(await world.during(bob.engine.acceptInvitation(link, 'Bob'))).toMatchObject({
      error: { code: 'invite-malformed' },
    });
    expect(await bob.engine.spaces()).toEqual([]);
    gathering.relay.clear(thief.mailbox.id);
    thief.post({ kind: 'note', note: { ...note, role: 'owner' } });
    await world.during(bob.engine.acceptInvitation(link, 'Bob'));
    await world.pass(5_000);
    expect(await alice.engine.members(space)).toHaveLength(1);
    expect((await bob.engine.spaces())[0]?.isReady).not.toBe(true);
  });

  it('[I1][L] leaked before use, the thief gets the link’s role and no more, in everyone’s sight; leaked after, nothing', async () => {
    unwrap(await alice.write(space, 'before anyone came'));
    const link = unwrap(await alice.engine.invite(space, { role: 'reader', days: 7, maxUses: 1 })).link!;
    await world.pass(100);
    const mallory = await gathering.guest('Mallory');
    world.join(alice, mallory);
    unwrap(await world.during(mallory.engine.acceptInvitation(link, 'Mallory')));
    await world.pass(8_000);
    expect((await alice.engine.members(space)).map(({ name, role }) => `${name} ${role}`)).toContain('Mallory reader');
    expect((await mallory.engine.invite(space, { role: 'reader', days: 1, maxUses: 1 })).ok).toBe(false);
    const bob = await gathering.guest('Bob');
    expect(await world.during(bob.engine.acceptInvitation(link, 'Bob'))).toMatchObject({
      error: { code: 'invite-used' },
    });
    // The thief of a used link: seed, mailbox and all, yet no word of the space and no way in.
    const thief = new LinkThief(link, gathering.relay);
    const before = await held();
    thief.post({ kind: 'claim', claim: thief.claim('Eve') });
    await world.pass(3_000);
    expect(await held()).toEqual(before);
    const readable = gathering.relay
      .blobs()
      .concat((alice.disk.log.spaces.get(space)?.arrival ?? []).map(({ bytes }) => bytes));
    expect(readable.some((bytes) => (decodeUtf8(bytes) ?? '').includes('before anyone came'))).toBe(false);
    expect(JSON.stringify(thief.letters())).not.toContain('before anyone came');
  });
});
