/**
 * Compression is ours, never Automerge's [G1]: a declared length, then raw deflate. The output is a buffer of the
 * declared length and never grows, so a bomb costs what an honest body of 8 MiB costs and no more.
 */
import { deflateSync } from 'fflate';
import { ByteReader, concatBytes } from '../foundation/bytes.ts';
import { fail, ok } from '../foundation/result.ts';
import type { Result } from '../foundation/result.ts';
import { inflateInto } from './inflate.ts';

export const MAX_INFLATED_BYTES = 8 * 2 ** 20;
/** Deflate cannot do better than 1032 : 1, so a larger claim is a lie told to make us allocate. */
const MAX_RATIO = 1032;
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
  const output = new Uint8Array(declared);
  const outcome = inflateInto(output, compressed);
  if (outcome === 'over') return fail('gate-inflation', 'more than declared');
  return outcome === 'whole' ? ok(output) : fail('malformed', `deflate: ${outcome}`);
}
