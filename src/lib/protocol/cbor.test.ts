import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter, bytesToHex, hexToBytes } from '../foundation/bytes.ts';
import { unwrap } from '../foundation/result.ts';
import { mutate, mutation } from './arbitraries.fixture.ts';
import type { CborValue } from './cbor.ts';
import { cborMap, decodeCbor, encodeCbor, writeCborFields } from './cbor.ts';

/** RFC 8949, appendix A: the rows that fall into the subset. */
const INSIDE: readonly (readonly [string, CborValue])[] = [
  ['00', 0],
  ['01', 1],
  ['0a', 10],
  ['17', 23],
  ['1818', 24],
  ['1819', 25],
  ['1864', 100],
  ['1903e8', 1000],
  ['1a000f4240', 1_000_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['20', -1],
  ['29', -10],
  ['3863', -100],
  ['3903e7', -1000],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['40', new Uint8Array(0)],
  ['4401020304', Uint8Array.of(1, 2, 3, 4)],
  ['60', ''],
  ['6161', 'a'],
  ['6449455446', 'IETF'],
  ['62225c', '"\\'],
  ['62c3bc', 'ü'],
  ['63e6b0b4', '水'],
  ['64f0908591', '\u{10151}'],
  ['80', []],
  ['83010203', [1, 2, 3]],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['98190102030405060708090a0b0c0d0e0f101112131415161718181819', Array.from({ length: 25 }, (_, i) => i + 1)],
  ['a0', new Map()],
  [
    'a201020304',
    new Map([
      [1, 2],
      [3, 4],
    ]),
  ],
];

/** Well-formed CBOR of the same appendix that the subset refuses. */
const OUTSIDE: Readonly<Record<string, readonly string[]>> = {
  floats: ['f90000', 'f93c00', 'fb3ff199999999999a', 'fa47c35000', 'f97e00', 'fb7ff0000000000000'],
  'integers beyond 2^53': ['1bffffffffffffffff', '3bffffffffffffffff', '1b0020000000000000', '3b001fffffffffffff'],
  tags: ['c249010000000000000000', 'c074323031332d30332d32315432303a30343a30305a', 'd74401020304', 'd818456449455446'],
  'other simple values': ['f7', 'f0', 'f8ff'],
  'indefinite lengths': [
    '5f42010243030405ff',
    '7f657374726561646d696e67ff',
    '9fff',
    '9f018202039f0405ffff',
    'bf61610161629f0203ffff',
  ],
  'text keys': ['a26161016162820203', 'a56161614161626142616361436164614461656145'],
  'negative keys': ['a12001'],
};

describe('CBOR subset', () => {
  test.each(INSIDE)('[X2] RFC 8949 %s both ways', (hex, value) => {
    expect(unwrap(decodeCbor(hexToBytes(hex)))).toEqual(value);
    expect(bytesToHex(encodeCbor(value))).toBe(hex);
  });

  test.each(Object.entries(OUTSIDE))('[X2] %s are refused', (_, hexes) => {
    for (const hex of hexes) expect(decodeCbor(hexToBytes(hex)).ok).toBe(false);
  });

  test.each(['1800', '1817', '1900ff', '1a0000ffff', '1b00000000ffffffff', '5800', '7801 61', '980100', 'b801 0000'])(
    '[X2] %s is not the shortest form',
    (hex) => {
      expect(decodeCbor(hexToBytes(hex.replace(' ', '')))).toMatchObject({
        ok: false,
        error: { code: 'not-canonical' },
      });
    },
  );

  test.each(['a201020101', 'a203040102'])('[X2] %s: keys repeat or descend', (hex) => {
    expect(decodeCbor(hexToBytes(hex))).toMatchObject({ ok: false, error: { code: 'not-canonical' } });
  });

  test.each(['', '18', '19ff', '1a000000', '1b00000000000000', '41', '6161'.slice(0, 2), '81', 'a1', 'a101', '8201'])(
    '[X2] "%s" ends early',
    (hex) => {
      expect(decodeCbor(hexToBytes(hex))).toMatchObject({ ok: false, error: { code: 'truncated' } });
    },
  );

  test('[X2] a count larger than the input allocates nothing', () => {
    for (const hex of ['9affffffff', 'baffffffff', '5affffffff', '9b001fffffffffffff']) {
      expect(decodeCbor(hexToBytes(hex))).toMatchObject({ ok: false, error: { code: 'truncated' } });
    }
  });

  test('[X2] depth and number of items are bounded', () => {
    expect(decodeCbor(new Uint8Array(100_000).fill(0x81))).toMatchObject({ ok: false, error: { code: 'oversized' } });
    const wide = encodeCbor(Array.from({ length: 70_000 }, () => 0));
    expect(decodeCbor(wide)).toMatchObject({ ok: false, error: { code: 'oversized' } });
    expect(decodeCbor(wide, { maxDepth: 1, maxItems: 70_000 }).ok).toBe(true);
  });

  test('[X2] text that is not UTF-8 is refused', () => {
    for (const hex of ['61ff', '62c328', '63eda080', '62c0af']) expect(decodeCbor(hexToBytes(hex)).ok).toBe(false);
  });

  const { value } = fc.letrec<{ value: CborValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.maxSafeInteger(),
      fc.string({ unit: 'grapheme' }),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array(),
      fc.array(tie('value'), { maxLength: 5 }),
      fc
        .uniqueArray(fc.tuple(fc.maxSafeNat(), tie('value')), { maxLength: 5, selector: ([key]) => key })
        .map((pairs) => new Map(pairs.sort((a, b) => a[0] - b[0]))),
    ),
  }));

  test('[X2] every value comes back as it went', () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(unwrap(decodeCbor(encodeCbor(given)))).toEqual(given);
      }),
    );
  });

  test('[X2] a mutated encoding is refused, or is the one encoding of another value', () => {
    fc.assert(
      fc.property(value, mutation, (given, change) => {
        const mutated = mutate(encodeCbor(given), change);
        const decoded = decodeCbor(mutated);
        if (decoded.ok) expect(encodeCbor(decoded.value)).toEqual(mutated);
      }),
      { numRuns: 2000 },
    );
  });

  test('[X2] fields written one by one, in whatever order and some left out, are the map of them', () => {
    const field = fc.tuple(fc.maxSafeNat(), fc.option(value, { nil: undefined }));
    const distinct = fc.uniqueArray(field, { maxLength: 6, selector: ([key]) => key });
    const sorted = distinct.map((fields) => [...fields].sort((a, b) => a[0] - b[0]));
    fc.assert(
      fc.property(fc.oneof(distinct, sorted), (fields) => {
        const writer = new ByteWriter().u8(9);
        writeCborFields(writer, fields);
        expect(writer.finish()).toEqual(Uint8Array.of(9, ...encodeCbor(cborMap(...fields))));
      }),
    );
  });
});
