import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unwrap } from '../foundation/result.ts';
import { AEAD_TAG_BYTES, MAX_CIPHERTEXT_BYTES } from './envelope.ts';
import { pad, padmeLength, unpad } from './padding.ts';
import { MAX_PAYLOAD_BYTES, padPayload, unpadPayload } from './payload.ts';

describe('padding', () => {
  test('Padmé never shrinks, adds at most 12 %, and is its own fixed point', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 21), (length) => {
        const padded = padmeLength(length);
        expect(padded).toBeGreaterThanOrEqual(length);
        expect(padded).toBeLessThanOrEqual(Math.ceil(length * 1.12) + 1);
        expect(padmeLength(padded)).toBe(padded);
      }),
    );
  });

  test('Padmé of known lengths', () => {
    expect([0, 1, 8, 9, 100, 257, 1000, 2 ** 20].map(padmeLength)).toEqual([0, 1, 8, 10, 104, 272, 1024, 2 ** 20]);
  });

  test('one key press and one sentence look alike: 256 bytes', () => {
    for (const length of [0, 1, 100, 255]) expect(padPayload(new Uint8Array(length)).length).toBe(256);
    expect(padPayload(new Uint8Array(256)).length).toBe(272);
  });

  test('the longest payload fits an envelope once padded and sealed, one more byte does not', () => {
    expect(padPayload(new Uint8Array(MAX_PAYLOAD_BYTES)).length + AEAD_TAG_BYTES).toBeLessThanOrEqual(
      MAX_CIPHERTEXT_BYTES,
    );
    expect(padPayload(new Uint8Array(MAX_PAYLOAD_BYTES + 1)).length + AEAD_TAG_BYTES).toBeGreaterThan(
      MAX_CIPHERTEXT_BYTES,
    );
  });

  test('[X2] what was padded comes back, and any other padding of it is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 800 }), fc.integer({ min: 1, max: 64 }), (bytes, extra) => {
        const padded = padPayload(bytes);
        expect(unwrap(unpadPayload(padded))).toEqual(bytes);
        expect(unpadPayload(Uint8Array.of(...padded, ...new Uint8Array(extra))).ok).toBe(false);
        expect(unpadPayload(padded.map((byte, i) => (i === padded.length - 1 ? byte ^ 1 : byte))).ok).toBe(false);
      }),
    );
  });

  test('[X2] nothing but zeros is refused', () => {
    expect(unpad(new Uint8Array(256), 256).ok).toBe(false);
    expect(unpad(new Uint8Array(0), 256).ok).toBe(false);
    expect(unwrap(unpad(pad(new Uint8Array(3), 8), 8))).toEqual(new Uint8Array(3));
  });
});
