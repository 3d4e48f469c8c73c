/** [R5] Each limit, at a size where it can be reached; over real sockets. */
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { readyCrypto } from '../../src/lib/crypto/sodium.ts';
import { Device } from './device.fixture.ts';
import { RelayClient } from './relay-client.fixture.ts';
import { newDataFolder, startRelay } from './relay-process.fixture.ts';
import type { RelayProcess } from './relay-process.fixture.ts';

const FLAGS = {
  'append-per-second': 200,
  'append-burst': 20,
  'envelope-bytes': 2_000,
  'key-bytes-per-day': 12_000,
  'space-bytes': 16_000,
  'space-keys': 3,
  'sockets-per-address': 12,
  'failed-auths-per-address': 3,
  'spaces-per-address-per-day': 3,
  'spaces-per-socket': 2,
  'ephemeral-per-second': 1,
  'ephemeral-burst': 5,
  'mail-bytes': 100,
  'mail-per-box': 2,
  'mail-per-address-per-hour': 6,
};
const flags = Object.entries(FLAGS).flatMap(([name, value]) => [`--limit-${name}`, String(value)]);

beforeAll(readyCrypto);

/** A relay of its own for each test: what one spends, another has. */
async function relayWith(...more: string[]): Promise<RelayProcess> {
  const folder = newDataFolder();
  const relay = await startRelay(folder.path, [...flags, ...more]);
  onTestFinished(async () => {
    await relay.kill('SIGKILL');
    folder.remove();
  });
  return relay;
}

async function personAt(relay: RelayProcess): Promise<RelayClient> {
  const client = await RelayClient.greeted(relay.port);
  onTestFinished(() => client.close());
  return client;
}

describe('[R5] limits', () => {
  test('appends above the burst wait for their allowance instead of being lost', async () => {
    const client = await personAt(await relayWith());
    const alice = new Device();
    await client.found(alice);
    for (let i = 0; i < 36; i++) client.send({ kind: 'env', bytes: alice.next({ size: 272 }).bytes });
    const refused = await client.next('nack', (nack) => nack.code === 'quota-exceeded');
    // Only the day's bytes ended it: more than the burst was taken, in order, and nothing in between was dropped.
    expect(refused.head?.seq).toBeGreaterThan(FLAGS['append-burst']);
  });

  test('an envelope above the size, a day above the bytes and a space above its quota are refused with the head', async () => {
    const client = await personAt(await relayWith());
    const alice = new Device();
    await client.found(alice);
    expect(await client.refusedAppend(alice.make({ size: 1_800 }).bytes)).toMatchObject({
      code: 'oversized',
      head: { seq: 0 },
    });
    for (let i = 0; i < 7; i++) await client.append(alice.next({ size: 1_300 }));
    expect(await client.refusedAppend(alice.make({ size: 1_300 }).bytes)).toMatchObject({
      code: 'quota-exceeded',
      head: { seq: 7 },
    });
    const bob = new Device(alice.space);
    client.setAcl(alice, { entries: [{ key: bob.keys.device, caps: 3, idx: 1 }], counter: 1 });
    const other = await personAt({ port: Number(new URL(client.socket.url).port) } as RelayProcess);
    await client.next('acl-state', (state) => state.counter === 1);
    await other.enter(bob);
    for (let i = 0; i < 2; i++) await other.append(bob.next({ size: 1_300 }));
    expect((await other.refusedAppend(bob.make({ size: 1_700 }).bytes)).code).toBe('quota-exceeded');
  });

  test('an access list above its keys is refused', async () => {
    const client = await personAt(await relayWith());
    const alice = new Device();
    await client.found(alice);
    const entries = [1, 2, 3].map((idx) => ({ key: new Device().keys.device, caps: 3, idx }));
    client.setAcl(alice, { entries, counter: 1 });
    expect((await client.nextRefusal('acl')).code).toBe('quota-exceeded');
  });

  test('sockets from one address are counted, and freed when they close', async () => {
    const relay = await relayWith();
    const clients = [];
    for (let i = 0; i < 12; i++) clients.push(await personAt(relay));
    await expect(RelayClient.open(relay.port)).rejects.toThrow('429');
    clients[0]?.send({ kind: 'bye', code: 'transport-closed' });
    await clients[0]?.closed();
    await personAt(relay);
  });

  test('after failed proofs an address gets no more sockets', async () => {
    const relay = await relayWith();
    const client = await personAt(relay);
    const alice = new Device();
    await client.found(alice);
    const eve = await personAt(relay);
    for (let i = 0; i < 3; i++) {
      eve.send({ ...eve.authFrame(alice), signature: new Uint8Array(64) });
      await eve.nextRefusal('auth');
    }
    await expect(RelayClient.open(relay.port)).rejects.toThrow('429');
  });

  test('spaces per address and day, and spaces per socket', async () => {
    const relay = await relayWith();
    for (let i = 0; i < 3; i++) await (await personAt(relay)).found(new Device());
    const late = await personAt(relay);
    const alice = new Device();
    const genesis = alice.genesis();
    late.send({ kind: 'create', space: alice.space, voucher: '' });
    late.send({ kind: 'env', bytes: genesis.bytes });
    expect((await late.nextRefusal('create')).code).toBe('quota-exceeded');
    for (const byte of ['11', '22'])
      late.send({ kind: 'create', space: byte.repeat(32) as typeof alice.space, voucher: '' });
    expect((await late.nextRefusal('create')).code).toBe('rate-limited');
  });

  test('in voucher mode only its holder founds a space', async () => {
    const relay = await relayWith('--vouchers', 'pear,plum');
    const client = await personAt(relay);
    const alice = new Device();
    alice.genesis();
    client.send({ kind: 'create', space: alice.space, voucher: 'apple' });
    expect((await client.nextRefusal('create')).code).toBe('relay-refused');
    await client.found(new Device(), 'plum');
  });

  test('presence above its rate is dropped, the rest goes on', async () => {
    const relay = await relayWith();
    const client = await personAt(relay);
    const alice = new Device();
    await client.found(alice);
    const reader = await personAt(relay);
    await reader.enter(alice);
    await reader.settled(alice);
    for (let i = 0; i < 20; i++) client.send({ kind: 'eph', bytes: alice.make({ type: 'presence' }).bytes });
    await client.append(alice.next());
    await reader.next('env');
    expect(reader.seen.filter((each) => each.kind === 'eph').length).toBeLessThanOrEqual(6);
  });

  test('letters: size, number per box, number per hour', async () => {
    const client = await personAt(await relayWith());
    const put = (fill: number, size = 10): void =>
      client.send({ kind: 'mail-put', mailbox: new Uint8Array(32), blob: new Uint8Array(size).fill(fill) });
    const refusal = async () => (await client.nextRefusal('mail-put')).code;
    put(0, 101);
    expect(await refusal()).toBe('oversized');
    for (const fill of [1, 2, 3]) put(fill);
    expect(await refusal()).toBe('quota-exceeded');
    for (const fill of [1, 2, 4]) put(fill);
    expect(await refusal()).toBe('rate-limited');
  });

  test('frames above the rate wait; nothing is lost', async () => {
    const client = await personAt(await relayWith('--limit-frames-burst', '10', '--limit-frames-per-second', '100'));
    for (let i = 0; i < 40; i++) client.send({ kind: 'ping' });
    const startMs = performance.now();
    for (let i = 0; i < 40; i++) await client.next('ping');
    expect(performance.now() - startMs).toBeGreaterThan(200);
  });

  test('a reader that takes nothing is let go, others are not held up', async () => {
    const relay = await relayWith(
      '--limit-queue-bytes',
      '200000',
      '--limit-envelope-bytes',
      '1100000',
      '--limit-key-bytes-per-day',
      '900000000',
      '--limit-space-bytes',
      '900000000',
      '--limit-append-burst',
      '1000',
    );
    const client = await personAt(relay);
    const alice = new Device();
    await client.found(alice);
    const slow = await personAt(relay);
    await slow.enter(alice);
    await slow.settled(alice);
    slow.socket.pause();
    for (let i = 0; i < 40; i++) await client.append(alice.next({ size: 500_000 }));
    const metrics = await (await fetch(`http://127.0.0.1:${relay.port}/metrics`)).text();
    expect(metrics).toMatch(/archipel_slow_readers_total 1\b/);
    expect(client.socket.readyState).toBe(WebSocket.OPEN);
  });
});
