import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { approvalDigitsOf, claimIdOf } from '../../crypto/claims.ts';
import { readyCrypto } from '../../crypto/sodium.ts';
import type { SpaceId } from '../../foundation/ids.ts';
import { unwrap } from '../../foundation/result.ts';
import { decodeClaim } from '../../protocol/membership-claim.ts';
import { Gathering } from '../gathering.fixture.ts';
import { replicaOfDisk } from '../stolen-keys.fixture.ts';
import { World, type Device } from '../world.fixture.ts';
import { MAX_REQUESTS_OF_INVITE } from './join-requests.ts';
import { LinkThief } from './link-thief.fixture.ts';

const DAY_MS = 86_400_000;

describe('approval by voice', () => {
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

  async function guest(name: string, link: string): Promise<Device> {
    const device = await gathering.guest(name);
    world.join(alice, device);
    unwrap(await world.during(device.engine.acceptInvitation(link, name)));
    await world.pass(2_000);
    return device;
  }

  async function requestOf(name: string) {
    const found = (await alice.engine.joinRequests(space)).find((request) => request.name === name);
    if (found === undefined) throw new Error(`${name} waits`);
    return found;
  }

  const namesIn = async (device: Device) => (await device.engine.members(space)).map(({ name }) => name).sort();
  const heard = async (device: Device) => device.engine.joining(space);

  it('[I3] Alice invites Bob as admin: both see the same digits, she approves, and he is in with that role', async () => {
    const bob = await guest('Bob', await gathering.link(alice, space, 'admin'));
    const request = await requestOf('Bob');
    expect(request).toMatchObject({ role: 'admin', digits: expect.stringMatching(/^\d{6}$/) as string });
    expect(await heard(bob)).toMatchObject({ state: 'compare', digits: request.digits, host: 'Alice', approve: true });
    expect(await namesIn(alice)).toEqual(['Alice']);
    expect(bob.events).toContainEqual({ kind: 'joining', space });
    expect(alice.events).toContainEqual({ kind: 'join-requests', space });
    unwrap(await alice.engine.approveRequest(space, request.request, request.digits!));
    await world.pass(8_000);
    expect((await bob.engine.spaces())[0]).toMatchObject({ isReady: true, role: 'admin' });
    expect(await heard(bob)).toBeUndefined();
    expect(await alice.engine.joinRequests(space)).toEqual([]);
    expect((await alice.engine.invitations(space))[0]).toMatchObject({ state: 'used', approve: true });
  });

  it('[I3] an owner is made by voice too, and an admin can invite neither', async () => {
    const admin = await guest('Bob', await gathering.link(alice, space, 'admin'));
    const bob = await requestOf('Bob');
    unwrap(await alice.engine.approveRequest(space, bob.request, bob.digits!));
    await world.pass(8_000);
    await admin.confirmWords();
    const before = (await admin.engine.invitations(space)).length;
    for (const role of ['admin', 'owner'] as const)
      expect(await admin.engine.invite(space, { role, days: 7, maxUses: 1 })).toMatchObject({
        error: { code: 'role-forbids' },
      });
    expect(await admin.engine.invitations(space)).toHaveLength(before);
    const carol = await guest('Carol', await gathering.link(alice, space, 'owner'));
    const request = await requestOf('Carol');
    unwrap(await alice.engine.approveRequest(space, request.request, request.digits!));
    await world.pass(8_000);
    expect((await carol.engine.spaces())[0]).toMatchObject({ role: 'owner', isReady: true });
  });

  it('[I3] “ask me first” makes an editor wait as well; refused, Bob is told and nothing changed', async () => {
    const options = { role: 'editor', days: 1, maxUses: 1, approve: true } as const;
    const link = unwrap(await alice.engine.invite(space, options)).link!;
    await world.pass(100);
    const bob = await guest('Bob', link);
    const request = await requestOf('Bob');
    unwrap(await alice.engine.refuseRequest(space, request.request));
    await world.pass(2_000);
    expect(await heard(bob)).toMatchObject({ state: 'refused' });
    expect(await namesIn(alice)).toEqual(['Alice']);
    expect(await alice.engine.approveRequest(space, request.request, request.digits!)).toMatchObject({
      error: { code: 'request-gone' },
    });
    expect((await alice.engine.invitations(space))[0]).toMatchObject({ state: 'open', usesLeft: 1 });
  });

  it('[I3] other digits than those on the screen let nobody in, nor does a locked device', async () => {
    await guest('Bob', await gathering.link(alice, space, 'admin'));
    const { request, digits } = await requestOf('Bob');
    const wrong = String((Number(digits) + 1) % 1_000_000).padStart(6, '0');
    for (const other of [wrong, '', '000000 '])
      expect(await alice.engine.approveRequest(space, request, other)).toMatchObject({
        error: { code: 'digits-differ' },
      });
    await alice.engine.lock();
    expect(await alice.engine.approveRequest(space, request, digits!)).toMatchObject({ error: { code: 'locked' } });
    expect(await alice.engine.joinRequests(space)).toEqual([]);
  });

  it('[I3] the digits stay over a restart of either side', async () => {
    const bob = await guest('Bob', await gathering.link(alice, space, 'admin'));
    const { digits } = await requestOf('Bob');
    alice.root.close();
    bob.root.close();
    alice = await world.start(alice.disk);
    const again = await world.start(bob.disk);
    expect(await heard(again)).toMatchObject({ state: 'compare', digits });
    const request = await requestOf('Bob');
    expect(request.digits).toBe(digits);
    for (const device of [alice, again]) gathering.relay.connect(world, device);
    world.join(alice, again);
    unwrap(await alice.engine.approveRequest(space, request.request, digits!));
    await world.pass(8_000);
    expect((await again.engine.spaces())[0]).toMatchObject({ isReady: true, role: 'admin' });
  });

  it('[I3] Mallory holds the leaked link: her digits are others, and refused she is out while Bob gets in', async () => {
    const link = await gathering.link(alice, space, 'admin');
    const bob = await guest('Bob', link);
    const mallory = await guest('Mallory', link);
    const [hers, his] = [await requestOf('Mallory'), await requestOf('Bob')];
    expect(hers.digits).not.toBe(his.digits);
    expect((await heard(mallory))?.digits).toBe(hers.digits);
    unwrap(await alice.engine.refuseRequest(space, hers.request));
    unwrap(await alice.engine.approveRequest(space, his.request, his.digits!));
    await world.pass(8_000);
    expect(await heard(mallory)).toMatchObject({ state: 'refused' });
    expect((await bob.engine.spaces())[0]).toMatchObject({ isReady: true });
    expect(await namesIn(alice)).toEqual(['Alice', 'Bob']);
  });

  it('[I3] a thief who copies Bob’s commitment and passes every value on still has other digits', async () => {
    const link = await gathering.link(alice, space, 'admin');
    const thief = new LinkThief(link, gathering.relay);
    const bob = await gathering.guest('Bob');
    unwrap(await world.during(bob.engine.acceptInvitation(link, 'Bob')));
    await world.pass(2_000);
    const request = await requestOf('Bob');
    // She takes Bob’s commitment for a claim in his name, and shows Bob’s own opening as hers.
    const { claim, wait } = await secretsOf(bob);
    const forged = thief.claim('Bob', { commitment: unwrap(decodeClaim(claim)).commitment });
    thief.post({ kind: 'claim', claim: forged });
    await world.pass(2_000);
    const value = thief.letters().find((letter) => letter.kind === 'ask' && letter.claim === claimIdOf(forged));
    expect(value).toBeDefined();
    const opening = wait!.opening;
    thief.post({ kind: 'reveal', claim: claimIdOf(forged), value: opening });
    await world.pass(1_000);
    const hers = (await alice.engine.joinRequests(space)).find((each) => each.request === claimIdOf(forged));
    expect(hers?.digits).toMatch(/^\d{6}$/);
    expect(hers?.digits).not.toBe(request.digits);
    // Even if she had shown Bob the value meant for her claim.
    const asked = value?.kind === 'ask' ? value.value : new Uint8Array();
    const shown = approvalDigitsOf(request.request, { invitee: opening, approver: asked });
    expect(hers?.digits).not.toBe(shown);
  });

  const secretsOf = async (device: Device) => (await replicaOfDisk(device.disk, space)).secrets;

  it('[I3] forged values, revelations and verdicts of a link thief move no digits and shut no door', async () => {
    const link = await gathering.link(alice, space, 'admin');
    const bob = await guest('Bob', link);
    const thief = new LinkThief(link, gathering.relay);
    const { request, digits } = await requestOf('Bob');
    thief.post({ kind: 'ask', claim: request, value: new Uint8Array(32).fill(7) });
    thief.post({ kind: 'reveal', claim: request, value: new Uint8Array(32).fill(9) });
    thief.post({ kind: 'verdict', claim: request, verdict: 'refused' });
    await world.pass(2_000);
    expect((await requestOf('Bob')).digits).toBe(digits);
    expect(await heard(bob)).toMatchObject({ state: 'refused', digits });
    unwrap(await alice.engine.approveRequest(space, request, digits!));
    await world.pass(8_000);
    expect((await bob.engine.spaces())[0]).toMatchObject({ isReady: true, role: 'admin' });
  });

  it('[I3] a value shown before the commitment’s own is found out: nothing is revealed, and no digits appear', async () => {
    const link = await gathering.link(alice, space, 'admin');
    const thief = new LinkThief(link, gathering.relay);
    const claim = thief.claim('Bob');
    thief.post({ kind: 'claim', claim });
    await world.pass(2_000);
    thief.post({ kind: 'reveal', claim: claimIdOf(claim), value: new Uint8Array(32).fill(3) });
    await world.pass(2_000);
    const request = await requestOf('Bob');
    expect(request.digits).toBeUndefined();
    for (const guess of ['000000', ''])
      expect(await alice.engine.approveRequest(space, request.request, guess)).toMatchObject({
        error: { code: 'digits-differ' },
      });
  });

  it('[I3] one link buys so many guesses at the digits and no more', async () => {
    const link = await gathering.link(alice, space, 'admin');
    const thief = new LinkThief(link, gathering.relay);
    for (let i = 0; i <= MAX_REQUESTS_OF_INVITE; i++) {
      thief.post({ kind: 'claim', claim: thief.claim('Bob') });
      await world.pass(200);
    }
    await world.pass(2_000);
    expect(await alice.engine.joinRequests(space)).toHaveLength(MAX_REQUESTS_OF_INVITE);
    expect(thief.letters().filter((letter) => letter.kind === 'ask')).toHaveLength(MAX_REQUESTS_OF_INVITE);
    expect(thief.letters().filter((letter) => letter.kind === 'verdict')).toHaveLength(1);
  });

  it('[I1][I3] who waits is told that the invitation was revoked, or that its time is over', async () => {
    const bob = await guest('Bob', await gathering.link(alice, space, 'admin'));
    const [invitation] = await alice.engine.invitations(space);
    unwrap(await alice.engine.revokeInvitation(space, invitation!.invite));
    await world.pass(2_000);
    expect(await heard(bob)).toMatchObject({ state: 'revoked' });
    expect(await alice.engine.joinRequests(space)).toEqual([]);

    const carol = await guest('Carol', await gathering.link(alice, space, 'owner'));
    const request = await requestOf('Carol');
    world.skewMs += 8 * DAY_MS;
    expect(await alice.engine.approveRequest(space, request.request, request.digits!)).toMatchObject({
      error: { code: 'invite-expired' },
    });
    unwrap(await alice.engine.setName('Alice A.'));
    await world.pass(2_000);
    expect(await heard(carol)).toMatchObject({ state: 'expired' });
    expect(await alice.engine.joinRequests(space)).toEqual([]);
    expect(await namesIn(alice)).toEqual(['Alice A.']);
  });

  it('[I1] who claimed while another took the last use is told that it was used', async () => {
    const link = await gathering.link(alice, space, 'editor');
    const bob = await guest('Bob', link);
    await world.pass(8_000);
    expect((await bob.engine.spaces())[0]).toMatchObject({ isReady: true });
    const thief = new LinkThief(link, gathering.relay);
    const late = thief.claim('Carol');
    thief.post({ kind: 'claim', claim: late });
    await world.pass(2_000);
    expect(thief.letters()).toContainEqual({ kind: 'verdict', claim: claimIdOf(late), verdict: 'used' });
    expect(await namesIn(alice)).toEqual(['Alice', 'Bob']);
  });
});
