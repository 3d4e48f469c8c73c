/** What a new epoch costs who makes it, in time and bytes, and what the audit of its boxes costs everyone else [K2][K3]. */
import { performance } from 'node:perf_hooks';
import { SystemRandom } from '../src/lib/adapters/platform/system-random.ts';
import { ContentKeys } from '../src/lib/crypto/content-keys.ts';
import { membershipRefOf } from '../src/lib/crypto/envelope-seal.ts';
import { boxEpochFor, isBoxFor, newKemKeyPair } from '../src/lib/crypto/kem.ts';
import { epochCommitment, newEpochSecret, recordSecretOf, sealPreviousEpoch } from '../src/lib/crypto/epoch-secrets.ts';
import { newSigningKeyPair } from '../src/lib/crypto/sign.ts';
import { readyCrypto } from '../src/lib/crypto/sodium.ts';
import { ChainSealer } from '../src/lib/engine/chain-sealer.ts';
import { epochIdOf } from '../src/lib/engine/space-keys.ts';
import { idFromBytes } from '../src/lib/foundation/ids.ts';
import { unwrap } from '../src/lib/foundation/result.ts';
import { encodeEpochOp } from '../src/lib/protocol/epoch-op.ts';
import { encodeKeybox } from '../src/lib/protocol/keybox.ts';
import type { BenchRow } from './bench-row.ts';

const RUNS = 9;
const BUDGETS_MS: Readonly<Record<number, number>> = { 50: 100, 500: 1000 };
const random = new SystemRandom();

export async function run(): Promise<BenchRow[]> {
  await readyCrypto();
  return [50, 500].flatMap((devices) => [rotateRow(devices), auditRow(devices)]);
}

function scene(count: number) {
  const space = idFromBytes('SpaceId', random.bytes(32));
  const older = idFromBytes('EpochId', random.bytes(32));
  const author = newSigningKeyPair(random);
  const devices = Array.from({ length: count }, () => ({
    device: newSigningKeyPair(random).device,
    kem: newKemKeyPair(random).publicKey,
  }));
  devices.sort((a, b) => (a.device < b.device ? -1 : 1));
  return { space, older, author, devices, olderSecret: newEpochSecret(random) };
}

/** The epoch and a box for each device, sealed and signed as the chain's next entries; returns their bytes. */
function rotate({ space, older, author, devices, olderSecret }: ReturnType<typeof scene>): number {
  const heads = [idFromBytes('EnvelopeId', random.bytes(32))];
  const context = { space, author, keys: new ContentKeys(space), random, nowMs: 0 };
  const sealer = new ChainSealer(context, { head: undefined, mref: membershipRefOf(heads), epoch: undefined });
  const secret = newEpochSecret(random);
  const op = {
    scheme: 'lockbox' as const,
    gen: 1,
    parents: [older],
    mheads: heads,
    recipients: devices.map(({ device }) => device),
    commit: epochCommitment(secret, space),
    prev: [sealPreviousEpoch({ space, secret }, { epoch: older, secret: olderSecret }, random)],
    records: [
      sealPreviousEpoch(
        { space, secret: recordSecretOf(secret, space) },
        { epoch: older, secret: recordSecretOf(olderSecret, space) },
        random,
      ),
    ],
  };
  const epoch = epochIdOf(unwrap(sealer.add({ type: 'epoch', body: encodeEpochOp(op) })).id);
  for (const device of devices) {
    const box = unwrap(boxEpochFor(device, { space, epoch, secret }));
    unwrap(sealer.add({ type: 'keybox', body: encodeKeybox(box) }));
  }
  return sealer.entries.reduce((sum, entry) => sum + entry.bytes.length, 0);
}

function rotateRow(count: number): BenchRow {
  const cast = scene(count);
  const bytes = rotate(cast);
  const times = sample(() => rotate(cast));
  return row(`rotate the keys for ${String(count)} devices`, times, {
    peer: `${String(Math.round(bytes / 1000))} kB, ${String(Math.round(bytes / count))} bytes a device`,
    budgetMs: BUDGETS_MS[count] ?? 0,
  });
}

function auditRow(count: number): BenchRow {
  const { space, older: epoch, devices, olderSecret: secret } = scene(count);
  const boxes = devices.map((device) => ({ device, box: unwrap(boxEpochFor(device, { space, epoch, secret })) }));
  const times = sample(() => {
    if (!boxes.every(({ device, box }) => isBoxFor(box, device, { space, epoch, secret })))
      throw new Error('a wrong box');
  });
  return row(`audit the boxes of ${String(count)} devices, once`, times, {
    peer: '–',
    budgetMs: BUDGETS_MS[count] ?? 0,
  });
}

function sample(work: () => unknown): readonly number[] {
  work();
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b);
}

function row(
  figure: string,
  times: readonly number[],
  { peer, budgetMs }: { readonly peer: string; readonly budgetMs: number },
): BenchRow {
  const median = times[Math.floor(RUNS / 2)] ?? 0;
  const p95 = times.at(-1) ?? 0;
  const ms = (value: number): string => `${value.toFixed(0)} ms`;
  return {
    figure,
    median: ms(median),
    p95: ms(p95),
    peer,
    ratio: '–',
    budget: `< ${String(budgetMs)} ms`,
    isWithin: median < budgetMs,
  };
}
