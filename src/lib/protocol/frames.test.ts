import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unwrap } from '../foundation/result.ts';
import { ERROR_CODES } from '../foundation/error-codes.ts';
import { frame, FRAMES, mutate, mutation } from './arbitraries.fixture.ts';
import { byteOfWireCode, isWireErrorCode, wireCodeOfByte, wireErrorCode } from './frame-codes.ts';
import { authSignedBytes, decodeFrame, encodeFrame, MAX_FRAME_BYTES } from './frames.ts';
import type { Frame } from './frames.ts';
import { SYNC_CODECS } from './sync-frames.ts';
import { RELAY_CODECS } from './relay-frames.ts';

const kinds = Object.entries(FRAMES) as [string, fc.Arbitrary<Frame>][];

describe('frames', () => {
  test.each(kinds)('[X2] %s comes back as it went', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (given) => {
        expect(unwrap(decodeFrame(encodeFrame(given)))).toEqual(given);
      }),
      { numRuns: 50 },
    );
  });

  test('[X2] a mutated frame is refused, or is the one encoding of another frame', () => {
    fc.assert(
      fc.property(frame, mutation, (given, change) => {
        const mutated = mutate(encodeFrame(given), change);
        const decoded = decodeFrame(mutated);
        if (decoded.ok) expect(encodeFrame(decoded.value)).toEqual(mutated);
      }),
      { numRuns: 3000 },
    );
  });

  test('[X3] random bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(decodeFrame(bytes)).toHaveProperty('ok');
      }),
      { numRuns: 2000 },
    );
  });

  test('[X3] every kind has its own byte, and unknown bytes are refused', () => {
    const bytes = [...Object.values(SYNC_CODECS), ...Object.values(RELAY_CODECS)].map((codec) => codec.byte);
    expect(new Set([...bytes, 7, 8, 11]).size).toBe(bytes.length + 3);
    for (const byte of [0, 18, 31, 35, 49, 255]) {
      expect(decodeFrame(Uint8Array.of(byte, 0xa0))).toMatchObject({ ok: false, error: { code: 'unknown-type' } });
    }
  });

  test('[R5] an oversized or empty frame is refused before it is read', () => {
    expect(decodeFrame(new Uint8Array(MAX_FRAME_BYTES + 1))).toMatchObject({ ok: false, error: { code: 'oversized' } });
    expect(decodeFrame(new Uint8Array(0))).toMatchObject({ ok: false, error: { code: 'truncated' } });
    expect(decodeFrame(new Uint8Array(284).fill(7))).toMatchObject({ ok: false, error: { code: 'truncated' } });
    expect(decodeFrame(new Uint8Array(286).fill(8))).toMatchObject({ ok: false, error: { code: 'oversized' } });
  });

  test('[S1] intervals that touch, overlap or run backwards are refused: a frontier has one form', () => {
    const device = 'ab'.repeat(32) as never;
    const chains = (...intervals: [number, number][]) =>
      decodeFrame(
        encodeFrame({
          kind: 'frontier',
          space: device,
          mode: 'full',
          chains: [{ device, intervals, head: 'cd'.repeat(16) }],
        }),
      ).ok;
    expect(chains([0, 3], [5, 9])).toBe(true);
    expect(chains([0, 3], [4, 9])).toBe(false);
    expect(chains([0, 3], [2, 9])).toBe(false);
    expect(chains([3, 0])).toBe(false);
    expect(chains()).toBe(false);
  });

  test('[S1] a frontier of 4,096 chains fits a frame', () => {
    const chains = Array.from({ length: 4096 }, (_, i) => ({
      device: i.toString(16).padStart(64, '0') as never,
      intervals: [[0, 2 ** 40]] as const,
      head: 'cd'.repeat(16),
    }));
    const given: Frame = { kind: 'frontier', space: 'ab'.repeat(32) as never, mode: 'full', chains };
    expect(unwrap(decodeFrame(encodeFrame(given)))).toEqual(given);
  });

  test('[R1] the binding of a channel cannot flow into the nonce that follows it', () => {
    const place = { space: 'ab'.repeat(32) as never, device: 'cd'.repeat(32) as never };
    const one = authSignedBytes(Uint8Array.of(1, 2), { ...place, nonce: Uint8Array.of(3) });
    const other = authSignedBytes(Uint8Array.of(1), { ...place, nonce: Uint8Array.of(2, 3) });
    expect(one).not.toEqual(other);
  });
});

describe('error codes on the wire', () => {
  test('each travels as its own byte; what peers may not see travels as a plain refusal', () => {
    const wire = ERROR_CODES.filter(isWireErrorCode);
    for (const code of wire) expect(wireCodeOfByte(byteOfWireCode(code))).toBe(code);
    expect(new Set(wire.map(byteOfWireCode)).size).toBe(wire.length);
    expect(wireErrorCode('wrong-passphrase')).toBe('relay-refused');
    expect(wireCodeOfByte(0)).toBeUndefined();
  });
});
