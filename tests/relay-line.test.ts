/** The whole line without a browser: two engines, real sockets, a real relay process, and its disk searched afterwards. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { SystemClock } from '../src/lib/adapters/platform/system-clock.ts';
import { SystemRandom } from '../src/lib/adapters/platform/system-random.ts';
import { SystemScheduler } from '../src/lib/adapters/platform/system-scheduler.ts';
import { createRelaySocket } from '../src/lib/adapters/transport/relay-socket.ts';
import { readyCrypto } from '../src/lib/crypto/sodium.ts';
import { World } from '../src/lib/engine/world.fixture.ts';
import type { Device } from '../src/lib/engine/world.fixture.ts';
import type { SpaceId } from '../src/lib/foundation/ids.ts';
import { unwrap } from '../src/lib/foundation/result.ts';
import { newDataFolder, startRelay } from '../sync-server/src/relay-process.fixture.ts';
import type { RelayProcess } from '../sync-server/src/relay-process.fixture.ts';

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

async function person(world: World, name: string): Promise<Device> {
  const ports = { clock: new SystemClock(), scheduler: new SystemScheduler() };
  const device = await world.person(name, ports);
  const link = createRelaySocket({
    url: `ws://127.0.0.1:${relay.port}/sync`,
    WebSocket,
    scheduler: new SystemScheduler(),
    random: new SystemRandom(),
    onTransport: (transport) => device.root.attach(transport),
  });
  onTestFinished(() => link.close());
  return device;
}

/** Asks again until it is so. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const endMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > endMs) throw new Error('it did not come true in time');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function hasRead(device: Device, space: SpaceId, texts: readonly string[]): Promise<void> {
  await until(async () => {
    const read = await device.read(space);
    return texts.every((text) => read.includes(text)) ? true : undefined;
  });
}

test('Alice founds a space, invites Bob by link, both write, the relay is killed and returns: all is there, and its disk [R7] holds no word', async () => {
  const world = new World();
  onTestFinished(() => world.close());
  const alice = await person(world, 'Alice Canary-Name');
  unwrap(await alice.engine.setRelay(`ws://127.0.0.1:${relay.port}`));
  await alice.confirmWords();
  const space = await alice.newSpace();
  unwrap(await alice.write(space, 'canary-one'));
  await until(async () => {
    const [status] = await alice.engine.syncStatus();
    return status?.relay === 'connected' && status.pending === 0 ? true : undefined;
  });
  const { link } = unwrap(await alice.engine.invite(space, { role: 'editor', days: 7, maxUses: 1 }));
  const bob = await person(world, 'Bob Canary-Name');
  expect(unwrap(await bob.engine.acceptInvitation(link ?? '', 'Bob Canary-Name'))).toBe(space);
  await hasRead(bob, space, ['canary-one']);
  await until(async () => ((await bob.write(space, 'canary-two')).ok ? true : undefined));
  await hasRead(alice, space, ['canary-one', 'canary-two']);

  await relay.kill('SIGKILL');
  unwrap(await alice.write(space, 'canary-three'));
  unwrap(await bob.write(space, 'canary-four'));
  relay = await startRelay(folder.path, [], relay.port);
  for (const device of [alice, bob]) await hasRead(device, space, ['canary-three', 'canary-four']);

  const disk = readdirSync(folder.path).map((name) => readFileSync(join(folder.path, name)));
  for (const canary of ['canary-', 'Canary-Name']) expect(disk.some((file) => file.includes(canary))).toBe(false);
}, 90_000);
