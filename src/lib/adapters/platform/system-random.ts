import type { Random } from '../../foundation/random.ts';

/** What `getRandomValues` gives at once. */
const MAX_BYTES = 65_536;

export class SystemRandom implements Random {
  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += MAX_BYTES) crypto.getRandomValues(bytes.subarray(at, at + MAX_BYTES));
    return bytes;
  }
}
