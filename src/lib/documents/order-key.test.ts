import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { comparePlaced, placeAt, type Placed } from './order-key.ts';

const random = (seed: number) => {
  let at = seed >>> 0;
  return {
    bytes: (length: number) =>
      Uint8Array.from({ length }, () => {
        at = (Math.imul(at, 1664525) + 1013904223) >>> 0;
        return at >>> 24;
      }),
  };
};

function insert(row: readonly Placed[], index: number, ids: readonly string[], seed: number): Placed[] {
  const placement = placeAt(row, index, ids.length, random(seed));
  const kept = placement.moved.length === 0 ? row : placement.moved;
  return [...kept, ...ids.map((id, i) => ({ id, key: placement.keys[i] ?? '' }))].sort(comparePlaced);
}

describe('order keys', () => {
  test('things stand where they were put, however often and wherever', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 5 })), { maxLength: 120 }),
        fc.nat(),
        (moves, seed) => {
          let row: Placed[] = [];
          const expected: string[] = [];
          moves.forEach(([where, count], turn) => {
            const index = where % (expected.length + 1);
            const ids = Array.from({ length: count }, (_, i) => `t${turn}-${i}`);
            expected.splice(index, 0, ...ids);
            row = insert(row, index, ids, seed + turn);
          });
          expect(row.map((placed) => placed.id)).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a row with nonsense or equal keys is given good ones', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 6 }), { minLength: 1, maxLength: 20 }), fc.nat(), (keys, where) => {
        const row = keys.map((key, i) => ({ id: `r${String(i).padStart(2, '0')}`, key })).sort(comparePlaced);
        const index = where % (row.length + 1);
        const expected = row.map((placed) => placed.id);
        expected.splice(index, 0, 'new');
        expect(insert(row, index, ['new'], where).map((placed) => placed.id)).toEqual(expected);
      }),
    );
  });

  test('a thousand appends keep keys short', () => {
    let row: Placed[] = [];
    for (let i = 0; i < 1000; i++) row = [...row, ...insert(row.slice(-1), 1, [`t${i}`], i).slice(-1)];
    expect(Math.max(...row.map((placed) => placed.key.length))).toBe(4);
  });
});
