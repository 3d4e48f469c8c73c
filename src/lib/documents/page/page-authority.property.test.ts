import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { playWorld } from './page-world.fixture.ts';

/** SLOW=1 plays the number of worlds the design was measured with. */
const RUNS = process.env['SLOW'] === undefined ? 60 : 900;

describe('page authority', () => {
  it(`Alice, Bob and Carol edit one page at random and agree, ${String(RUNS)} times`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), (seed) => {
        expect(playWorld(seed).flushes).toBeGreaterThan(0);
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 5_400_000);
});
