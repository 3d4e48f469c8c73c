/**
 * WebSockets around the pure relay: upgrade, limits per address, heartbeat, backpressure. Outgoing messages are written as
 * ready bytes to the TCP socket; `ws` reads what comes in and answers control frames.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { RawData, WebSocket } from 'ws';
import { MAX_FRAME_BYTES } from '../../src/lib/protocol/frames.ts';
import type { Limits } from './limits.ts';
import type { FrameBatch, OutgoingSocket } from './outgoing.ts';
import { originFor } from './origin.ts';
import type { OriginRule } from './origin.ts';
import type { Relay } from './relay.ts';
import type { SignalRoom } from './signal-room.ts';

export interface ShellOptions {
  readonly server: Server;
  readonly relay: Relay;
  readonly signal: SignalRoom;
  readonly limits: Limits;
  readonly origin: OriginRule;
  readonly isBehindProxy: boolean;
}

const HEARTBEATS = 3;

export class SocketShell {
  readonly #options: ShellOptions;
  readonly #sync: WebSocketServer;
  readonly #signal: WebSocketServer;
  readonly #perAddress = new Map<string, number>();
  readonly #alive = new Map<WebSocket, number>();
  readonly #heartbeat: NodeJS.Timeout;

  constructor(options: ShellOptions) {
    this.#options = options;
    const shared = { noServer: true, clientTracking: false, perMessageDeflate: false };
    this.#sync = new WebSocketServer({ ...shared, maxPayload: MAX_FRAME_BYTES });
    this.#signal = new WebSocketServer({ ...shared, maxPayload: options.limits.signalBytes });
    options.server.on('upgrade', (request, socket, head) => {
      this.#onUpgrade(request, socket, head);
    });
    const everyMs = (options.limits.idleSeconds * 1000) / HEARTBEATS;
    this.#heartbeat = setInterval(() => {
      this.#beat();
    }, everyMs);
    this.#heartbeat.unref();
  }

  get socketCount(): number {
    return this.#alive.size;
  }

  /** Refuses newcomers; those who are here have been told BYE and get a moment to read it. */
  stop(): void {
    clearInterval(this.#heartbeat);
    for (const socket of this.#alive.keys()) socket.close(1001);
  }

  destroyAll(): void {
    for (const socket of this.#alive.keys()) socket.terminate();
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const path = (request.url ?? '').split('?', 1)[0];
    const server = path === '/sync' ? this.#sync : path === '/signal' ? this.#signal : undefined;
    if (server === undefined) {
      refuse(socket, '404 Not Found');
      return;
    }
    const address = this.#addressOf(request);
    const { limits, relay } = this.#options;
    const isFull =
      (this.#perAddress.get(address) ?? 0) >= limits.socketsPerAddress || this.#alive.size >= limits.sockets;
    if (isFull || !relay.mayConnect(address)) {
      refuse(socket, '429 Too Many Requests');
      return;
    }
    const origin = originFor(request.headers.host, this.#options.origin);
    if (origin === undefined) {
      refuse(socket, '421 Misdirected Request');
      return;
    }
    server.handleUpgrade(request, socket, head, (webSocket) => {
      this.#admit(webSocket, address);
      if (server === this.#sync) this.#serveSync(webSocket, socket, { origin, address });
      else this.#serveSignal(webSocket);
    });
  }

  #admit(socket: WebSocket, address: string): void {
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1);
    this.#alive.set(socket, HEARTBEATS);
    const isHeard = (): void => void this.#alive.set(socket, HEARTBEATS);
    socket.on('pong', isHeard);
    socket.on('message', isHeard);
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      this.#alive.delete(socket);
      const left = (this.#perAddress.get(address) ?? 1) - 1;
      if (left === 0) this.#perAddress.delete(address);
      else this.#perAddress.set(address, left);
    });
  }

  #serveSync(socket: WebSocket, raw: Duplex, from: { readonly origin: string; readonly address: string }): void {
    const connection = this.#options.relay.accept(outgoingOver(socket, raw), from);
    socket.on('message', (message: RawData, isBinary: boolean) => {
      if (isBinary && message instanceof Uint8Array) connection.receive(message);
      else connection.strike();
    });
    socket.on('close', () => {
      connection.onClosed();
    });
  }

  #serveSignal(socket: WebSocket): void {
    const { limits } = this.#options;
    const participant = this.#options.signal.join({
      send: (text) => {
        if (socket.bufferedAmount > limits.queueBytes / 8) socket.terminate();
        else if (socket.readyState === socket.OPEN) socket.send(text);
      },
      close: () => socket.close(1008),
    });
    socket.on('message', (message: RawData) => {
      if (message instanceof Uint8Array) participant.receive(Buffer.from(message).toString('utf8'));
    });
    socket.on('close', participant.leave);
  }

  #addressOf(request: IncomingMessage): string {
    const forwarded = this.#options.isBehindProxy ? request.headers['x-forwarded-for'] : undefined;
    const last = String(forwarded ?? '')
      .split(',')
      .at(-1)
      ?.trim();
    return last === undefined || last === '' ? (request.socket.remoteAddress ?? 'unknown') : last;
  }

  #beat(): void {
    for (const [socket, left] of this.#alive) {
      if (left <= 0) socket.terminate();
      else {
        this.#alive.set(socket, left - 1);
        socket.ping();
      }
    }
  }
}

function outgoingOver(socket: WebSocket, raw: Duplex): OutgoingSocket {
  return {
    send: (batches) => {
      if (socket.readyState !== socket.OPEN) return;
      raw.write(joined(batches));
    },
    queuedBytes: () => raw.writableLength,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.close(1000),
    destroy: () => socket.terminate(),
  };
}

/** One write costs more than copying what is small. */
function joined(batches: readonly FrameBatch[]): Buffer {
  const [first] = batches;
  return first !== undefined && batches.length === 1 ? first.wire : Buffer.concat(batches.map((each) => each.wire));
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
