import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unwrap } from '../foundation/result.ts';
import { id, mutate, mutation } from './arbitraries.fixture.ts';
import { BundleDecoder, encodeBundle } from './bundle.ts';
import { MAX_FRAME_BYTES } from './frames.ts';

const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 });

function read(file: Uint8Array, pieceBytes: number) {
  const decoder = new BundleDecoder();
  const found: Uint8Array[] = [];
  for (let at = 0; at < file.length; at += pieceBytes) {
    const piece = decoder.push(file.slice(at, at + pieceBytes));
    if (!piece.ok) return { outcome: piece, found };
    found.push(...piece.value);
  }
  return { outcome: decoder.finish(), found, space: decoder.space };
}

describe('bundle', () => {
  test('[S4] Alice carries a file to Bob; in pieces of any size it gives the same frames', () => {
    fc.assert(
      fc.property(id('SpaceId'), frames, fc.integer({ min: 1, max: 700 }), (space, given, pieceBytes) => {
        const { outcome, found, space: named } = read(encodeBundle(space, given), pieceBytes);
        expect(outcome).toEqual({ ok: true, value: given.length });
        expect(found).toEqual(given);
        expect(named).toBe(space);
      }),
    );
  });

  test('[S4] a cut file is told from a whole one, wherever it was cut', () => {
    const file = encodeBundle('ab'.repeat(32) as never, [new Uint8Array(20), new Uint8Array(30)]);
    for (let length = 0; length < file.length; length++)
      expect(read(file.subarray(0, length), 16).outcome.ok).toBe(false);
  });

  test('[S4] mutated bundles are refused or give other frames, and never throw', () => {
    fc.assert(
      fc.property(frames, mutation, (given, change) => {
        const file = encodeBundle('ab'.repeat(32) as never, given);
        const { outcome, found } = read(mutate(file, change), 64);
        if (outcome.ok) expect(found.length).toBe(outcome.value);
      }),
      { numRuns: 500 },
    );
  });

  test('[S4] what is not a bundle, of another version, or holds an oversized frame is refused with its code', () => {
    const file = encodeBundle('ab'.repeat(32) as never, [new Uint8Array(20)]);
    const codeOf = (bytes: Uint8Array) => {
      const { outcome } = read(bytes, 4096);
      return outcome.ok ? 'ok' : outcome.error.code;
    };
    expect(codeOf(new TextEncoder().encode('PK\u0003\u0004 a zip file of some forty bytes or more'))).toBe(
      'not-a-bundle',
    );
    expect(codeOf(file.map((byte, i) => (i === 4 ? 2 : byte)))).toBe('unknown-version');
    const huge = file.slice();
    new DataView(huge.buffer).setUint32(37, MAX_FRAME_BYTES + 1);
    expect(codeOf(huge)).toBe('oversized');
    expect(codeOf(Uint8Array.of(...file, 0))).toBe('malformed');
    expect(codeOf(new Uint8Array(0))).toBe('not-a-bundle');
  });

  test('[S4] after a failure the decoder stays failed', () => {
    const decoder = new BundleDecoder();
    expect(decoder.push(new Uint8Array(64)).ok).toBe(false);
    expect(decoder.push(encodeBundle('ab'.repeat(32) as never, [])).ok).toBe(false);
    expect(decoder.finish().ok).toBe(false);
    expect(unwrap(new BundleDecoder().push(new Uint8Array(0)))).toEqual([]);
  });
});
