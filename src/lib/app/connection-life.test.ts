import { expect, test } from 'vitest';
import { PAGE_DOCUMENT, World } from '../engine/world.fixture.ts';
import { unwrap } from '../foundation/result.ts';
import { connectionTo } from './connection-life.ts';

test('[G2] the actors of a tab that died are free again; those of a living tab, and those given back, are not freed twice', async () => {
  const { engine } = await new World().person('Alice');
  const { space } = unwrap(await engine.createSpace());
  const dying = connectionTo(engine);
  const living = connectionTo(engine);
  const lease = async (from: typeof dying): Promise<number> =>
    unwrap(await from.engine.leaseActor(space, PAGE_DOCUMENT)).generation;

  expect([await lease(dying), await lease(living), await lease(dying)]).toEqual([0, 1, 2]);
  await dying.engine.releaseActor(space, PAGE_DOCUMENT, 0);
  expect(await lease(living)).toBe(0);
  await dying.end();
  expect([await lease(living), await lease(living)]).toEqual([2, 3]);
  expect((await dying.engine.spaces()).map((each) => each.space)).toEqual([space]);
});
