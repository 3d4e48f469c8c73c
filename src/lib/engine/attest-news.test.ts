import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../crypto/sodium.ts';
import type { SpaceId } from '../foundation/ids.ts';
import { unwrap } from '../foundation/result.ts';
import { Gathering } from './gathering.fixture.ts';
import { replicaOfDisk } from './stolen-keys.fixture.ts';
import { PAGE_DOCUMENT, World, type Device } from './world.fixture.ts';

const HOUR_MS = 3_600_000;

describe('[C3] what a device says it holds', () => {
  let world: World;
  let gathering: Gathering;
  beforeAll(readyCrypto);
  beforeEach(() => {
    // Hours pass here: one turn of the event loop for each thing that happens in them.
    world = new World(() => turn());
    gathering = new Gathering(world);
  });
  afterEach(() => world.close());

  async function idOf(device: Device, space: SpaceId) {
    return (await device.engine.spaces()).find((each) => each.space === space)!.device;
  }

  async function couple() {
    const host = await gathering.host('Alice');
    const { device: bob, cut } = await gathering.admit(host, 'Bob', 'editor');
    await world.pass(130_000);
    const ids = { alice: await idOf(host.device, host.space), bob: await idOf(bob, host.space) };
    return { alice: host.device, bob, cut, space: host.space, ids };
  }

  function attestsOf(device: Device, space: SpaceId): number {
    return (device.disk.log.spaces.get(space)?.arrival ?? []).filter(({ type }) => type === 'attest').length;
  }

  /** The last seq of `of` that `by` said to hold, as `reader` knows it. */
  async function saidBy(reader: Device, space: SpaceId, { by, of }: { readonly by: string; readonly of: string }) {
    const { governance } = await replicaOfDisk(reader.disk, space);
    const seqs = governance.history.graph
      .attests()
      .filter(({ author }) => author === by)
      .flatMap(({ held }) => held.filter(({ device }) => device === of).map(({ seq }) => seq));
    return Math.max(-1, ...seqs);
  }

  it('[C3] Bob was away, comes back and catches up: soon he says so, and Alice knows that her words arrived', async () => {
    const { alice, bob, cut, space, ids } = await couple();
    cut();
    await world.pass(70_000);
    for (const text of ['one', 'two', 'three']) unwrap(await alice.write(space, text));
    const head = alice.disk.log.spaces.get(space)?.heads.get(ids.alice)?.seq ?? -1;
    expect(await saidBy(alice, space, { by: ids.bob, of: ids.alice })).toBeLessThan(head);
    world.join(alice, bob);
    await world.pass(130_000);
    expect(await saidBy(alice, space, { by: ids.bob, of: ids.alice })).toBeGreaterThanOrEqual(head);
  });

  it('[C3] within the hour both say what came since; they do not answer each other’s attests for ever', async () => {
    const { alice, bob, cut, space, ids } = await couple();
    cut();
    const written = unwrap(await bob.write(space, 'news'));
    const exchange = async () => {
      unwrap(await alice.engine.importBundle(unwrap(await bob.engine.exportBundle(space))));
      unwrap(await bob.engine.importBundle(unwrap(await alice.engine.exportBundle(space))));
    };
    await exchange();
    await world.pass(HOUR_MS + 60_000);
    await exchange();
    const chain = bob.disk.log.spaces.get(space)?.chains.get(ids.bob) ?? [];
    const seq = chain.find(({ id }) => id === written.id)?.seq ?? Infinity;
    expect(await saidBy(bob, space, { by: ids.alice, of: ids.bob })).toBeGreaterThanOrEqual(seq);
    const said = attestsOf(alice, space);
    await world.pass(HOUR_MS);
    await exchange();
    expect(attestsOf(alice, space)).toBe(said);
    unwrap(await bob.write(space, 'more news'));
    await exchange();
    await world.pass(HOUR_MS);
    expect(attestsOf(alice, space)).toBeGreaterThan(said);
  }, 60_000);

  it('[C3] a snapshot comes with one', async () => {
    const { alice, space } = await couple();
    unwrap(await alice.write(space, 'text'));
    const before = attestsOf(alice, space);
    unwrap(await alice.engine.append({ space, document: PAGE_DOCUMENT, type: 'snapshot', body: Uint8Array.of(1) }));
    expect(attestsOf(alice, space)).toBe(before + 1);
  });
});
