import { afterEach, describe, expect, test } from 'vitest';
import { EnvironmentError } from '../../foundation/result.ts';
import { connectRpc, serveRpc } from './rpc.ts';

interface Greeter {
  greet(name: string): Promise<string>;
  fail(): Promise<void>;
  secret(): Promise<string>;
  subscribe(listener: (event: string) => void): () => void;
}

class LocalGreeter implements Greeter {
  readonly listeners = new Set<(event: string) => void>();
  greet(name: string): Promise<string> {
    for (const listener of this.listeners) listener(`greeted ${name}`);
    return Promise.resolve(`hello ${name}`);
  }
  fail(): Promise<void> {
    return Promise.reject(new EnvironmentError('storage-full', { detail: 'quota' }));
  }
  secret(): Promise<string> {
    return Promise.resolve('not offered');
  }
  subscribe(listener: (event: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

const METHODS: ReadonlySet<string> = new Set(['greet', 'fail', 'never']);
const channels: MessageChannel[] = [];

function pair(): { client: Greeter; close: () => void; local: LocalGreeter } {
  const channel = new MessageChannel();
  channels.push(channel);
  channel.port1.start();
  channel.port2.start();
  const local = new LocalGreeter();
  serveRpc<string>(channel.port1, local, METHODS);
  const { remote, close } = connectRpc<string, Greeter>(channel.port2, METHODS);
  return { client: remote, close, local };
}

afterEach(() => {
  for (const channel of channels.splice(0)) channel.port1.close();
});

describe('calls across a worker border', () => {
  test('Alice gets her answer, and events arrive at whoever listens', async () => {
    const { client } = pair();
    const heard = new Promise((resolve) => client.subscribe(resolve));
    expect(await client.greet('Alice')).toBe('hello Alice');
    expect(await heard).toBe('greeted Alice');
  });

  test('a failure keeps its code', async () => {
    await expect(pair().client.fail()).rejects.toMatchObject({ code: 'storage-full' });
  });

  test('a method that was not offered cannot be called, even when the target has it', async () => {
    const channel = new MessageChannel();
    channels.push(channel);
    channel.port1.start();
    channel.port2.start();
    serveRpc<string>(channel.port1, new LocalGreeter(), METHODS);
    const { remote } = connectRpc<string, Greeter>(channel.port2, new Set(['secret']));
    await expect(remote.secret()).rejects.toMatchObject({ code: 'malformed' });
  });

  test('when the worker is given up, calls in flight and later calls fail instead of hanging', async () => {
    const { client, close } = pair();
    const inFlight = client.greet('Bob');
    close();
    await expect(inFlight).rejects.toMatchObject({ code: 'worker-died' });
    await expect(client.greet('Carol')).rejects.toMatchObject({ code: 'worker-died' });
  });
});
