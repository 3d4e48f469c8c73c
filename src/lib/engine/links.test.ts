import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { readyCrypto } from '../crypto/sodium.ts';
import { unwrap } from '../foundation/result.ts';
import { MailRelay } from './mail-relay.fixture.ts';
import { World } from './world.fixture.ts';

beforeAll(readyCrypto);

it('in a tunnel, where no socket is told that the network is gone, a person reads "offline" within 20 s', async () => {
  const world = new World();
  onTestFinished(() => world.close());
  const alice = await world.person('Alice');
  unwrap(await alice.engine.setRelay('wss://relay.test'));
  const space = await alice.newSpace();
  const relay = new MailRelay();
  relay.connect(world, alice);
  await world.pass(60_000);
  const lastWord = () => alice.events.findLast((event) => event.kind === 'sync')?.status.relay;
  expect(lastWord()).toBe('connecting');

  relay.isInReach = false;
  unwrap(await alice.write(space, 'on the train'));
  await world.pass(20_000);
  expect(lastWord()).toBe('offline');
  expect((await alice.engine.syncStatus())[0]?.relay).toBe('offline');
});
