/**
 * A socket to one relay that comes back by itself: every connection is a new Transport. The relay must say the very origin
 * that was dialled, or the socket is closed before a proof is made: a relay in the middle cannot pass on another's [R1].
 */
import type { Random } from '../../foundation/random.ts';
import type { Scheduler } from '../../foundation/scheduler.ts';
import { decodeFrame, MAX_FRAME_BYTES, relayBinding } from '../../protocol/frames.ts';
import type { Transport, TransportListener } from '../../sync/transport.ts';

export type RelaySocketState =
  | 'connecting'
  | 'connected'
  /** Lost or refused; the next try is due. */
  | 'waiting'
  /** The relay names another origin than the one dialled: an operator's mistake or an attack. Tried again, slowly. */
  | 'misdirected'
  | 'closed';

/** What is used of a browser's or Node's WebSocket. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  onopen: ((event: never) => unknown) | null;
  onclose: ((event: never) => unknown) | null;
  onerror: ((event: never) => unknown) | null;
  onmessage: ((event: never) => unknown) | null;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

export interface RelaySocketOptions {
  /** Such as `wss://relay.example/sync`. */
  readonly url: string;
  readonly WebSocket: new (url: string) => WebSocketLike;
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** The key this relay proved before, where it is remembered: another key is then refused. */
  readonly relayKey?: Uint8Array;
  readonly onTransport: (transport: Transport) => void;
  readonly onState?: (state: RelaySocketState) => void;
}

export interface RelaySocket {
  /** Does not wait for the next try: the network is said to be back, or a person asks. */
  connectNow(): void;
  /** The network is said to be gone: what is open carries nothing more. Tries go on, for what is said may be wrong. */
  drop(): void;
  close(): void;
}

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 15_000;
/** A connection that lived this long was a good one: the next loss begins with a short pause again. */
const GOOD_AFTER_MS = 10_000;
const CONNECT_WITHIN_MS = 10_000;
const HELLO_BYTE = 1;

export function createRelaySocket(options: RelaySocketOptions): RelaySocket {
  const socket = new ReturningSocket(options);
  socket.connectNow();
  return socket;
}

/** The origin as relays name it: scheme and host, `wss://relay.example`. */
export function relayOriginOf(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

class ReturningSocket implements RelaySocket {
  readonly #options: RelaySocketOptions;
  #current: SocketTransport | undefined;
  #cancelRetry: (() => void) | undefined;
  #cancelGood: (() => void) | undefined;
  #losses = 0;
  #isClosed = false;

  constructor(options: RelaySocketOptions) {
    this.#options = options;
  }

  connectNow(): void {
    if (this.#isClosed || this.#current !== undefined) return;
    this.#losses = 0;
    this.#connect();
  }

  drop(): void {
    this.#current?.close();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelRetry?.();
    this.#current?.close();
    this.#say('closed');
  }

  #connect(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.#say('connecting');
    const transport: SocketTransport = new SocketTransport(this.#options, {
      onOpen: () => {
        this.#cancelGood = this.#options.scheduler.after(GOOD_AFTER_MS, () => (this.#losses = 0));
        this.#say('connected');
        this.#options.onTransport(transport);
      },
      onLost: (state) => {
        this.#onLost(state);
      },
    });
    this.#current = transport;
    transport.connect();
  }

  #onLost(state: 'waiting' | 'misdirected'): void {
    this.#cancelGood?.();
    this.#current = undefined;
    if (this.#isClosed) return;
    if (state === 'misdirected') this.#losses = Math.max(this.#losses, 6);
    this.#say(state);
    this.#cancelRetry = this.#options.scheduler.after(this.#pauseMs(), () => {
      this.#connect();
    });
    this.#losses++;
  }

  /** Doubles, with half of it left to chance, so that clients of a relay that restarts do not return at one moment. */
  #pauseMs(): number {
    const [high = 0, low = 0] = this.#options.random.bytes(2);
    const chance = (high * 256 + low) / 65_536;
    return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#losses) * (0.5 + chance / 2);
  }

  #say(state: RelaySocketState): void {
    this.#options.onState?.(state);
  }
}

interface SocketFate {
  onOpen(): void;
  onLost(state: 'waiting' | 'misdirected'): void;
}

class SocketTransport implements Transport {
  readonly side = 'relay';
  readonly binding: Uint8Array;
  readonly #options: RelaySocketOptions;
  readonly #fate: SocketFate;
  readonly #early: Uint8Array[] = [];
  #socket: WebSocketLike | undefined;
  #listener: TransportListener | undefined;
  #phase: 'connecting' | 'open' | 'gone' = 'connecting';
  #cancelConnect: (() => void) | undefined;

  constructor(options: RelaySocketOptions, fate: SocketFate) {
    const { url, relayKey } = options;
    this.#options = options;
    this.#fate = fate;
    this.binding =
      relayKey === undefined ? new Uint8Array(0) : relayBinding({ origin: relayOriginOf(url), key: relayKey });
  }

  connect(): void {
    const socket = new this.#options.WebSocket(this.#options.url);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      if (this.#phase !== 'connecting') return;
      this.#phase = 'open';
      this.#cancelConnect?.();
      this.#fate.onOpen();
    };
    socket.onmessage = (event: { readonly data: unknown }) => {
      if (event.data instanceof ArrayBuffer) this.#receive(new Uint8Array(event.data));
    };
    // The close event follows and says it once.
    socket.onerror = () => undefined;
    socket.onclose = () => {
      this.#end('waiting');
    };
    this.#cancelConnect = this.#options.scheduler.after(CONNECT_WITHIN_MS, () => {
      this.#end('waiting');
    });
  }

  send(frame: Uint8Array): void {
    if (this.#phase !== 'open' || frame.length > MAX_FRAME_BYTES) return;
    this.#socket?.send(frame as Uint8Array<ArrayBuffer>);
  }

  bufferedBytes(): number {
    return this.#phase === 'open' ? (this.#socket?.bufferedAmount ?? 0) : 0;
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    for (const frame of this.#early.splice(0)) listener.onFrame(frame);
  }

  close(): void {
    this.#end('waiting');
  }

  #receive(frame: Uint8Array): void {
    if (this.#phase !== 'open') return;
    if (frame[0] === HELLO_BYTE && !this.#isFromDialled(frame)) this.#end('misdirected');
    else if (this.#listener === undefined) this.#early.push(frame);
    else this.#listener.onFrame(frame);
  }

  #isFromDialled(frame: Uint8Array): boolean {
    const hello = decodeFrame(frame);
    if (!hello.ok || hello.value.kind !== 'hello') return false;
    return hello.value.relay?.origin === relayOriginOf(this.#options.url);
  }

  #end(state: 'waiting' | 'misdirected'): void {
    if (this.#phase === 'gone') return;
    const wasOpen = this.#phase === 'open';
    this.#phase = 'gone';
    this.#cancelConnect?.();
    this.#socket?.close();
    if (wasOpen) this.#listener?.onClose();
    this.#fate.onLost(state);
  }
}
