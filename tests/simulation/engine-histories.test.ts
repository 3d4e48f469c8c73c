/**
 * Random histories with real engines, keys and removals. The normal run takes a hundred and forty, `SLOW=1` 2,600;
 * `SEED=n` runs one alone, `STEPS=n` cuts it short. A failure prints the seed and what was done.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { readyCrypto } from '../../src/lib/crypto/sodium.ts';
import { begin, EngineWorld, type Beginning } from './engine-world.ts';

const IS_SLOW = process.env['SLOW'] === '1';
const ONLY = process.env['SEED'];
const STEPS = process.env['STEPS'];
const MINUTES_MS = 60_000;
const COUNT = IS_SLOW ? 2_000 : 100;
const FORKED_COUNT = IS_SLOW ? 600 : 40;

/** What happened in all histories together: a run in which nothing happens proves nothing. */
interface Tally {
  words: number;
  removals: number;
  demotionsAndPromotions: number;
  excluded: number;
  /** Entries that reached someone who was out: his removal and what stands before it. */
  toldOutsiders: number;
  /** Signed by a traitor for one person's eyes. */
  shown: number;
  /** How many were told of a fork. */
  forks: number;
}

async function historyOf(
  beginning: Beginning,
  seed: number,
  tally: Tally,
  traitor?: 'Bob' | 'Carol',
): Promise<string | undefined> {
  const world = new EngineWorld(beginning, seed, traitor);
  await world.start();
  for (let steps = STEPS === undefined ? 10 + (seed % 12) : Number(STEPS); steps > 0; steps--) await world.step();
  await world.heal();
  await world.safety.conclude();
  world.end();
  const { violations, excluded } = world.safety;
  const count = (pattern: RegExp): number => world.told.filter((what) => pattern.test(what)).length;
  tally.words += count(/writes: done/);
  tally.removals += count(/removes .*: done/);
  tally.demotionsAndPromotions += count(/makes .*: done/);
  tally.excluded += excluded;
  tally.toldOutsiders += world.served.served;
  tally.shown += count(/ shows /);
  tally.forks += world.safety.forks;
  violations.push(...world.served.violations);
  return violations.length === 0
    ? undefined
    : `seed ${String(seed)}: ${[...new Set(violations)].join('; ')} | ${world.told.join(', ')}`;
}

describe('Random histories of Alice, Bob, Carol and Dave, with real engines', () => {
  let beginning: Beginning;
  beforeAll(async () => {
    await readyCrypto();
    beginning = await begin();
  });

  it(
    '[M1][M2][M4][M8][K2][K3][K4][S5][S6] they remove and demote one another, are split, crash, and are lied to by a carrier: who is in agrees on members, keys and words, who is out reads nothing written without them and is served nothing after the removal',
    async () => {
      const tally = await tell(beginning, { first: 300_001, count: COUNT });
      const { words, removals, demotionsAndPromotions, excluded, toldOutsiders } = tally;
      const happened = [words, removals, demotionsAndPromotions, excluded, toldOutsiders];
      if (ONLY === undefined) for (const count of happened) expect(count).toBeGreaterThan(COUNT / 4);
    },
    120 * MINUTES_MS,
  );

  it(
    '[F][M1][M4][K3] and one who governs signs other things for each of them: the others end with the same members and keys',
    async () => {
      const tally = await tell(beginning, { first: 400_001, count: FORKED_COUNT, traitors: ['Bob', 'Carol'] });
      const { words, shown, forks } = tally;
      if (ONLY === undefined)
        for (const count of [words, shown, forks]) expect(count).toBeGreaterThan(FORKED_COUNT / 4);
    },
    120 * MINUTES_MS,
  );
});

async function tell(
  beginning: Beginning,
  { first, count, traitors = [] }: { first: number; count: number; traitors?: readonly ('Bob' | 'Carol')[] },
): Promise<Tally> {
  const seeds = ONLY === undefined ? Array.from({ length: count }, (_, i) => first + i) : [Number(ONLY)];
  const failures: string[] = [];
  const tally: Tally = {
    words: 0,
    removals: 0,
    demotionsAndPromotions: 0,
    excluded: 0,
    toldOutsiders: 0,
    shown: 0,
    forks: 0,
  };
  for (const seed of seeds) {
    const failure = await historyOf(beginning, seed, tally, traitors[seed % 2]);
    if (failure !== undefined) failures.push(failure);
    if (failures.length >= 5) break;
  }
  console.log(`engines: ${String(seeds.length)} histories, seeds ${String(seeds[0])}–${String(seeds.at(-1))}`, tally);
  expect(failures).toEqual([]);
  return tally;
}
