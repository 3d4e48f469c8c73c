/** What was acknowledged survives the worst end of the process; a good end says goodbye. */
import { expect, onTestFinished, test, beforeAll } from 'vitest';
import { WebSocket } from 'ws';
import { readyCrypto } from '../../src/lib/crypto/sodium.ts';
import { Device } from './device.fixture.ts';
import { RelayClient } from './relay-client.fixture.ts';
import { newDataFolder, startRelay } from './relay-process.fixture.ts';

const ROUNDS = 6;

beforeAll(readyCrypto);

function seeded(seed: number): () => number {
  let value = seed;
  return () => {
    value = (value * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return value / 2 ** 32;
  };
}

test('[R3] kill -9 at any moment: every acknowledged envelope is there after the restart', async () => {
  const folder = newDataFolder();
  onTestFinished(folder.remove);
  const chance = seeded(20_261);
  const alice = new Device();
  const acknowledged = new Map<number, string>();
  for (let round = 0; round < ROUNDS; round++) {
    const relay = await startRelay(folder.path, ['--limit-append-burst', '100000']);
    const client = await RelayClient.greeted(relay.port);
    client.socket.on('message', () => {
      for (const frame of client.seen.splice(0)) {
        if (frame.kind === 'ack') acknowledged.set(frame.seq, frame.id16);
        else client.seen.push(frame);
      }
    });
    if (round === 0) {
      const genesis = alice.genesis();
      client.send({ kind: 'create', space: alice.space, voucher: '' });
      client.send(client.authFrame(alice));
      client.send({ kind: 'env', bytes: genesis.bytes });
    } else {
      client.send(client.authFrame(alice));
      await client.next('welcome');
      client.send({ kind: 'frontier', space: alice.space, mode: 'headers', chains: [] });
      const { chains } = await client.next('frontier');
      const head = chains.find((chain) => chain.device === alice.keys.device);
      const headSeq = head?.intervals[0]?.[1] ?? -1;
      expect(headSeq).toBeGreaterThanOrEqual(Math.max(-1, ...acknowledged.keys()));
      await expectAllHeld(client, alice, acknowledged);
      alice.resumeAfter(headSeq);
    }
    // Armed by the first acknowledgement of the round, so that a slow machine has something to lose too.
    const before = acknowledged.size;
    const killed = new Promise<void>((resolve) => {
      const arm = (): void => {
        if (acknowledged.size === before) return;
        client.socket.off('message', arm);
        setTimeout(() => void relay.kill('SIGKILL').then(() => resolve()), chance() * 80);
      };
      client.socket.on('message', arm);
    });
    for (let i = 0; i < 400 && client.socket.readyState === WebSocket.OPEN; i++) {
      client.send({ kind: 'env', bytes: alice.next().bytes });
      if (i % 20 === 19) await new Promise((resolve) => setImmediate(resolve));
    }
    await killed;
    await client.closed();
  }
  expect(acknowledged.size).toBeGreaterThanOrEqual(ROUNDS);
});

async function expectAllHeld(
  client: RelayClient,
  alice: Device,
  acknowledged: ReadonlyMap<number, string>,
): Promise<void> {
  for (const [seq, id16] of acknowledged) expect(alice.idAt(seq).slice(0, 32)).toBe(id16);
  const last = Math.max(...acknowledged.keys());
  client.send({ kind: 'want', space: alice.space, device: alice.keys.device, ranges: [[0, last]] });
  const served: string[] = [];
  for (let seq = 0; seq <= last; seq++) served.push(Buffer.from((await client.next('env')).bytes).toString('hex'));
  for (const seq of acknowledged.keys()) expect(served[seq]).toBe(Buffer.from(alice.bytesAt(seq)).toString('hex'));
}

test('[R6] SIGTERM: what waited is committed, BYE is said, and the process ends by itself within five seconds', async () => {
  const folder = newDataFolder();
  onTestFinished(folder.remove);
  const relay = await startRelay(folder.path);
  const client = await RelayClient.greeted(relay.port);
  const alice = new Device();
  await client.found(alice);
  const last = alice.next();
  client.send({ kind: 'env', bytes: last.bytes });
  client.send({ kind: 'ping' });
  await client.next('ping');
  const startMs = performance.now();
  const ended = relay.kill('SIGTERM');
  await client.next('ack', (ack) => ack.seq === last.seq);
  expect((await client.next('bye')).code).toBe('transport-closed');
  await client.closed();
  expect(await ended).toBe(0);
  expect(performance.now() - startMs).toBeLessThan(5000);
  const again = await startRelay(folder.path);
  onTestFinished(() => void again.kill('SIGKILL'));
  const reader = await RelayClient.greeted(again.port);
  reader.send(reader.authFrame(alice));
  await reader.next('welcome');
  reader.send({ kind: 'want', space: alice.space, device: alice.keys.device, ranges: [[last.seq, last.seq]] });
  await reader.next('env');
  expect(reader.hello?.relay?.key).toEqual(client.hello?.relay?.key);
  reader.close();
});
