/**
 * A WebSocket client that costs next to nothing, so that a load of 140,000 messages a second fits beside the server that
 * is measured: it writes ready frames and reads only heads. Its mask is zero, which the protocol allows.
 */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

export type OnMessage = (bytes: Buffer, start: number, end: number) => void;

export class RawSocket {
  readonly #socket: Socket;
  onMessage: OnMessage = () => undefined;
  #rest: Buffer | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static open(port: number, path: string): Promise<RawSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.setNoDelay(true);
      socket.once('error', reject);
      socket.once('connect', () => {
        const key = randomBytes(16).toString('base64');
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${String(port)}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
            `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
        );
      });
      let head = Buffer.alloc(0);
      const onHead = (bytes: Buffer): void => {
        head = Buffer.concat([head, bytes]);
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        socket.off('data', onHead);
        if (!head.subarray(0, 12).toString().includes('101')) {
          reject(new Error(`no upgrade: ${head.subarray(0, end).toString()}`));
          return;
        }
        const raw = new RawSocket(socket);
        socket.on('error', () => socket.destroy());
        socket.on('data', (chunk: Buffer) => {
          raw.#read(chunk);
        });
        resolve(raw);
        if (head.length > end + 4) {
          const first = head.subarray(end + 4);
          queueMicrotask(() => {
            raw.#read(first);
          });
        }
      };
      socket.on('data', onHead);
    });
  }

  send(frame: Buffer): void {
    this.#socket.write(frame);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    let bytes = chunk;
    if (this.#rest !== undefined) {
      bytes = Buffer.concat([this.#rest, chunk]);
      this.#rest = undefined;
    }
    let at = 0;
    while (bytes.length - at >= 2) {
      let start = at + 2;
      let length = bytes[at + 1]! & 0x7f;
      if (length === 126) {
        if (bytes.length - at < 4) break;
        length = bytes.readUInt16BE(at + 2);
        start = at + 4;
      } else if (length === 127) {
        if (bytes.length - at < 10) break;
        length = Number(bytes.readBigUInt64BE(at + 2));
        start = at + 10;
      }
      if (bytes.length - start < length) break;
      this.#take(bytes, { at, start, end: start + length });
      at = start + length;
    }
    if (at < bytes.length) this.#rest = bytes.subarray(at);
  }

  #take(bytes: Buffer, { at, start, end }: { at: number; start: number; end: number }): void {
    const opcode = bytes[at]! & 0x0f;
    if (opcode === 9) this.send(framed(bytes.subarray(start, end), 0x8a));
    else if (opcode === 2) this.onMessage(bytes, start, end);
  }
}

/** A client's message, masked with zeros. */
export function framed(payload: Uint8Array, first = 0x82): Buffer {
  const { length } = payload;
  const headLength = length < 126 ? 6 : length < 65_536 ? 8 : 14;
  const frame = Buffer.alloc(headLength + length);
  frame[0] = first;
  if (length < 126) frame[1] = 0x80 | length;
  else if (length < 65_536) {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 0x80 | 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.set(payload, headLength);
  return frame;
}
