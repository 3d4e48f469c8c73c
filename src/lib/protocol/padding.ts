/** Padmé padding: the size on the wire tells at most O(log log n) bits about the size inside. */
import { fail, ok } from '../foundation/result.ts';
import type { Result } from '../foundation/result.ts';

const MARK = 0x80;

/** The least Padmé length that holds `length` bytes: at most 12 % more, few distinct values. */
export function padmeLength(length: number): number {
  if (length < 2) return length;
  const exponent = 31 - Math.clz32(length);
  const significant = 32 - Math.clz32(exponent);
  const step = 2 ** (exponent - significant);
  return exponent <= significant ? length : Math.ceil(length / step) * step;
}

function paddedLength(length: number, least: number): number {
  return Math.max(least, padmeLength(length + 1));
}

/** `bytes` ‖ 0x80 ‖ 0x00… */
export function pad(bytes: Uint8Array, least: number): Uint8Array {
  const padded = new Uint8Array(paddedLength(bytes.length, least));
  padded.set(bytes);
  padded[bytes.length] = MARK;
  return padded;
}

/** Strict: exactly the padding that `pad` would have made, so that nobody hides bytes or a second reading in it. */
export function unpad(padded: Uint8Array, least: number): Result<Uint8Array> {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end--;
  if (end < 0 || padded[end] !== MARK) return fail('malformed', 'padding mark');
  if (paddedLength(end, least) !== padded.length) return fail('not-canonical', 'padding length');
  return ok(padded.subarray(0, end));
}
