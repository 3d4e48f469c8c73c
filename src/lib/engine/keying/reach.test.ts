import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../../crypto/sodium.ts';
import { utf8 } from '../../foundation/bytes.ts';
import type { DocumentId, SpaceId } from '../../foundation/ids.ts';
import { unwrap } from '../../foundation/result.ts';
import { Gathering } from '../gathering.fixture.ts';
import { CHANNEL_DOCUMENT, PAGE_DOCUMENT, World, type Device } from '../world.fixture.ts';

describe('[K4] what newcomers cannot read, and where it goes on', () => {
  let world: World;
  let gathering: Gathering;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
    gathering = new Gathering(world);
  });
  afterEach(() => world.close());

  async function closedSpace() {
    const host = await gathering.host('Alice');
    const { device: alice, space } = host;
    const { device: dave } = await gathering.admit(host, 'Dave', 'editor');
    unwrap(await alice.engine.setHistoryFrom(space, 'join'));
    unwrap(await alice.write(space, 'hello', CHANNEL_DOCUMENT));
    await world.pass(8_000);
    return { host, alice, dave, space };
  }

  const memberOf = async (device: Device) => (await device.engine.spaces())[0]?.member;
  const closed = async (device: Device, space: SpaceId, ...documents: DocumentId[]) =>
    device.engine.closedTo(space, documents);

  it('a document written before Carol came is closed to her, one written since is not', async () => {
    const { host, alice, dave, space } = await closedSpace();
    expect(await closed(alice, space, CHANNEL_DOCUMENT, PAGE_DOCUMENT)).toEqual([]);
    const { device: carol } = await gathering.admit(host, 'Carol', 'editor');
    unwrap(await alice.write(space, 'since', PAGE_DOCUMENT));
    await world.pass(8_000);
    const expected = [{ document: CHANNEL_DOCUMENT, members: [await memberOf(carol)] }];
    for (const device of [alice, dave]) {
      expect(await closed(device, space, CHANNEL_DOCUMENT, PAGE_DOCUMENT)).toEqual(expected);
    }
    expect(await alice.engine.readsSince(space)).toBeUndefined();
    expect(await dave.engine.readsSince(space)).toBeUndefined();
    expect(await carol.engine.readsSince(space)).toBeGreaterThan(0);
    // Her own keys open nothing of it, so there is nothing that she could tell of others.
    expect(await closed(carol, space, CHANNEL_DOCUMENT)).toEqual([]);
  });

  it('everybody finds the same part by themselves, goes on in it, and begins another when Dan comes', async () => {
    const { host, alice, dave, space } = await closedSpace();
    expect((await alice.engine.parts(space, CHANNEL_DOCUMENT)).all).toEqual([CHANNEL_DOCUMENT]);
    const { device: carol } = await gathering.admit(host, 'Carol', 'editor');
    world.join(dave, carol);
    await world.pass(8_000);
    const { all, current } = await alice.engine.parts(space, CHANNEL_DOCUMENT);
    expect(all).toEqual([CHANNEL_DOCUMENT]);
    expect(current).not.toBe(CHANNEL_DOCUMENT);
    expect(current.slice(0, 2)).toBe(CHANNEL_DOCUMENT.slice(0, 2));
    expect((await dave.engine.parts(space, CHANNEL_DOCUMENT)).current).toBe(current);
    unwrap(await alice.write(space, 'to all three', current));
    await world.pass(8_000);
    for (const device of [alice, dave, carol]) {
      expect(await device.engine.parts(space, CHANNEL_DOCUMENT)).toEqual({ all: [CHANNEL_DOCUMENT, current], current });
      expect(await device.read(space, current)).toEqual(['to all three']);
    }
    const { device: dan } = await gathering.admit(host, 'Dan', 'editor');
    unwrap(await dave.write(space, 'to all four', (await dave.engine.parts(space, CHANNEL_DOCUMENT)).current));
    await world.pass(8_000);
    const parts = await alice.engine.parts(space, CHANNEL_DOCUMENT);
    expect(parts.all).toEqual([CHANNEL_DOCUMENT, current, parts.current]);
    expect(await carol.engine.parts(space, CHANNEL_DOCUMENT)).toEqual(parts);
    expect(await dan.engine.parts(space, CHANNEL_DOCUMENT)).toEqual({
      all: [CHANNEL_DOCUMENT, parts.current],
      current: parts.current,
    });
    expect(await dan.read(space, parts.current)).toEqual(['to all four']);
  });

  it('a removal begins no part: everyone who is left reads on', async () => {
    const { host, alice, dave, space } = await closedSpace();
    await gathering.admit(host, 'Carol', 'editor');
    const { current } = await alice.engine.parts(space, CHANNEL_DOCUMENT);
    unwrap(await alice.write(space, 'one', current));
    unwrap(await alice.engine.removeMember(space, (await memberOf(dave))!));
    unwrap(await alice.write(space, 'two', current));
    await world.pass(8_000);
    expect((await alice.engine.parts(space, CHANNEL_DOCUMENT)).current).toBe(current);
  });

  it('in a space that was never closed a document is one', async () => {
    const host = await gathering.host('Alice');
    unwrap(await host.device.write(host.space, 'hello', CHANNEL_DOCUMENT));
    await gathering.admit(host, 'Carol', 'editor');
    expect(await host.device.engine.parts(host.space, CHANNEL_DOCUMENT)).toEqual({
      all: [CHANNEL_DOCUMENT],
      current: CHANNEL_DOCUMENT,
    });
    expect(await closed(host.device, host.space, CHANNEL_DOCUMENT)).toEqual([]);
  });

  it('[N1] no snapshot is made of what Carol may not read: it would give her the whole history', async () => {
    const { host, alice, space } = await closedSpace();
    const snapshot = { space, document: CHANNEL_DOCUMENT, type: 'snapshot', body: utf8('all of it') } as const;
    unwrap(await alice.engine.append(snapshot));
    await gathering.admit(host, 'Carol', 'editor');
    expect(await alice.engine.append(snapshot)).toMatchObject({ ok: false, error: { code: 'closed-to-newcomers' } });
    unwrap(await alice.engine.append({ ...snapshot, document: PAGE_DOCUMENT }));
  });
});
