import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../../crypto/sodium.ts';
import type { SpaceId } from '../../foundation/ids.ts';
import { unwrap } from '../../foundation/result.ts';
import { verifyMembershipExport } from '../../crypto/membership-export.ts';
import { Gathering } from '../gathering.fixture.ts';
import { World, type Device } from '../world.fixture.ts';

describe('outcomes, history and ownership', () => {
  let world: World;
  let gathering: Gathering;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
    gathering = new Gathering(world);
  });
  afterEach(() => world.close());

  async function memberOf(device: Device) {
    return (await device.engine.spaces())[0]!.member;
  }

  async function namesIn(device: Device, space: SpaceId): Promise<readonly string[]> {
    const all = await device.engine.members(space);
    return all
      .filter(({ isActive }) => isActive)
      .map(({ name, role }) => `${name} ${role}`)
      .sort();
  }

  /** Alice founded, Bob is an owner, Carol an editor; then all are apart. */
  async function apart() {
    const host = await gathering.host('Alice');
    const { device: bob, cut: cutBob } = await gathering.admit(host, 'Bob', 'editor');
    const { device: carol, cut: cutCarol } = await gathering.admit(host, 'Carol', 'editor');
    unwrap(await host.device.engine.setRole(host.space, await memberOf(bob), 'owner'));
    await world.pass(8_000);
    cutBob();
    cutCarol();
    return { alice: host.device, bob, carol, space: host.space };
  }

  it('[M4][M5] Alice and Bob remove each other and meet: both end alike, and each is told why', async () => {
    const { alice, bob, carol, space } = await apart();
    unwrap(await alice.engine.removeMember(space, await memberOf(bob)));
    unwrap(await bob.engine.removeMember(space, await memberOf(alice)));
    expect(await namesIn(bob, space)).toEqual(['Bob owner', 'Carol editor']);
    const fromAlice = unwrap(await alice.engine.exportBundle(space));
    const fromBob = unwrap(await bob.engine.exportBundle(space));
    unwrap(await bob.engine.importBundle(fromAlice));
    unwrap(await alice.engine.importBundle(fromBob));
    unwrap(await carol.engine.importBundle(fromBob));
    await world.pass(5_000);
    unwrap(await carol.engine.importBundle(fromAlice));
    await world.pass(5_000);
    for (const device of [alice, bob, carol])
      expect(await namesIn(device, space)).toEqual(['Alice owner', 'Carol editor']);
    // Bob's removal of Alice counted on his device and on Carol's; on Alice's it never did.
    for (const device of [alice, bob, carol]) {
      expect(device.events).toContainEqual({ kind: 'outcome', space });
      const outcome = await device.engine.outcome(space);
      expect(outcome?.operations).toHaveLength(1);
      expect(outcome?.operations[0]).toMatchObject({
        deed: 'remove',
        author: { name: 'Bob' },
        subject: { name: 'Alice' },
        standing: { kind: 'void', reason: 'revoked', because: { deed: 'remove', author: { name: 'Alice' } } },
      });
    }
    const members = (await carol.engine.outcome(space))?.members.map(({ who, was, now }) => [who.name, was, now]);
    expect(members).toContainEqual(['Alice', { isActive: false, role: 'owner' }, { isActive: true, role: 'owner' }]);
    await carol.engine.dismissOutcome(space);
    expect(await carol.engine.outcome(space)).toBeUndefined();
  });

  it('[M5] what nothing late turned round is no news', async () => {
    const { alice, bob, carol, space } = await apart();
    world.join(alice, carol);
    unwrap(await alice.engine.removeMember(space, await memberOf(bob)));
    await world.pass(8_000);
    expect(await carol.engine.outcome(space)).toBeUndefined();
    expect(carol.events.filter(({ kind }) => kind === 'outcome')).toEqual([]);
  });

  it('the history tells every operation in pages, newest first, and whether it counts', async () => {
    const { alice, bob, space } = await apart();
    const first = await alice.engine.membershipHistory(space, { before: undefined, limit: 3 });
    expect(first.lines[0]).toMatchObject({ deed: 'role.set', role: 'owner', subject: { name: 'Bob' } });
    const rest = await alice.engine.membershipHistory(space, { before: first.next, limit: 100 });
    expect(first.lines.length + rest.lines.length).toBe(first.total);
    expect(rest.next).toBeUndefined();
    expect(rest.lines.at(-1)).toMatchObject({ deed: 'genesis', author: { name: 'Alice', isSelf: true } });
    expect(rest.lines.every(({ standing }) => standing.kind === 'counts')).toBe(true);
    expect(new Set([...first.lines, ...rest.lines].map(({ id }) => id)).size).toBe(first.total);
    expect((await bob.engine.membershipHistory(space, { before: 0, limit: 10 })).lines).toEqual([]);
  });

  it('the exported history checks offline; a changed word, envelope or signature does not', async () => {
    const { alice, space } = await apart();
    const file = unwrap(await alice.engine.exportMembership(space));
    const checked = unwrap(verifyMembershipExport(file));
    expect(checked.space).toBe(space);
    expect(checked.operations.map(({ says }) => says['deed'])).toContain('admit');
    const text = new TextDecoder().decode(file);
    expect(JSON.parse(text)).toMatchObject({ format: 'archipel-membership', version: 1 });
    const forged = new TextEncoder().encode(text.replace('"role": "owner"', '"role": "admin"'));
    expect(verifyMembershipExport(forged)).toMatchObject({ ok: false, error: { code: 'bad-signature' } });
    expect(verifyMembershipExport(file.subarray(0, file.length - 40))).toMatchObject({ error: { code: 'truncated' } });
  });

  it('[M2] the last owner leaves only after handing over; whoever is highest then may claim it, and nobody else', async () => {
    const host = await gathering.host('Alice');
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    const { device: carol } = await gathering.admit(host, 'Carol', 'reader');
    const { space } = host;
    expect(await host.device.engine.leave(space)).toMatchObject({ ok: false, error: { code: 'last-owner' } });
    expect(await bob.engine.claimOwnership(space)).toMatchObject({ ok: false, error: { code: 'owner-remains' } });
    unwrap(await host.device.engine.setRole(space, await memberOf(bob), 'owner'));
    unwrap(await host.device.engine.leave(space));
    await world.pass(8_000);
    world.join(bob, carol);
    await world.pass(8_000);
    expect(await bob.engine.leave(space)).toMatchObject({ ok: false, error: { code: 'last-owner' } });
    expect(await carol.engine.claimOwnership(space)).toMatchObject({ ok: false, error: { code: 'owner-remains' } });
  });

  it('[M2] both owners leave at the same time: the highest of those left claims the space, and nobody below', async () => {
    const { alice, bob, carol, space } = await apart();
    unwrap(await alice.engine.leave(space));
    unwrap(await bob.engine.leave(space));
    for (const device of [alice, bob])
      unwrap(await carol.engine.importBundle(unwrap(await device.engine.exportBundle(space))));
    await world.pass(5_000);
    expect(await namesIn(carol, space)).toEqual(['Carol editor']);
    expect(await alice.engine.claimOwnership(space)).toMatchObject({ ok: false, error: { code: 'not-a-member' } });
    unwrap(await carol.engine.claimOwnership(space));
    expect(await namesIn(carol, space)).toEqual(['Carol owner']);
    unwrap(await carol.write(space, 'mine now'));
  });
});
