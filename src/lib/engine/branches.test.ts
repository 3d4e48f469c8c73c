/** Rule F where it counts: a device that governs signs two branches of its chain, and shows each to others. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SystemRandom } from '../adapters/platform/system-random.ts';
import { verifyEnvelope } from '../crypto/envelope-seal.ts';
import { verifyMembershipExport } from '../crypto/membership-export.ts';
import { readyCrypto } from '../crypto/sodium.ts';
import type { EnvelopeId, MemberId, SpaceId } from '../foundation/ids.ts';
import { unwrap } from '../foundation/result.ts';
import type { StoredEntry } from '../log/log-store.ts';
import { encodeMembershipRecord } from '../protocol/membership-codec.ts';
import type { MembershipOp } from '../protocol/membership-op.ts';
import { encodeTestimony } from '../protocol/testimony.ts';
import { Gathering } from './gathering.fixture.ts';
import { forgeNext, inject, replicaOfDisk, type ForgedRecord } from './stolen-keys.fixture.ts';
import { PAGE_DOCUMENT, World, type Device } from './world.fixture.ts';

const HELP_COMES_WITHIN_MS = 90_000;

describe('[F] a chain of someone who governs is forked', () => {
  let world: World;
  let gathering: Gathering;
  let space: SpaceId;
  let alice: Device;
  let bob: Device;
  let carol: Device;
  let dave: MemberId;
  let cuts: (() => void)[];

  beforeAll(readyCrypto);
  beforeEach(async () => {
    world = new World();
    gathering = new Gathering(world);
    const host = await gathering.host('Alice');
    ({ device: alice, space } = host);
    cuts = [];
    const guests: Device[] = [];
    for (const name of ['Bob', 'Carol', 'Dave']) {
      const { device, cut } = await gathering.admit(host, name, 'editor');
      guests.push(device);
      cuts.push(cut);
    }
    [bob, carol] = guests as [Device, Device, Device];
    const memberOf = async (name: string): Promise<MemberId> =>
      (await alice.engine.members(space)).find((member) => member.name === name)!.member;
    dave = await memberOf('Dave');
    unwrap(await alice.engine.setRole(space, await memberOf('Bob'), 'owner'));
    unwrap(await alice.engine.setRole(space, await memberOf('Carol'), 'owner'));
    await world.pass(40_000);
    for (const cut of cuts) cut();
    // Mallory has Bob's keys: his own device writes nothing more.
    bob.root.close();
    await world.pass(1_000);
  });
  afterEach(() => world.close());

  /** A branch of Bob's chain as Mallory signs it: what stands before the deed, then the deed. */
  function branch(deed: MembershipOp, before: readonly ForgedRecord[] = []): Promise<readonly Uint8Array[]> {
    return forgeNext(bob.disk, space, function* ({ governance, secrets }): Generator<ForgedRecord, void, EnvelopeId> {
      for (const record of before) yield record;
      const parents = governance.history.headsFor(secrets.device);
      const op = yield { type: 'membership', body: encodeMembershipRecord({ parents, operation: deed }) };
      yield { type: 'update', document: PAGE_DOCUMENT, body: new Uint8Array(40), heads: [op] };
    });
  }

  async function show(device: Device, entries: readonly Uint8Array[]): Promise<void> {
    unwrap(await world.during(inject(device, space, entries)));
    await world.pass(2_000);
  }

  function logOf(device: Device, of: SpaceId): readonly StoredEntry[] {
    return device.disk.log.spaces.get(of)?.arrival ?? [];
  }

  /** Who is in and what stands, as the disk says it after a new start. */
  async function picture(device: Device): Promise<unknown> {
    const { governance } = await replicaOfDisk(device.disk, space);
    const state = governance.history.current();
    return {
      heads: state.heads,
      members: [...state.members.values()].map(({ id, role, isActive }) => [id, role, isActive]),
      voids: [...state.voids.entries()],
      waiting: governance.history.graph.pendingCount,
    };
  }

  async function roleOfDave(device: Device): Promise<string | undefined> {
    const member = (await device.engine.members(space)).find((each) => each.member === dave);
    return member?.isActive === true ? member.role : undefined;
  }

  const remove = (): MembershipOp => ({ op: 'remove', memberId: dave, cutoffs: [] });
  const raise = (): MembershipOp => ({ op: 'role.set', memberId: dave, role: 'admin', cutoffs: [] });
  const note = (bytes = 40): ForgedRecord => ({
    type: 'update',
    document: PAGE_DOCUMENT,
    body: new SystemRandom().bytes(bytes),
  });

  it('[M4][C4] Alice is shown one branch and Carol the other: once they met, both see the same members, live and after a restart', async () => {
    await show(alice, await branch(raise(), [note(), note()]));
    await show(carol, await branch(remove(), [note()]));
    expect(await roleOfDave(alice)).toBe('admin');
    expect(await roleOfDave(carol)).toBeUndefined();
    // Each goes on from what she saw, so each branch has a witness.
    unwrap(await alice.write(space, 'by Alice'));
    unwrap(await carol.write(space, 'by Carol'));

    world.join(alice, carol);
    await world.pass(HELP_COMES_WITHIN_MS);
    expect(await picture(alice)).toEqual(await picture(carol));
    expect(await roleOfDave(alice)).toBeUndefined();
    expect(await roleOfDave(carol)).toBeUndefined();
    // The membership file holds both branches, and is good all the same.
    const file = unwrap(verifyMembershipExport(unwrap(await alice.engine.exportMembership(space))));
    const { governance } = await replicaOfDisk(alice.disk, space);
    expect(file.operations.map(({ id }) => id)).toEqual(governance.history.graph.nodes().map(({ entry }) => entry.id));
    for (const device of [alice, carol])
      expect(device.events.some((event) => event.kind === 'alarm' && event.alarm === 'fork')).toBe(true);
  });

  it('a branch that nobody acknowledged before the other was known counts for nothing, on both sides', async () => {
    await show(alice, await branch(raise()));
    unwrap(await alice.write(space, 'by Alice'));
    await show(carol, await branch(remove()));
    world.join(alice, carol);
    await world.pass(HELP_COMES_WITHIN_MS);
    expect(await picture(alice)).toEqual(await picture(carol));
    expect(await roleOfDave(alice)).toBe(await roleOfDave(carol));
    const { governance } = await replicaOfDisk(carol.disk, space);
    const reasons = [...governance.history.current().voids.values()].map(({ reason }) => reason);
    expect(reasons).toContain('fork-unconfirmed');
  });

  it('what Carol built on her branch waits at Alice’s until that branch is told, and then counts', async () => {
    await show(alice, await branch(raise()));
    unwrap(await alice.write(space, 'by Alice'));
    await show(carol, await branch(remove(), [note()]));
    unwrap(await carol.engine.setHistoryFrom(space, 'join'));
    world.join(alice, carol);
    await world.pass(5_000);
    const waits = await replicaOfDisk(alice.disk, space);
    expect(waits.governance.history.graph.pendingCount).toBe(1);
    await world.pass(HELP_COMES_WITHIN_MS);
    expect(await picture(alice)).toEqual(await picture(carol));
    expect(await picture(alice)).toMatchObject({ waiting: 0 });
  });

  it('the place of the fork is found however far back it lies, and entries of every size are told', async () => {
    const long = [note(1_000_000), ...Array.from({ length: 300 }, () => note())];
    await show(alice, await branch(raise(), long));
    await show(
      carol,
      await branch(
        remove(),
        long.map(() => note()),
      ),
    );
    unwrap(await alice.write(space, 'by Alice'));
    unwrap(await carol.write(space, 'by Carol'));
    world.join(alice, carol);
    await world.pass(2 * HELP_COMES_WITHIN_MS);
    expect(await picture(alice)).toEqual(await picture(carol));
  });

  it('[E3] testimonies that are forged, cut, swapped, of elsewhere or of what everybody holds change nothing and alarm nobody', async () => {
    const before = await picture(alice);
    const elsewhere = await carol.newSpace();
    unwrap(await carol.write(elsewhere, 'elsewhere'));
    const strange = logOf(carol, elsewhere).at(-1)!;
    const [deed] = (await branch(remove())) as [Uint8Array];
    const id = unwrap(verifyEnvelope(deed)).id;
    const honest = logOf(alice, space).filter(({ author }) => author === logOf(alice, space)[0]!.author);
    const forged = deed.slice();
    forged[forged.length - 1]! ^= 1;
    const floating = await forgeNext(bob.disk, space, function* () {
      yield note();
      yield note();
    });
    const alone = unwrap(verifyEnvelope(floating[1]!));
    const told: readonly Uint8Array[] = [
      new Uint8Array(0),
      new SystemRandom().bytes(300),
      encodeTestimony({ id, part: 0, parts: 1, bytes: forged }),
      encodeTestimony({ id, part: 0, parts: 1, bytes: deed.subarray(0, 200) }),
      encodeTestimony({ id, part: 1, parts: 2, bytes: deed }),
      encodeTestimony({ id: strange.id, part: 0, parts: 1, bytes: deed }),
      encodeTestimony({ id: strange.id, part: 0, parts: 1, bytes: strange.bytes }),
      encodeTestimony({ id: alone.id, part: 0, parts: 1, bytes: alone.bytes }),
      // The halves of one entry with something else between them.
      encodeTestimony({ id, part: 0, parts: 2, bytes: deed.subarray(0, 100) }),
      encodeTestimony({ id: honest[1]!.id, part: 0, parts: 1, bytes: honest[1]!.bytes }),
      encodeTestimony({ id, part: 1, parts: 2, bytes: deed.subarray(100) }),
      ...honest.map(({ id: each, bytes }) => encodeTestimony({ id: each, part: 0, parts: 1, bytes })),
    ];
    const entries = await forgeNext(carol.disk, space, function* () {
      for (const body of told) yield { type: 'testimony', body };
    });
    carol.root.close();
    await show(alice, entries);
    await world.pass(HELP_COMES_WITHIN_MS);
    expect(await picture(alice)).toEqual(before);
    expect(logOf(alice, space).filter(({ type }) => type === 'testimony')).toHaveLength(told.length);
    expect(alice.events.filter(({ kind }) => kind === 'alarm' || kind === 'fault')).toEqual([]);
    unwrap(await alice.write(space, 'and on'));
  });

  it('a newcomer who hears of it later sees what they see', async () => {
    await show(alice, await branch(raise()));
    await show(carol, await branch(remove()));
    unwrap(await alice.write(space, 'by Alice'));
    unwrap(await carol.write(space, 'by Carol'));
    world.join(alice, carol);
    await world.pass(HELP_COMES_WITHIN_MS);
    const { device: erin } = await gathering.admit({ device: alice, space }, 'Erin', 'reader');
    await world.pass(HELP_COMES_WITHIN_MS);
    expect(await picture(erin)).toEqual(await picture(alice));
    expect(await picture(erin)).toEqual(await picture(carol));
  });
});
