/**
 * Frames on their way out as WebSocket messages. The bytes of a batch are built once, whoever and however many receive
 * it: server messages carry no mask, so one buffer serves every socket.
 */

/** What a socket must offer to the pure relay. */
export interface OutgoingSocket {
  /** In order; whole or not at all. Never throws. */
  send(batches: readonly FrameBatch[]): void;
  /** Bytes accepted and not yet taken by the network. */
  queuedBytes(): number;
  /** While paused nothing is received; what has already been received may still arrive. */
  pause(): void;
  resume(): void;
  /** After what was sent before. */
  close(): void;
  /** At once; for readers that no longer take anything. */
  destroy(): void;
}

export class FrameBatch {
  readonly frames: readonly Uint8Array[];
  #wire: Buffer | undefined;

  constructor(frames: readonly Uint8Array[]) {
    this.frames = frames;
  }

  get wire(): Buffer {
    this.#wire ??= toWire(this.frames);
    return this.#wire;
  }
}

const FINAL_BINARY = 0x82;

function toWire(frames: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const frame of frames) length += headBytes(frame.length) + frame.length;
  const wire = Buffer.allocUnsafe(length);
  let at = 0;
  for (const frame of frames) {
    at = writeHead(wire, at, frame.length);
    wire.set(frame, at);
    at += frame.length;
  }
  return wire;
}

function headBytes(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10;
}

function writeHead(wire: Buffer, at: number, length: number): number {
  wire[at] = FINAL_BINARY;
  if (length < 126) {
    wire[at + 1] = length;
    return at + 2;
  }
  if (length < 65_536) {
    wire[at + 1] = 126;
    return wire.writeUInt16BE(length, at + 2);
  }
  wire[at + 1] = 127;
  return wire.writeBigUInt64BE(BigInt(length), at + 2);
}
