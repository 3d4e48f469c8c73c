/** [V1] What opening a locked device costs: the whole way from the passphrase, or a passkey's answer, to an open session. */
import { performance } from 'node:perf_hooks';
import { MemoryKeyVault } from '../src/lib/adapters/storage/key-vault-memory.ts';
import { MemoryLocalStore } from '../src/lib/adapters/storage/local-store-memory.ts';
import { MemoryLogStore } from '../src/lib/adapters/storage/memory-log-store.ts';
import { SystemClock } from '../src/lib/adapters/platform/system-clock.ts';
import { SystemRandom } from '../src/lib/adapters/platform/system-random.ts';
import { SystemScheduler } from '../src/lib/adapters/platform/system-scheduler.ts';
import { calibratedParameters, type PassphraseParameters } from '../src/lib/crypto/passphrase.ts';
import { readyCrypto } from '../src/lib/crypto/sodium.ts';
import { createEngine } from '../src/lib/engine/create-engine.ts';
import type { Engine } from '../src/lib/engine/engine.ts';
import { unwrap } from '../src/lib/foundation/result.ts';
import type { BenchRow } from './bench-row.ts';

const RUNS = 15;
const SPACES = 5;
const PASSPHRASE = 'spillway gravel heron lantern';
/** Argon2id is meant to cost; a person should still not wonder. */
const PASSPHRASE_BUDGET_MS = 1_000;
const PASSKEY_BUDGET_MS = 100;

export async function run(): Promise<BenchRow[]> {
  await readyCrypto();
  const cost = calibratedParameters(() => performance.now());
  const engine = await newEngine(cost);
  const random = new SystemRandom();
  unwrap(
    await engine.setUp({ protection: { kind: 'passphrase', passphrase: PASSPHRASE }, language: 'fr', name: 'Alice' }),
  );
  for (let i = 0; i < SPACES; i++) unwrap(await engine.createSpace());
  const place = { rpId: 'archipel.test', credentialId: random.bytes(32), label: 'Key' };
  const [salt, secret] = [random.bytes(16), random.bytes(32)];
  unwrap(await engine.addPasskey({ passphrase: PASSPHRASE, place, salt, output: secret.slice() }));
  const { credentialId } = place;
  return [
    await row(
      `unlock by passphrase (64 MiB, ${String(cost.passes)} passes), ${String(SPACES)} spaces`,
      PASSPHRASE_BUDGET_MS,
      async () => {
        await engine.lock();
        return timed(async () => unwrap(await engine.unlock(PASSPHRASE)));
      },
    ),
    await row(`unlock by passkey, ${String(SPACES)} spaces`, PASSKEY_BUDGET_MS, async () => {
      await engine.lock();
      return timed(async () => unwrap(await engine.unlockWithPasskey({ credentialId, output: secret.slice() })));
    }),
  ];
}

async function newEngine(cost: PassphraseParameters): Promise<Engine> {
  const root = await createEngine({
    store: new MemoryLogStore(),
    keyVault: new MemoryKeyVault(),
    localStore: new MemoryLocalStore(),
    clock: new SystemClock(),
    random: new SystemRandom(),
    scheduler: new SystemScheduler(),
    passphraseCost: () => cost,
    origin: 'https://archipel.test',
  });
  return root.engine;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function row(figure: string, budgetMs: number, time: () => Promise<number>): Promise<BenchRow> {
  await time();
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) times.push(await time());
  times.sort((a, b) => a - b);
  const median = times[Math.floor(RUNS / 2)] ?? 0;
  const p95 = times[Math.floor(RUNS * 0.95)] ?? 0;
  const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
  return {
    figure,
    median: ms(median),
    p95: ms(p95),
    peer: '–',
    ratio: '–',
    budget: `< ${String(budgetMs)} ms`,
    isWithin: median < budgetMs,
  };
}
