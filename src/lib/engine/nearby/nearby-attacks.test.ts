import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryLink } from '../../adapters/transport/memory-link.ts';
import { SystemRandom } from '../../adapters/platform/system-random.ts';
import { inviteMailboxOf } from '../../crypto/claims.ts';
import { asKey, type InviteSeed } from '../../crypto/keys.ts';
import { readyCrypto } from '../../crypto/sodium.ts';
import { equalBytes } from '../../foundation/bytes.ts';
import type { SpaceId } from '../../foundation/ids.ts';
import { unwrap } from '../../foundation/result.ts';
import { decodeFrame, encodeFrame } from '../../protocol/frames.ts';
import {
  decodeNearbyCode,
  encodeNearbyAnswer,
  encodeNearbyOffer,
  formatNearbyCode,
  readNearbyCode,
  type NearbyAnswer,
  type NearbyOffer,
} from '../../protocol/nearby-code.ts';
import type { Transport } from '../../sync/transport.ts';
import { openLetter, sealLetter } from '../invite-mail.ts';
import { World, type Device } from '../world.fixture.ts';
import { bindingOf, boundTo, called, meet, newsOf, someDescription } from './meeting.fixture.ts';

const read = (text: string): NearbyOffer | NearbyAnswer => unwrap(readNearbyCode(unwrap(decodeNearbyCode(text))));

describe('attacks on two devices that meet', () => {
  let world: World;
  let alice: Device;
  let bob: Device;
  let space: SpaceId;
  beforeAll(readyCrypto);
  beforeEach(async () => {
    world = new World();
    alice = await world.person('Alice');
    await alice.confirmWords();
    space = await alice.newSpace();
    unwrap(await alice.write(space, 'from Alice'));
    bob = await world.person('Bob');
  });
  afterEach(() => world.close());

  const invite = () =>
    alice.engine.offerNearby(someDescription(), { kind: 'invite', space, role: 'editor' } as const).then(unwrap);

  it('[P3] a copied offer is used twice: the second answer is refused, and Mallory is nobody', async () => {
    const offered = await invite();
    const mallory = await world.person('Mallory');
    const [first, second] = [
      unwrap(await bob.engine.answerNearby(offered.code, someDescription(), called('Bob'))),
      unwrap(await mallory.engine.answerNearby(offered.code, someDescription(), called('Mallory'))),
    ];
    unwrap(await alice.engine.takeNearbyAnswer(offered.meeting, first.code));
    expect(await alice.engine.takeNearbyAnswer(offered.meeting, second.code)).toMatchObject({
      ok: false,
      error: { code: 'nearby-used' },
    });
    const link = createMemoryLink({ scheduler: world.time, chance: () => 0.5 });
    alice.root.meet(offered.meeting, link.ends[0]);
    bob.root.meet(first.meeting, link.ends[1]);
    await world.pass(5_000);
    // A copy of the code still holds the invitation; over another channel to Alice it opens nothing more.
    const late = createMemoryLink({ scheduler: world.time, chance: () => 0.5 });
    alice.root.meet(offered.meeting, late.ends[0]);
    mallory.root.meet(second.meeting, late.ends[1]);
    await world.during(world.pass(30_000));
    expect((await alice.engine.members(space)).map(({ name }) => name).sort()).toEqual(['Alice', 'Bob']);
    expect(await mallory.engine.spaces()).toEqual([]);
    expect(newsOf(mallory)).toEqual([{ kind: 'failed', code: 'invite-used' }]);
  });

  it('[P3] an answer to another offer, an altered answer, an offer in place of an answer and nonsense are refused', async () => {
    const [offered, other] = [await invite(), await invite()];
    const answered = unwrap(await bob.engine.answerNearby(other.code, someDescription(), called('Bob')));
    const answer = read(answered.code) as NearbyAnswer;
    const swapped = { ...answer, description: { ...answer.description, fingerprint: new SystemRandom().bytes(32) } };
    const cases = [
      [offered.meeting, answered.code, 'nearby-mismatch'],
      [other.meeting, formatNearbyCode(encodeNearbyAnswer(swapped)), 'nearby-mismatch'],
      [other.meeting, offered.code, 'nearby-mismatch'],
      [other.meeting, 'https://archipel.example/join#abc', 'nearby-malformed'],
      [other.meeting, answered.code.slice(0, -3), 'nearby-malformed'],
      ['f'.repeat(32), answered.code, 'nearby-expired'],
    ] as const;
    for (const [meeting, text, code] of cases)
      expect(await alice.engine.takeNearbyAnswer(meeting, text)).toMatchObject({ ok: false, error: { code } });
    expect(await bob.engine.readNearby(answered.code)).toMatchObject({ ok: false, error: { code: 'nearby-mismatch' } });
    expect(await alice.engine.answerNearby(other.code, someDescription(), called(''))).toMatchObject({
      ok: false,
      error: { code: 'nearby-mismatch' },
    });
    // None of it spent the offer.
    unwrap(await alice.engine.takeNearbyAnswer(other.meeting, answered.code));
  });

  it('[P3] a code that waited longer than ten minutes is told as expired', async () => {
    const offered = await invite();
    const answered = unwrap(await bob.engine.answerNearby(offered.code, someDescription(), called('Bob')));
    world.skewMs += 11 * 60_000;
    expect(await alice.engine.takeNearbyAnswer(offered.meeting, answered.code)).toMatchObject({
      ok: false,
      error: { code: 'nearby-expired' },
    });
  });

  it('[I2] a claim in which someone puts another key is refused, and nobody is let in', async () => {
    const offered = await invite();
    const answered = unwrap(await bob.engine.answerNearby(offered.code, someDescription(), called('Bob')));
    unwrap(await alice.engine.takeNearbyAnswer(offered.meeting, answered.code));
    const link = createMemoryLink({ scheduler: world.time, chance: () => 0.5 });
    const offer = read(offered.code);
    if (offer.kind !== 'invite') throw new Error('an invitation');
    alice.root.meet(offered.meeting, keySwapper(link.ends[0], offer.invite.seed));
    bob.root.meet(answered.meeting, link.ends[1]);
    await world.pass(20_000);
    expect(await alice.engine.members(space)).toHaveLength(1);
    expect(newsOf(alice)[0]).toEqual({ kind: 'failed', code: 'claim-invalid' });
    expect((await bob.engine.spaces())[0]?.isReady).toBe(false);
    expect((await alice.engine.invitations(space))[0]).toMatchObject({ state: 'open', usesLeft: 1 });
  });

  it('[I2] a device at the other end of an invitation reads and writes no mailbox but that one', async () => {
    const offered = await invite();
    const answered = unwrap(await bob.engine.answerNearby(offered.code, someDescription(), called('Bob')));
    unwrap(await alice.engine.takeNearbyAnswer(offered.meeting, answered.code));
    const link = createMemoryLink({ scheduler: world.time, chance: () => 0.5 });
    const heard: string[] = [];
    link.ends[1].listen({
      onFrame(bytes) {
        const frame = decodeFrame(bytes);
        if (frame.ok) heard.push(frame.value.kind);
      },
      onClose: () => undefined,
    });
    alice.root.meet(offered.meeting, link.ends[0]);
    const stranger = new SystemRandom().bytes(32);
    link.ends[1].send(encodeFrame({ kind: 'mail-get', mailbox: stranger, isOn: true }));
    link.ends[1].send(encodeFrame({ kind: 'mail-put', mailbox: stranger, blob: new Uint8Array(100) }));
    await world.pass(5_000);
    expect(heard).toContain('hello');
    expect(heard.filter((kind) => kind.startsWith('mail') || kind === 'frontier' || kind === 'env')).toEqual([]);
  });

  it('[P2] a man in the middle puts his own fingerprints into both codes: the members notice and serve nothing', async () => {
    await meet(
      world,
      { device: alice, purpose: { kind: 'invite', space, role: 'editor' } },
      { device: bob, name: 'Bob' },
    ).then(async ({ cut }) => {
      await world.pass(5_000);
      cut();
    });
    unwrap(await alice.write(space, 'a secret of the two'));
    const [own, mallory, other] = [someDescription(), someDescription(), someDescription()];
    const offered = unwrap(await alice.engine.offerNearby(own, { kind: 'connect' }));
    // Mallory carries the codes from hand to hand, knows the secret, and may prove an answer of her own.
    const offer = read(offered.code) as NearbyOffer;
    const forged = formatNearbyCode(encodeNearbyOffer({ ...offer, description: mallory }));
    const answered = unwrap(await bob.engine.answerNearby(forged, other, called('')));
    const hers = await world.person('Mallory');
    const toAlice = unwrap(await hers.engine.answerNearby(offered.code, mallory, called('')));
    unwrap(await alice.engine.takeNearbyAnswer(offered.meeting, toAlice.code));
    const seen: string[] = [];
    const link = createMemoryLink({
      scheduler: world.time,
      chance: () => 0.5,
      onSend(bytes) {
        const frame = decodeFrame(bytes);
        seen.push(frame.ok ? frame.value.kind : 'odd');
      },
    });
    alice.root.meet(offered.meeting, boundTo(link.ends[0], bindingOf(own, mallory)));
    bob.root.meet(answered.meeting, boundTo(link.ends[1], bindingOf(mallory, other)));
    await world.pass(30_000);
    expect(seen).toContain('auth');
    expect(seen.filter((kind) => kind === 'env' || kind === 'frontier' || kind === 'welcome')).toEqual([]);
    expect(await bob.read(space)).not.toContain('a secret of the two');
    expect((await alice.engine.syncStatus())[0]?.peers).toBe(0);
  });

  it('[P2][I4] a man in the middle of an invitation may pass the claim on, but hears nothing of the space', async () => {
    const [own, mallory, other] = [someDescription(), someDescription(), someDescription()];
    const offered = unwrap(await alice.engine.offerNearby(own, { kind: 'invite', space, role: 'editor' }));
    const offer = read(offered.code) as NearbyOffer;
    const forged = formatNearbyCode(encodeNearbyOffer({ ...offer, description: mallory }));
    const answered = unwrap(await bob.engine.answerNearby(forged, other, called('Bob')));
    const hers = await world.person('Mallory');
    const toAlice = unwrap(await hers.engine.answerNearby(offered.code, mallory, called('')));
    unwrap(await alice.engine.takeNearbyAnswer(offered.meeting, toAlice.code));
    const seen: string[] = [];
    const link = createMemoryLink({
      scheduler: world.time,
      chance: () => 0.5,
      onSend(bytes) {
        const frame = decodeFrame(bytes);
        seen.push(frame.ok ? frame.value.kind : 'odd');
      },
    });
    alice.root.meet(offered.meeting, boundTo(link.ends[0], bindingOf(own, mallory)));
    bob.root.meet(answered.meeting, boundTo(link.ends[1], bindingOf(mallory, other)));
    await world.pass(30_000);
    expect(newsOf(alice)).toEqual([{ kind: 'admitted', space, name: 'Bob' }]);
    expect(seen.filter((kind) => kind === 'env' || kind === 'welcome')).toEqual([]);
    expect((await bob.engine.spaces())[0]?.isReady).toBe(false);
    // Once the two meet without her, Bob's own admission is there and everything follows.
    await meet(world, { device: alice, purpose: { kind: 'connect' } }, { device: bob });
    await world.pass(10_000);
    expect((await bob.engine.spaces())[0]).toMatchObject({ isReady: true, memberCount: 2 });
    expect(await bob.read(space)).toEqual(['from Alice']);
  });
});

/** Someone who knows the seed and sits on the line: every claim gets another device key, and is sealed again. */
function keySwapper(end: Transport, seed: Uint8Array): Transport {
  const mailbox = inviteMailboxOf(asKey<InviteSeed>(seed));
  const change = (bytes: Uint8Array): Uint8Array => {
    const frame = decodeFrame(bytes);
    if (!frame.ok || frame.value.kind !== 'mail-put' || !equalBytes(frame.value.mailbox, mailbox.id)) return bytes;
    const letter = openLetter(mailbox, frame.value.blob);
    if (!letter.ok || letter.value.kind !== 'claim') return bytes;
    const { claim } = letter.value;
    const device = claim.recovery?.device ?? claim.keys.device;
    const altered = sealLetter(mailbox, { kind: 'claim', claim: { ...claim, keys: { ...claim.keys, device } } });
    return encodeFrame({ kind: 'mail-put', mailbox: mailbox.id, blob: unwrap(altered) });
  };
  return {
    side: end.side,
    binding: end.binding,
    send: (frame) => end.send(frame),
    bufferedBytes: () => end.bufferedBytes(),
    listen: (listener) =>
      end.listen({ onFrame: (bytes) => listener.onFrame(change(bytes)), onClose: () => listener.onClose() }),
    close: () => end.close(),
  };
}
