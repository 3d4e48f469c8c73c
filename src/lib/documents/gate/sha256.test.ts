import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesToHex } from '../../foundation/bytes.ts';
import { sha256 } from './sha256.ts';

test('gives what Node gives, for every length around the block size and any content', () => {
  const both = (bytes: Uint8Array) => [bytesToHex(sha256(bytes)), createHash('sha256').update(bytes).digest('hex')];
  for (let length = 0; length < 200; length++) {
    const [ours, theirs] = both(Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 255));
    expect(ours).toBe(theirs);
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => {
      const [ours, theirs] = both(bytes);
      expect(ours).toBe(theirs);
    }),
  );
});
