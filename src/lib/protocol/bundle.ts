/**
 * A bundle file [S4]: "LFB1" ‖ version ‖ space ‖ (u32 length ‖ frame)… ‖ u32 0 ‖ u32 count. It carries the frames of
 * one space and goes through the same code as a link. The count at the end tells a whole file from a cut one.
 */
import { ByteReader, ByteWriter, concatBytes } from '../foundation/bytes.ts';
import { idFromBytes, idToBytes } from '../foundation/ids.ts';
import type { SpaceId } from '../foundation/ids.ts';
import { fail, ok } from '../foundation/result.ts';
import type { Result } from '../foundation/result.ts';
import { MAX_FRAME_BYTES } from './frames.ts';

const MAGIC = 0x4c464231; // "LFB1"
const VERSION = 1;
const HEADER_BYTES = 37;
const LENGTH_BYTES = 4;
const NOTHING = new Uint8Array(0);

export function bundleHeader(space: SpaceId): Uint8Array {
  return new ByteWriter(HEADER_BYTES).u32(MAGIC).u8(VERSION).bytes(idToBytes(space)).finish();
}

/** One frame as it stands in the file. */
export function bundleFrame(frame: Uint8Array): Uint8Array {
  return new ByteWriter(LENGTH_BYTES + frame.length).u32(frame.length).bytes(frame).finish();
}

export function bundleTrailer(frameCount: number): Uint8Array {
  return new ByteWriter(2 * LENGTH_BYTES).u32(0).u32(frameCount).finish();
}

export function encodeBundle(space: SpaceId, frames: readonly Uint8Array[]): Uint8Array {
  return concatBytes(bundleHeader(space), ...frames.map(bundleFrame), bundleTrailer(frames.length));
}

/** Whether a file that is held in memory is whole: to be asked where nothing of a cut file may be taken. */
export function checkBundle(bytes: Uint8Array): Result<number> {
  const decoder = new BundleDecoder();
  const frames = decoder.push(bytes);
  return frames.ok ? decoder.finish() : frames;
}

/** Reads a bundle piece by piece, holding at most one frame and one piece. After a failure it stays failed. */
export class BundleDecoder {
  #held: Uint8Array = NOTHING;
  #space: SpaceId | undefined;
  #count = 0;
  #isEnded = false;
  #failure: Result<never> | undefined;

  /** Known once the first 37 bytes were pushed. */
  get space(): SpaceId | undefined {
    return this.#space;
  }

  /** The whole frames that this piece completed, still undecoded; views on memory the caller may keep. */
  push(piece: Uint8Array): Result<readonly Uint8Array[]> {
    if (this.#failure !== undefined) return this.#failure;
    this.#held = concatBytes(this.#held, piece);
    const frames: Uint8Array[] = [];
    let at = this.#space === undefined ? this.#readHeader() : 0;
    while (this.#space !== undefined && !this.#hasFailed()) {
      const next = this.#readFrame(at, frames);
      if (next === undefined) break;
      at = next;
    }
    this.#held = this.#held.subarray(at);
    return this.#outcome(frames);
  }

  /** Call once the file has ended: the number of frames, if the file was whole. */
  finish(): Result<number> {
    if (this.#failure !== undefined) return this.#failure;
    if (this.#space === undefined) return fail('not-a-bundle', 'shorter than its header');
    return this.#isEnded ? ok(this.#count) : fail('truncated', 'bundle');
  }

  #outcome(frames: readonly Uint8Array[]): Result<readonly Uint8Array[]> {
    return this.#failure ?? ok(frames);
  }

  #hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  #readHeader(): number {
    if (this.#held.length < HEADER_BYTES) return 0;
    const reader = new ByteReader(this.#held);
    if (reader.u32() !== MAGIC) this.#failure = fail('not-a-bundle', 'magic');
    else if (reader.u8() !== VERSION) this.#failure = fail('unknown-version', 'bundle');
    else this.#space = idFromBytes('SpaceId', reader.bytes(32));
    return HEADER_BYTES;
  }

  /** Where the next frame starts, or undefined when more bytes are needed or the end was reached. */
  #readFrame(at: number, frames: Uint8Array[]): number | undefined {
    const reader = new ByteReader(this.#held.subarray(at));
    if (this.#isEnded) {
      if (reader.remaining > 0) this.#failure = fail('malformed', 'bytes after the bundle');
      return undefined;
    }
    if (reader.remaining < LENGTH_BYTES) return undefined;
    const length = reader.u32();
    if (length > MAX_FRAME_BYTES) {
      this.#failure = fail('oversized', 'frame in a bundle');
      return undefined;
    }
    if (length === 0) return this.#readTrailer(reader, at);
    if (reader.remaining < length) return undefined;
    frames.push(reader.bytes(length));
    this.#count++;
    return at + LENGTH_BYTES + length;
  }

  #readTrailer(reader: ByteReader, at: number): number | undefined {
    if (reader.remaining < LENGTH_BYTES) return undefined;
    if (reader.u32() !== this.#count) {
      this.#failure = fail('malformed', 'bundle counts another number of frames');
      return undefined;
    }
    this.#isEnded = true;
    return at + 2 * LENGTH_BYTES;
  }
}
