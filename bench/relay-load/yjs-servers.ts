/** The peers: y-websocket's server and Hocuspocus, as their packages ship them, in memory, with updates of the same size. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { connect } from 'node:net';
import * as Y from 'yjs';
import { freePort } from '../../tests/support/free-port.ts';
import type { Shape } from './archipel.ts';
import type { LoadClient, System } from './measure.ts';
import { framed, RawSocket } from './raw-socket.ts';

const MARK_BYTES = 8;
/** Beside its content an update carries some 40 bytes; ours carries header, seal and signature. */
const OVERHEAD_BYTES = 300;
const SYNC = 0;
const SYNC_STEP_2_OR_UPDATE = 2;
const AUTH = 2;

export async function startYWebsocket(shape: Shape): Promise<System> {
  const port = await freePort();
  const server = fileURLToPath(new URL('./y-websocket-server.mjs', import.meta.url));
  const child = spawn(process.execPath, [server], {
    env: { ...process.env, HOST: '127.0.0.1', PORT: String(port) },
    stdio: 'ignore',
  });
  return startPeer('y-websocket', {
    port,
    child,
    shape,
    path: (room) => `/${room}`,
    wrap: (_, body) => body,
    greet: () => undefined,
  });
}

export async function startHocuspocus(shape: Shape): Promise<System> {
  const port = await freePort();
  const server = fileURLToPath(new URL('./hocuspocus-server.mjs', import.meta.url));
  const child = spawn(process.execPath, [server, String(port)], { stdio: ['ignore', 'ignore', 'inherit'] });
  const wrap = (room: string, body: Uint8Array): Uint8Array => Buffer.concat([varText(room), body]);
  const greet = (socket: RawSocket, room: string): void => socket.send(framed(wrap(room, Buffer.from([AUTH, 0, 0]))));
  return startPeer('Hocuspocus', { port, child, shape, path: () => '/', wrap, greet });
}

interface PeerOptions {
  readonly port: number;
  readonly child: ReturnType<typeof spawn>;
  readonly shape: Shape;
  readonly path: (room: string) => string;
  readonly wrap: (room: string, body: Uint8Array) => Uint8Array;
  readonly greet: (socket: RawSocket, room: string) => void;
}

async function startPeer(name: string, { port, child, shape, path, wrap, greet }: PeerOptions): Promise<System> {
  await reachable(port);
  const rooms: LoadClient[][] = [];
  for (let r = 0; r < shape.rooms; r++) {
    const room = `room-${String(r)}`;
    const clients: LoadClient[] = [];
    for (let c = 0; c < shape.clients; c++) {
      const socket = await RawSocket.open(port, path(room));
      greet(socket, room);
      clients.push({ socket, messages: updatesOf(r * 1000 + c, shape).map((body) => framed(wrap(room, body))) });
    }
    rooms.push(clients);
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  return {
    name,
    pid: child.pid ?? 0,
    rooms,
    markOf: (bytes, start, end) => {
      // Content stands at the end of an update, before the one byte of its empty delete set.
      const at = end - 1 - MARK_BYTES;
      if (end - start < shape.size || bytes[at] !== 0xa7) return undefined;
      return { writer: bytes.readUInt16BE(at + 1) * 256 + bytes[at + 3]!, n: bytes.readUInt32BE(at + 4) };
    },
    stop: async () => {
      for (const { socket } of rooms.flat()) socket.close();
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** One writer's updates: each appends one binary item that ends in its mark. */
function updatesOf(writer: number, { messages, size }: Shape): Uint8Array[] {
  const doc = new Y.Doc();
  const list = doc.getArray<Uint8Array>('log');
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) =>
    updates.push(Buffer.concat([Buffer.from([SYNC, SYNC_STEP_2_OR_UPDATE]), varBytes(update)])),
  );
  for (let n = 0; n < messages; n++) {
    const content = Buffer.alloc(size + OVERHEAD_BYTES - 40, 7);
    const at = content.length - MARK_BYTES;
    content[at] = 0xa7;
    content.writeUInt16BE(writer >> 8, at + 1);
    content[at + 3] = writer & 255;
    content.writeUInt32BE(n, at + 4);
    list.push([new Uint8Array(content)]);
  }
  return updates;
}

function varUint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push(128 | (rest & 127));
  return [...bytes, rest];
}

function varBytes(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(varUint(bytes.length)), bytes]);
}

function varText(text: string): Uint8Array {
  return varBytes(Buffer.from(text));
}

async function reachable(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing listens on ${String(port)}`);
}
