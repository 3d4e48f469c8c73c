/**
 * Compression is ours, never Automerge's [G1]: a declared length, then raw deflate. The output bound is the declared
 * length, checked while inflating in small steps, so a bomb costs what an honest body of 8 MiB costs and no more.
 */
import { deflateSync, Inflate } from 'fflate';
import { ByteReader, concatBytes } from '../foundation/bytes.ts';
import { fail, ok } from '../foundation/result.ts';
import type { Result } from '../foundation/result.ts';

export const MAX_INFLATED_BYTES = 8 * 2 ** 20;
/** Deflate cannot do better than 1032 : 1, so a larger claim is a lie told to make us allocate. */
const MAX_RATIO = 1032;
/** Input given at once: bounds what one step can produce to about half a megabyte. */
const STEP_BYTES = 512;
const LENGTH_BYTES = 4;

/** Declared length (u32, big-endian) ‖ raw deflate. The body must not exceed `MAX_INFLATED_BYTES`. */
export function deflateBody(bytes: Uint8Array): Uint8Array {
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return concatBytes(length, deflateSync(bytes, { level: 6 }));
}

export function inflateBody(bytes: Uint8Array): Result<Uint8Array> {
  const reader = new ByteReader(bytes);
  const declared = reader.u32();
  if (reader.failed) return fail('truncated', 'no declared length');
  const compressed = reader.bytes(reader.remaining);
  if (declared > MAX_INFLATED_BYTES) return fail('gate-inflation', 'declared length');
  if (declared > compressed.length * MAX_RATIO) return fail('gate-inflation', 'impossible ratio');
  return inflateInto(new Uint8Array(declared), compressed);
}

function inflateInto(output: Uint8Array, compressed: Uint8Array): Result<Uint8Array> {
  const progress = { filled: 0 };
  const stream = new Inflate((chunk) => {
    if (progress.filled + chunk.length <= output.length) output.set(chunk, progress.filled);
    progress.filled += chunk.length;
  });
  try {
    for (let at = 0; at < compressed.length && progress.filled <= output.length; at += STEP_BYTES) {
      stream.push(compressed.subarray(at, at + STEP_BYTES), at + STEP_BYTES >= compressed.length);
    }
  } catch (cause) {
    return fail('malformed', cause instanceof Error ? `deflate: ${cause.message}` : 'deflate');
  }
  if (progress.filled > output.length) return fail('gate-inflation', 'more than declared');
  return progress.filled === output.length ? ok(output) : fail('malformed', 'less than declared');
}
