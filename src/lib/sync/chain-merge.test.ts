import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chainOf, deviceNamed, spaceNamed } from '../log/log-entries.fixture.ts';
import type { StoredEntry } from '../log/log-store.ts';
import { ChainMerge, type ChainSpan } from './chain-merge.ts';

const space = spaceNamed('family');

interface Shape {
  /** Whose turn it was, in order of arrival. */
  readonly turns: readonly number[];
  readonly governance: readonly number[];
  readonly from: readonly number[];
}

function logOf({ turns, governance, from }: Shape) {
  const authors = governance.map((_, i) => deviceNamed(`author ${String(i)}`));
  const lengths = authors.map((_, i) => turns.filter((turn) => turn === i).length);
  const chains = authors.map((author, i) => chainOf({ space, author }, lengths[i] ?? 0));
  const next = authors.map(() => 0);
  const stored = authors.map((): StoredEntry[] => []);
  for (const [position, turn] of turns.entries()) {
    const entry = chains[turn]?.[next[turn] ?? 0];
    if (entry === undefined) continue;
    next[turn] = (next[turn] ?? 0) + 1;
    stored[turn]?.push({ ...entry, position });
  }
  const spans = authors.flatMap((device, i): ChainSpan[] => {
    const [fromSeq, toSeq] = [from[i] ?? 0, (lengths[i] ?? 0) - 1];
    return fromSeq > toSeq ? [] : [{ device, fromSeq, toSeq, governanceSeq: Math.min(governance[i] ?? -1, toSeq) }];
  });
  const read: ConstructorParameters<typeof ChainMerge>[0] = (device, fromSeq, limit) => {
    const chain = stored[authors.indexOf(device)] ?? [];
    return Promise.resolve(chain.slice(fromSeq, fromSeq + limit));
  };
  return { spans, read };
}

const shapes = fc.record({
  turns: fc.array(fc.nat(3), { maxLength: 600 }),
  governance: fc.array(fc.integer({ min: -1, max: 80 }), { minLength: 4, maxLength: 4 }),
  from: fc.array(fc.nat(60), { minLength: 4, maxLength: 4 }),
});

describe('The order of a transfer', () => {
  it('[S2] is each chain in order, governed prefixes first, and arrival within both parts', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.integer({ min: 1, max: 300 }), async (shape, take) => {
        const { spans, read } = logOf(shape);
        const merge = new ChainMerge(read, spans);
        const all: StoredEntry[] = [];
        for (;;) {
          const some = await merge.take(take);
          if (some.length === 0) break;
          expect(some.length).toBeLessThanOrEqual(take);
          all.push(...some);
        }
        const spanOf = new Map(spans.map((span) => [span.device, span]));
        const expected = spans.reduce((sum, span) => sum + span.toSeq - span.fromSeq + 1, 0);
        expect(all).toHaveLength(expected);
        const isEarly = (entry: StoredEntry) => entry.seq <= (spanOf.get(entry.author)?.governanceSeq ?? -1);
        const firstLate = all.findIndex((entry) => !isEarly(entry));
        const parts = firstLate < 0 ? [all] : [all.slice(0, firstLate), all.slice(firstLate)];
        expect(parts[1]?.some(isEarly) ?? false).toBe(false);
        for (const part of parts)
          for (let i = 1; i < part.length; i++)
            expect(part[i]?.position).toBeGreaterThan(part[i - 1]?.position ?? Infinity);
      }),
      { numRuns: 100 },
    );
  });
});
