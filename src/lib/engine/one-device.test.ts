import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../crypto/sodium.ts';
import { unwrap } from '../foundation/result.ts';
import { World } from './world.fixture.ts';

describe('one device', () => {
  let world: World;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.close());

  it('Alice sets up, makes a space, writes, restarts and reads what she wrote', async () => {
    const alice = await world.person('Alice');
    const space = await alice.newSpace();
    unwrap(await alice.write(space, 'first'));
    unwrap(await alice.write(space, 'second'));
    expect(await alice.read(space)).toEqual(['first', 'second']);
    alice.root.close();
    const again = await world.start(alice.disk);
    expect((await again.engine.session()).kind).toBe('open');
    expect(await again.read(space)).toEqual(['first', 'second']);
    const [summary] = await again.engine.spaces();
    expect(summary).toMatchObject({ space, role: 'owner', isReady: true, memberCount: 1 });
    expect((await again.engine.members(space)).map((member) => member.name)).toEqual(['Alice']);
  });

  it('a crash between the keys and the genesis leaves no ghost', async () => {
    const alice = await world.person('Alice');
    const space = await alice.newSpace();
    const arrival = alice.disk.log.spaces;
    alice.root.close();
    arrival.delete(space);
    const again = await world.start(alice.disk);
    expect(await again.engine.spaces()).toEqual([]);
    const other = await again.newSpace();
    unwrap(await again.write(other, 'fine'));
    expect(await again.read(other)).toEqual(['fine']);
  });

  it('a forgotten space leaves nothing, and another is not touched', async () => {
    const alice = await world.person('Alice');
    const [one, other] = [await alice.newSpace(), await alice.newSpace()];
    unwrap(await alice.write(one, 'gone'));
    unwrap(await alice.write(other, 'kept'));
    unwrap(await alice.engine.forgetSpace(one));
    expect(alice.disk.log.spaces.has(one)).toBe(false);
    expect((await alice.engine.spaces()).map(({ space }) => space)).toEqual([other]);
    expect(await alice.read(other)).toEqual(['kept']);
    expect(await alice.engine.forgetSpace(one)).toMatchObject({ ok: false, error: { code: 'wrong-space' } });
  });
});
