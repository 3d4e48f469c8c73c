import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { newDataFolder, startRelay } from './relay-process.fixture.ts';
import type { RelayProcess } from './relay-process.fixture.ts';

let relay: RelayProcess;
const folder = newDataFolder();

beforeAll(async () => {
  relay = await startRelay(folder.path, [
    '--limit-signal-topics-per-socket',
    '3',
    '--limit-signal-sockets-per-topic',
    '2',
    '--limit-signal-bytes',
    '2000',
  ]);
});
afterAll(async () => {
  await relay.kill('SIGTERM');
  folder.remove();
});

interface Message {
  readonly type: string;
  readonly [name: string]: unknown;
}

async function person(): Promise<{
  say: (message: unknown) => void;
  heard: Message[];
  quiet: () => Promise<void>;
  socket: WebSocket;
}> {
  const socket = new WebSocket(`ws://127.0.0.1:${relay.port}/signal`);
  const heard: Message[] = [];
  socket.on('message', (text: Buffer) => heard.push(JSON.parse(text.toString()) as Message));
  await once(socket, 'open');
  onTestFinished(() => socket.terminate());
  const say = (message: unknown): void => socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  const quiet = async (): Promise<void> => {
    say({ type: 'ping' });
    while (heard.at(-1)?.type !== 'pong') await once(socket, 'message');
    heard.pop();
  };
  return { say, heard, quiet, socket };
}

describe('signalling as y-webrtc speaks it', () => {
  test('what Alice publishes reaches everyone in the topic, with their number, and nobody else', async () => {
    const [alice, bob, carol] = [await person(), await person(), await person()];
    for (const each of [alice, bob]) each.say({ type: 'subscribe', topics: ['room-1'] });
    carol.say({ type: 'subscribe', topics: ['room-2'] });
    for (const each of [alice, bob, carol]) await each.quiet();
    alice.say({ type: 'publish', topic: 'room-1', data: 'sealed' });
    await alice.quiet();
    for (const each of [bob, carol]) await each.quiet();
    expect(bob.heard).toEqual([{ type: 'publish', topic: 'room-1', data: 'sealed', clients: 2 }]);
    expect(carol.heard).toEqual([]);
    bob.say({ type: 'unsubscribe', topics: ['room-1'] });
    await bob.quiet();
    alice.say({ type: 'publish', topic: 'room-1', data: 'again' });
    await alice.quiet();
    await bob.quiet();
    expect(bob.heard).toHaveLength(1);
  });

  test('[R5] topics per socket and sockets per topic are bounded, and nobody publishes where they do not listen', async () => {
    const [alice, bob, carol] = [await person(), await person(), await person()];
    alice.say({ type: 'subscribe', topics: ['a', 'b', 'c', 'd'] });
    bob.say({ type: 'subscribe', topics: ['a'] });
    await bob.quiet();
    carol.say({ type: 'subscribe', topics: ['a', 'd'] });
    carol.say({ type: 'publish', topic: 'b', data: 'shout' });
    carol.say({ type: 'publish', topic: 'a', data: 'shout' });
    await carol.quiet();
    await alice.quiet();
    await bob.quiet();
    expect([...alice.heard, ...bob.heard, ...carol.heard]).toEqual([]);
  });

  test('nonsense ends the socket, an oversized message at once, and the others go on', async () => {
    const bob = await person();
    for (const text of [
      '{',
      '[]',
      '"x"',
      'null',
      '{}',
      '{"type":7}',
      '{"type":"publish"}',
      '{"type":"subscribe","topics":"a"}',
    ]) {
      bob.say(text);
      bob.say(text);
    }
    await once(bob.socket, 'close');
    const eve = await person();
    eve.say('x'.repeat(2001));
    await once(eve.socket, 'close');
    await (await person()).quiet();
  });
});
