/**
 * What hostile bytes cost before they are refused: 0.5 MB of compressed chunk, of runs that claim 2⁵² operations, and of
 * one long key repeated; in time and in memory. And what the gate's rules cost for an honest change.
 */
import { deflateSync } from 'fflate';
import { concatBytes } from '../src/lib/foundation/bytes.ts';
import { A } from '../src/lib/documents/automerge.ts';
import { boardSchema } from '../src/lib/documents/board/board-schema.ts';
import { decodeChangeChunk } from '../src/lib/documents/gate/change-chunk.ts';
import { leb, run as runOf, sealChunk, sealColumns } from '../src/lib/documents/testing/chunk-forge.ts';
import { GateWorld, actorBytes } from '../src/lib/documents/testing/gate-world.ts';
import { readyAutomergeInNode } from '../tests/support/ready-automerge.ts';
import type { BenchRow } from './bench-row.ts';

const ROUNDS = 60;
const HALF_MB = 500_000;

export async function run(): Promise<BenchRow[]> {
  await readyAutomergeInNode();
  const world = new GateWorld(boardSchema);
  const actor = actorBytes(world.actor('mallory'));
  const long = concatBytes(leb(HALF_MB), new Uint8Array(HALF_MB).fill(97));
  const literal = concatBytes(leb(1), Uint8Array.of(97));
  const bombs: readonly (readonly [string, Uint8Array])[] = [
    ['compressed chunk', sealChunk(deflateSync(new Uint8Array(500 * HALF_MB)).slice(0, HALF_MB), 2)],
    [
      '2⁵² operations',
      sealColumns({
        actor,
        startOp: 3,
        columns: [
          [0x15, runOf(2 ** 52, literal)],
          [0x42, runOf(2 ** 52, leb(1))],
        ],
      }),
    ],
    [
      '50,000 long keys',
      sealColumns({
        actor,
        startOp: 3,
        columns: [
          [0x15, runOf(50_000, long)],
          [0x42, runOf(50_000, leb(1))],
        ],
      }),
    ],
  ];
  return [...bombs.map(([name, bytes]) => bombRow(world, name, bytes)), honestRow(world)];
}

function bombRow(world: GateWorld, name: string, bytes: Uint8Array): BenchRow {
  const times: number[] = [];
  let grownMb = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.memoryUsage();
    const start = performance.now();
    const verdict = world.verdict('mallory', bytes);
    times.push(performance.now() - start);
    if (!['gate-compressed', 'gate-op-count', 'gate-inflation'].includes(verdict))
      throw new Error(`the bomb was ${verdict}`);
    const after = process.memoryUsage();
    const grown = after.heapUsed + after.external - before.heapUsed - before.external;
    grownMb = Math.max(grownMb, grown / 2 ** 20);
  }
  times.sort((a, b) => a - b);
  const [median, p95] = [times[ROUNDS >> 1] ?? NaN, times[Math.floor(ROUNDS * 0.95)] ?? NaN];
  return {
    figure: `a bomb refused: ${name} (${(bytes.length / 1_000).toFixed(0)} KB)`,
    median: `${median.toFixed(1)} ms, +${grownMb.toFixed(1)} MB`,
    p95: `${p95.toFixed(1)} ms`,
    peer: '–',
    ratio: '–',
    budget: '< 50 ms, < 20 MB',
    isWithin: p95 < 50 && grownMb < 20,
  };
}

/** Reading one small change ourselves, beside Automerge's own decoder, which knows no bounds. */
function honestRow(world: GateWorld): BenchRow {
  const change = world.changeBy('alice', (draft) => {
    const tasks = draft['tasks'] as Record<string, unknown>;
    tasks['t'] = { title: 'Sweep', status: 'todo', checklist: {} };
  });
  const time = (work: () => unknown): number => {
    const start = performance.now();
    for (let i = 0; i < 500; i++) work();
    return ((performance.now() - start) / 500) * 1_000;
  };
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(time(() => decodeChangeChunk(change)));
    theirs.push(time(() => A.decodeChange(change)));
  }
  for (const each of [ours, theirs]) each.sort((a, b) => a - b);
  const [median, p95, peer] = [
    ours[ROUNDS >> 1] ?? NaN,
    ours[Math.floor(ROUNDS * 0.95)] ?? NaN,
    theirs[ROUNDS >> 1] ?? NaN,
  ];
  return {
    figure: 'a change of a new task read by the gate',
    median: `${median.toFixed(0)} µs`,
    p95: `${p95.toFixed(0)} µs`,
    peer: `Automerge ${peer.toFixed(0)} µs`,
    ratio: `${(median / peer).toFixed(1)} ×`,
    budget: 'median ≤ 100 µs',
    isWithin: median <= 100,
  };
}
