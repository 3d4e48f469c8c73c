import { deflateRawSync, inflateRawSync, constants } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, utf8 } from '../foundation/bytes.ts';
import { mutate, mutation } from './arbitraries.fixture.ts';
import { inflateInto } from './inflate.ts';

/** From noise to long repeats, so that stored, fixed and dynamic blocks all occur. */
const body = fc
  .tuple(fc.uint8Array({ maxLength: 400 }), fc.string({ unit: 'grapheme', maxLength: 200 }), fc.nat(60))
  .map(([noise, text, times]) => concatBytes(noise, ...Array.from({ length: times }, () => utf8(text)), noise));

const options = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  strategy: fc.constantFrom(constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED, constants.Z_HUFFMAN_ONLY, constants.Z_RLE),
});

function zlib(input: Uint8Array): Uint8Array | undefined {
  try {
    return inflateRawSync(input);
  } catch {
    return undefined;
  }
}

describe('inflate', () => {
  test('[G1] whatever zlib deflates comes back whole', () => {
    fc.assert(
      fc.property(body, options, (bytes, how) => {
        const output = new Uint8Array(bytes.length);
        expect(inflateInto(output, deflateRawSync(bytes, how))).toBe('whole');
        expect(output).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });

  test('[G1] a mutated stream gets the verdict and the bytes that zlib gives', () => {
    fc.assert(
      fc.property(body, options, mutation, (bytes, how, change) => {
        const input = mutate(deflateRawSync(bytes, how), change);
        const theirs = zlib(input);
        const output = new Uint8Array(theirs?.length ?? 100_000);
        const ours = inflateInto(output, input);
        if (ours === 'whole') expect(output).toEqual(new Uint8Array(theirs ?? []));
        if (theirs === undefined) expect(['malformed', 'over']).toContain(ours);
        // zlib stops at the last block and ignores what follows; we refuse it.
        else if (ours !== 'whole') expect(zlib(input.subarray(0, -1))).toEqual(theirs);
      }),
      { numRuns: 5000 },
    );
  });

  test('[G1] nothing is written past the output, and too little is told from too much', () => {
    const bytes = utf8('The courtyard was swept. '.repeat(50));
    const input = deflateRawSync(bytes);
    expect(inflateInto(new Uint8Array(bytes.length - 1), input)).toBe('over');
    expect(inflateInto(new Uint8Array(bytes.length + 1), input)).toBe('short');
    expect(inflateInto(new Uint8Array(bytes.length), concatBytes(input, Uint8Array.of(0)))).toBe('malformed');
    expect(inflateInto(new Uint8Array(0), new Uint8Array(0))).toBe('malformed');
  });
});
