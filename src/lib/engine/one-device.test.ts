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
});
