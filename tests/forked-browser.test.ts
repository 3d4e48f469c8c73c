/** [C2] A copied profile and a real relay process: the relay alone tells a device of its own other history. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { SystemClock } from '../src/lib/adapters/platform/system-clock.ts';
import { SystemRandom } from '../src/lib/adapters/platform/system-random.ts';
import { SystemScheduler } from '../src/lib/adapters/platform/system-scheduler.ts';
import { createRelaySocket } from '../src/lib/adapters/transport/relay-socket.ts';
import { readyCrypto } from '../src/lib/crypto/sodium.ts';
import { HEAD_WAIT_MS } from '../src/lib/engine/devices/own-heads.ts';
import { Disk, World, type Device } from '../src/lib/engine/world.fixture.ts';
import type { SpaceId } from '../src/lib/foundation/ids.ts';
import { unwrap } from '../src/lib/foundation/result.ts';
import { newDataFolder, startRelay, type RelayProcess } from '../sync-server/src/relay-process.fixture.ts';

const PATIENCE_MS = 30_000;
const folder = newDataFolder();
let relay: RelayProcess;

beforeAll(async () => {
  await readyCrypto();
  relay = await startRelay(folder.path);
});
afterAll(async () => {
  await relay.kill('SIGKILL');
  folder.remove();
});

const system = () => ({ clock: new SystemClock(), scheduler: new SystemScheduler(), headWaitMs: HEAD_WAIT_MS });

function connect(device: Device): void {
  const link = createRelaySocket({
    url: `ws://127.0.0.1:${relay.port}/sync`,
    WebSocket,
    scheduler: new SystemScheduler(),
    random: new SystemRandom(),
    onTransport: (transport) => device.root.attach(transport),
  });
  onTestFinished(() => link.close());
}

/** Asks again until it is so. */
async function until(look: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!(await look())) {
    if (performance.now() > endMs) throw new Error('it did not come true in time');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function isSynced(device: Device): Promise<boolean> {
  const [status] = await device.engine.syncStatus();
  return status?.relay === 'connected' && status.pending === 0;
}

/** Alice alone with one browser; what it was like before she wrote the last word. */
async function alone(
  world: World,
  lastWords: readonly string[],
): Promise<{ readonly space: SpaceId; readonly copy: Disk }> {
  const alice = await world.person('Alice', system());
  unwrap(await alice.engine.setRelay(`ws://127.0.0.1:${relay.port}`));
  connect(alice);
  const space = await alice.newSpace();
  unwrap(await alice.write(space, 'before the copy'));
  await until(() => isSynced(alice));
  await alice.root.settled();
  const copy = alice.disk.copy();
  for (const words of lastWords) unwrap(await alice.write(space, words));
  await until(() => isSynced(alice));
  alice.root.close();
  return { space, copy };
}

test('[C2] the relay holds more of her chain: her first word waits for it, and nothing forks', async () => {
  const world = new World();
  onTestFinished(() => world.close());
  const { space, copy } = await alone(world, ['one', 'two']);
  const again = await world.start(copy, system());
  connect(again);
  unwrap(await again.write(space, 'typed at once'));
  await until(() => isSynced(again));
  expect(await again.read(space)).toEqual(['before the copy', 'one', 'two', 'typed at once']);
  expect((await again.engine.spaces())[0]?.isForked).toBeUndefined();
  expect(again.events.filter(({ kind }) => kind === 'alarm')).toEqual([]);
}, 60_000);

test.each([
  ['the same number of entries', ['one'], ['lost']],
  ['more at the relay', ['one', 'two', 'three'], ['lost']],
  ['more here', ['one'], ['lost', 'lost too', 'and lost']],
])(
  '[C2] written offline, %s: with this one browser and no word typed she comes in again, and writes on',
  async (_, shared, lost) => {
    const world = new World();
    onTestFinished(() => world.close());
    const { space, copy } = await alone(world, shared);
    const again = await world.start(copy, { ...system(), headWaitMs: 0 });
    const forked = (await again.engine.spaces())[0]?.device;
    for (const text of lost) unwrap(await again.write(space, text));
    connect(again);
    const summary = async () => (await again.engine.spaces())[0];
    await until(async () => (await summary())?.isForked === true);
    await until(async () => (await again.engine.renewKeys(space)).ok);
    await until(async () => (await summary())?.role === 'owner');
    expect((await summary())?.device).not.toBe(forked);
    unwrap(await again.write(space, 'and on'));
    await until(() => isSynced(again));
    expect(await again.read(space)).toEqual(['before the copy', ...shared, 'and on']);
    expect(await again.engine.lostWork(space)).toMatchObject([{ device: forked, changes: lost.length }]);
    await until(async () => (await again.engine.securityNotices(space)).every(({ isResolved }) => isResolved));

    // A blank browser with the words finds the same.
    const words = unwrap(await again.engine.recoveryWords(undefined)).join(' ');
    const blank = await world.start(new Disk(), system());
    connect(blank);
    const choices = { words, protection: { kind: 'device' }, relayUrl: `ws://127.0.0.1:${relay.port}` } as const;
    unwrap(await blank.engine.restore(choices));
    await until(async () => (await blank.read(space)).includes('and on'));
    expect(await blank.read(space)).toEqual(['before the copy', ...shared, 'and on']);
  },
  90_000,
);
