/** Bytes that no honest client sends: answered or the socket closed, and the relay goes on serving the others. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readyCrypto } from '../../src/lib/crypto/sodium.ts';
import { encodeFrame, MAX_FRAME_BYTES } from '../../src/lib/protocol/frames.ts';
import type { Frame } from '../../src/lib/protocol/frames.ts';
import { Device } from './device.fixture.ts';
import { RelayClient } from './relay-client.fixture.ts';
import { newDataFolder, startRelay } from './relay-process.fixture.ts';
import type { RelayProcess } from './relay-process.fixture.ts';

const SEEDS = Array.from({ length: 40 }, (_, i) => 7_000 + i);
let relay: RelayProcess;
let alice: Device;
/** A member of Alice's space, or her stolen device: everything it sends reaches the expensive checks. */
let mallory: Device;
let witness: RelayClient;
const folder = newDataFolder();

beforeAll(async () => {
  await readyCrypto();
  relay = await startRelay(folder.path, [
    '--limit-failed-auths-per-address',
    '100000',
    '--limit-sockets-per-address',
    '1000',
    '--limit-append-burst',
    '100000',
  ]);
  alice = new Device();
  witness = await RelayClient.greeted(relay.port);
  await witness.found(alice);
  mallory = new Device(alice.space);
  witness.setAcl(alice, { entries: [{ key: mallory.keys.device, caps: 3, idx: 1 }], counter: 1 });
  await witness.next('acl-state', (state) => state.counter === 1);
});
afterAll(async () => {
  witness.close();
  await relay.kill('SIGTERM');
  folder.remove();
});

function seeded(seed: number): (below: number) => number {
  let value = seed >>> 0;
  return (below) => {
    value ^= value << 13;
    value ^= value >>> 17;
    value ^= value << 5;
    return (value >>> 0) % below;
  };
}

async function expectStillServing(): Promise<void> {
  await witness.append(alice.next());
}

/** One of each kind, valid in form, as an admitted client would send it. */
function everyFrame(client: RelayClient): Frame[] {
  const { space } = mallory;
  const device = mallory.keys.device;
  return [
    { kind: 'hello', version: 1, side: 'peer', nonce: client.clientNonce },
    client.authFrame(mallory),
    { kind: 'sub', space, isOn: true },
    { kind: 'frontier', space, mode: 'full', chains: [{ device, intervals: [[0, 3]], head: 'ab'.repeat(16) }] },
    { kind: 'want', space, device, ranges: [[0, 2]] },
    { kind: 'env', bytes: mallory.make().bytes },
    { kind: 'eph', bytes: mallory.make({ type: 'presence' }).bytes },
    { kind: 'create', space, voucher: 'pear' },
    { kind: 'acl', space, signer: device, signature: new Uint8Array(64), entries: [], removed: [], counter: 1 },
    { kind: 'mail-put', mailbox: new Uint8Array(32), blob: new Uint8Array(100) },
    { kind: 'mail-get', mailbox: new Uint8Array(32), isOn: true },
    { kind: 'mail-drop', mailbox: new Uint8Array(32), item: 1 },
    { kind: 'ping' },
  ];
}

function mutated(bytes: Uint8Array, chance: (below: number) => number): Uint8Array {
  const copy = bytes.slice();
  switch (chance(4)) {
    case 0:
      return copy.subarray(0, chance(copy.length + 1));
    case 1:
      return new Uint8Array([...copy, ...randomBytes(chance(40))]);
    default:
      for (let i = 0; i <= chance(4); i++) copy[chance(copy.length)] = chance(256);
      return copy;
  }
}

describe('hostile bytes', () => {
  test.each(SEEDS)('mutated frames, seed %i: an answer or a close, never a crash', async (seed) => {
    const chance = seeded(seed);
    const client = await RelayClient.greeted(relay.port);
    onTestFinished(() => client.close());
    client.send(client.authFrame(mallory));
    await client.next('welcome');
    for (const frame of everyFrame(client)) {
      for (let i = 0; i < 3; i++) if (!client.isClosed) client.sendRaw(mutated(encodeFrame(frame), chance));
    }
    await expectStillServing();
  });

  test('random bytes before and after the greeting end the socket', async () => {
    const early = await RelayClient.open(relay.port);
    for (let i = 0; i < 40; i++) early.sendRaw(randomBytes(1 + (i % 90)));
    await early.closed();
    const late = await RelayClient.greeted(relay.port);
    for (let i = 0; i < 40; i++) late.sendRaw(Uint8Array.of(255, i));
    await late.closed();
    await expectStillServing();
  });

  test('an oversized frame ends the socket before it is held in memory; the largest envelope is taken', async () => {
    const client = await RelayClient.greeted(relay.port);
    client.sendRaw(new Uint8Array(MAX_FRAME_BYTES + 1));
    await client.closed();
    await witness.append(alice.next({ size: 2 ** 20 }));
  });

  test('text messages, frames of the relay itself and a wrong version are refused', async () => {
    const client = await RelayClient.greeted(relay.port);
    for (let i = 0; i < 32; i++) client.socket.send('hello');
    await client.closed();
    const mimic = await RelayClient.greeted(relay.port);
    for (let i = 0; i < 32; i++) mimic.send({ kind: 'welcome', space: alice.space, device: alice.keys.device });
    await mimic.closed();
    const future = await RelayClient.open(relay.port);
    future.send({ kind: 'hello', version: 2, side: 'peer', nonce: new Uint8Array(32) });
    expect((await future.next('bye')).code).toBe('unknown-version');
    await future.closed();
    await expectStillServing();
  });

  test.each([
    'GET /sync HTTP/1.1\r\n\r\n',
    '\0\0\0\0',
    'GET /sync HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    `GET /${'x'.repeat(20_000)}`,
  ])('raw bytes on the port (%#) end in a close', async (text) => {
    const socket = connect(relay.port, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    socket.end(text);
    await new Promise<void>((resolve) => {
      socket.on('close', () => resolve());
      socket.resume();
    });
    await expectStillServing();
  });
});
