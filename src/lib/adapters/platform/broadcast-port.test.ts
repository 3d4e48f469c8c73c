import { afterEach, describe, expect, test } from 'vitest';
import { acceptBroadcastClients, BroadcastPort } from './broadcast-port.ts';
import { connectRpc, serveRpc, tellClient } from './rpc.ts';

interface Counter {
  next(): Promise<number>;
  subscribe(listener: (event: number) => void): () => void;
}

function counter(start: number): Counter {
  let count = start;
  return { next: () => Promise.resolve(++count), subscribe: () => () => undefined };
}

const METHODS: ReadonlySet<string> = new Set(['next']);
const channels: BroadcastChannel[] = [];

function channel(name: string): BroadcastChannel {
  const opened = new BroadcastChannel(name);
  channels.push(opened);
  return opened;
}

function serve(name: string, server: string, start: number): BroadcastChannel {
  const own = channel(name);
  acceptBroadcastClients(own, server, (port) => serveRpc<number>(port, counter(start), METHODS));
  return own;
}

function client(name: string, id: string): { counter: Counter; port: BroadcastPort } {
  const port = new BroadcastPort(channel(name), 'client', id);
  return { counter: connectRpc<number, Counter>(port, METHODS).remote, port };
}

afterEach(() => {
  for (const opened of channels.splice(0)) opened.close();
});

describe('one engine for tabs without SharedWorker', () => {
  test('two tabs speak to one engine and each hears only its own answers', async () => {
    serve('one', 'engine-a', 0);
    const [alice, bob] = [client('one', 'alice'), client('one', 'bob')];
    expect(await alice.counter.next()).toBe(1);
    expect(await bob.counter.next()).toBe(1);
    expect(await alice.counter.next()).toBe(2);
  });

  test('what a tab asks before any engine stands waits for it', async () => {
    const { counter: early } = client('two', 'alice');
    const answer = early.next();
    serve('two', 'engine-a', 41);
    expect(await answer).toBe(42);
  });

  test('when the engine moves to another tab, clients are told and the new one answers', async () => {
    const first = serve('three', 'engine-a', 0);
    const { counter: tab, port } = client('three', 'alice');
    expect(await tab.next()).toBe(1);
    const moved = new Promise<void>((resolve) => port.onServerChange(resolve));
    first.close();
    serve('three', 'engine-b', 100);
    await moved;
    expect(await tab.next()).toBe(101);
  });

  test('what the old engine left unanswered is asked of the new one, and its events reach a tab that asks nothing', async () => {
    const name = 'four';
    const first = channel(name);
    acceptBroadcastClients(first, 'engine-a', () => undefined);
    const port = new BroadcastPort(channel(name), 'client', 'alice');
    const { remote, askAgain } = connectRpc<number, Counter>(port, METHODS);
    port.onServerChange(askAgain);
    const answer = remote.next();
    const heard = new Promise<number>((resolve) => remote.subscribe(resolve));
    await new Promise<void>((resolve) => {
      const probe = channel(name);
      probe.addEventListener('message', () => resolve());
      probe.postMessage({ from: 'client', client: 'probe', who: true });
    });
    first.close();
    acceptBroadcastClients(channel(name), 'engine-b', (accepted) => {
      serveRpc<number>(accepted, counter(100), METHODS);
      tellClient(accepted, 7);
    });
    expect(await answer).toBe(101);
    expect(await heard).toBe(7);
  });
});
