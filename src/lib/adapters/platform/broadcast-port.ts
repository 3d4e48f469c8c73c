/**
 * One conversation over a shared BroadcastChannel. A server hears every client and answers each by its name; messages
 * sent before a server is there wait, and go out once it says that it is.
 */
import type { PortLike } from './rpc.ts';

type Listener = (event: MessageEvent<unknown>) => void;

export interface Addressed {
  readonly from: 'client' | 'server';
  readonly client: string;
  readonly body?: unknown;
  /** A server's name, announced at its start and in answer to `who`. */
  readonly server?: string;
  readonly who?: true;
}

export class BroadcastPort implements PortLike {
  readonly #channel: BroadcastChannel;
  readonly #side: 'client' | 'server';
  readonly #client: string;
  readonly #listeners = new Set<Listener>();
  readonly #waiting: unknown[] = [];
  readonly #onServerChange = new Set<() => void>();
  #server: string | undefined;

  constructor(channel: BroadcastChannel, side: 'client' | 'server', client: string) {
    this.#channel = channel;
    this.#side = side;
    this.#client = client;
    channel.addEventListener('message', (event: MessageEvent<unknown>) => this.receive(event.data as Addressed));
    if (side === 'client') this.#channel.postMessage({ from: 'client', client, who: true } satisfies Addressed);
  }

  onServerChange(listener: () => void): void {
    this.#onServerChange.add(listener);
  }

  postMessage(body: unknown): void {
    if (this.#side === 'client' && this.#server === undefined) this.#waiting.push(body);
    else this.#channel.postMessage({ from: this.#side, client: this.#client, body } satisfies Addressed);
  }

  addEventListener(_type: 'message', listener: Listener): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: 'message', listener: Listener): void {
    this.#listeners.delete(listener);
  }

  /** Takes one message of the channel; also called by the server for the message that introduced the client. */
  receive(message: Addressed): void {
    if (message.from === this.#side) return;
    if (message.server !== undefined) this.#meet(message.server);
    else if (message.client === this.#client && message.body !== undefined) {
      for (const listener of this.#listeners) listener(new MessageEvent('message', { data: message.body }));
    }
  }

  #meet(server: string): void {
    if (server === this.#server) return;
    const isFirst = this.#server === undefined;
    this.#server = server;
    if (!isFirst) {
      // The new one tells its events only to whom it has heard.
      this.#channel.postMessage({ from: 'client', client: this.#client, who: true } satisfies Addressed);
      for (const listener of this.#onServerChange) listener();
    }
    for (const body of this.#waiting.splice(0)) this.postMessage(body);
  }
}

/** Serves every client that speaks on the channel; `accept` is called once for each new one. */
export function acceptBroadcastClients(
  channel: BroadcastChannel,
  server: string,
  accept: (port: PortLike) => void,
): void {
  const known = new Set<string>();
  channel.addEventListener('message', (event: MessageEvent<unknown>) => {
    const message = event.data as Addressed;
    if (message.from !== 'client') return;
    if (message.who) channel.postMessage({ from: 'server', client: message.client, server } satisfies Addressed);
    if (known.has(message.client)) return;
    known.add(message.client);
    const port = new BroadcastPort(channel, 'server', message.client);
    accept(port);
    port.receive(message);
  });
  channel.postMessage({ from: 'server', client: '', server } satisfies Addressed);
}
