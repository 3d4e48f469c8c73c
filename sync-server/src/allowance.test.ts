import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Allowance, Allowances } from './allowance.ts';

describe('[R5] allowances', () => {
  test('a burst is allowed, then the steady rate', () => {
    const allowance = new Allowance({ perSecond: 20, burst: 200 }, 0);
    expect(Array.from({ length: 201 }, () => allowance.take(1, 0)).filter(Boolean)).toHaveLength(200);
    expect(allowance.take(1, 49)).toBe(false);
    expect(allowance.take(1, 50)).toBe(true);
    expect(allowance.take(1, 50)).toBe(false);
  });

  test('whatever the hour and the clock, no one gets more than burst + rate × time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ stepMs: fc.integer({ min: -500, max: 2000 }), amount: fc.integer({ min: 1, max: 8 }) })),
        (takes) => {
          const allowance = new Allowance({ perSecond: 5, burst: 10 }, 0);
          let nowMs = 0;
          let forwardMs = 0;
          let taken = 0;
          for (const { stepMs, amount } of takes) {
            nowMs += stepMs;
            forwardMs += Math.max(0, stepMs);
            if (allowance.take(amount, nowMs)) taken += amount;
          }
          expect(taken).toBeLessThanOrEqual(10 + (5 * forwardMs) / 1000 + 1e-6);
        },
      ),
    );
  });

  test('one name does not spend the allowance of another, and forgetting full buckets changes nothing', () => {
    const allowances = new Allowances({ perSecond: 1, burst: 2 });
    for (let i = 0; i < 5000; i++) allowances.take(`address ${String(i)}`, 1, i);
    expect(allowances.take('Alice', 2, 5000)).toBe(true);
    expect(allowances.take('Alice', 1, 5000)).toBe(false);
    expect(allowances.hasSome('Alice', 5000)).toBe(false);
    expect(allowances.take('Bob', 2, 5000)).toBe(true);
  });
});
