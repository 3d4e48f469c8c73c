/**
 * Random histories of a small space over links that fail [S6]. The normal run takes a few hundred, `SLOW=1` all of
 * them; `SEED=n` runs one alone. A failure prints the seed that replays it.
 */
import { describe, expect, it } from 'vitest';
import { NO_FAULTS } from '../../src/lib/adapters/transport/memory-link.ts';
import { plainDevices } from './plain-device.ts';
import { Keyring } from './plain-envelopes.ts';
import { RELAY_LIES, type RelayLie } from './relay-node.ts';
import { SeededRandom } from './seeded-random.ts';
import { World, type WorldOptions } from './world.ts';

const IS_SLOW = process.env['SLOW'] === '1';
const ONLY = process.env['SEED'];
const MINUTES_MS = 60_000;

function seedsOf(normal: number, slow: number, firstSeed: number): readonly number[] {
  if (ONLY !== undefined) return [Number(ONLY)];
  return Array.from({ length: IS_SLOW ? slow : normal }, (_, i) => firstSeed + i);
}

function optionsOf(seed: number, fixed: Pick<WorldOptions, 'relay' | 'hasMesh'>): WorldOptions {
  const random = new SeededRandom(seed);
  const keys = new Keyring();
  const isRough = random.chance() < 0.7;
  const faults = isRough
    ? {
        drop: random.chance() * 0.2,
        duplicate: random.chance() * 0.2,
        reorder: random.chance() * 0.3,
        delayMs: 1 + random.below(60),
      }
    : { ...NO_FAULTS, delayMs: 1 + random.below(60) };
  return {
    seed,
    devices: 2 + random.below(3),
    faults,
    hasOutsider: seed % 4 === 0,
    makeDevice: plainDevices(keys),
    keys,
    ...fixed,
  };
}

interface Told {
  readonly failures: string[];
  entries: number;
}

async function runHistory(options: WorldOptions, told: Told): Promise<void> {
  const world = new World(options);
  await world.begin();
  for (let steps = 8 + world.random.below(16); steps > 0; steps--) await world.step();
  const hasConverged = await world.heal();
  if (!hasConverged) told.failures.push(`did not converge: ${world.describe()}`);
  else if (world.rules.violations.length > 0) told.failures.push(world.describe());
  told.entries += world.rules.durableEntries;
  await world.end();
}

async function runAll(
  title: string,
  seeds: readonly number[],
  fixed: (seed: number) => Pick<WorldOptions, 'relay' | 'hasMesh'>,
): Promise<void> {
  const told: Told = { failures: [], entries: 0 };
  for (const seed of seeds) {
    await runHistory(optionsOf(seed, fixed(seed)), told);
    if (told.failures.length >= 5) break;
  }
  console.log(
    `${title}: ${String(seeds.length)} histories, seeds ${String(seeds[0])}–${String(seeds.at(-1))}, ${String(told.entries)} entries`,
  );
  expect(told.failures).toEqual([]);
}

describe('Random histories of Alice, Bob, Carol and Dave', () => {
  it(
    '[S1][S3][S6][C1][C5] a mesh that drops, doubles, reorders, splits and crashes converges after it heals',
    () => runAll('mesh', seedsOf(100, 8_000, 1), () => ({ relay: undefined, hasMesh: true })),
    30 * MINUTES_MS,
  );

  it(
    '[S1][S3][S6][R3] devices that only ever meet at an honest relay converge after the network heals',
    () => runAll('relay', seedsOf(100, 6_000, 100_001), () => ({ relay: 'none', hasMesh: false })),
    30 * MINUTES_MS,
  );

  it(
    '[S6][E3][C4] a relay that lies never makes anyone store what was not written, and the mesh converges despite it',
    () => {
      const lieOf = (seed: number): RelayLie => RELAY_LIES[seed % RELAY_LIES.length] ?? 'none';
      return runAll('lying relay', seedsOf(100, 6_000, 200_001), (seed) => ({ relay: lieOf(seed), hasMesh: true }));
    },
    30 * MINUTES_MS,
  );
});
