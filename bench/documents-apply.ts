/**
 * What one tick of remote edits costs in the documents worker: gate, proof and apply together, on a page of 20,000 and
 * 50,000 operations and on a board of 500 tasks; beside Yjs, which proves nothing.
 */
import * as Y from 'yjs';
import { A, fixedText, type Doc } from '../src/lib/documents/automerge.ts';
import { boardSchema } from '../src/lib/documents/board/board-schema.ts';
import type { DocumentSchema } from '../src/lib/documents/document-schema.ts';
import { pageDocumentSchema } from '../src/lib/documents/page-kind.ts';
import { GateWorld } from '../src/lib/documents/testing/gate-world.ts';
import { readyAutomergeInNode } from '../tests/support/ready-automerge.ts';
import type { BenchRow } from './bench-row.ts';

const ROUNDS = 30;
const WORDS = 'a page is a row of blocks and a block a row of letters ';

export async function run(): Promise<BenchRow[]> {
  await readyAutomergeInNode();
  return [await pageRow(20_000, 40), await pageRow(50_000, 90), await boardRow()];
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

function sample(work: (round: number) => void): readonly number[] {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    work(round);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b);
}

function row(
  figure: string,
  ours: readonly number[],
  theirs: readonly number[] | undefined,
  budgetMs: number,
): BenchRow {
  const [median, p95] = [percentile(ours, 0.5), percentile(ours, 0.95)];
  const peer = theirs === undefined ? undefined : percentile(theirs, 0.5);
  return {
    figure,
    median: `${median.toFixed(1)} ms`,
    p95: `${p95.toFixed(1)} ms`,
    peer: peer === undefined ? '–' : `Yjs ${peer.toFixed(2)} ms`,
    ratio: peer === undefined ? '–' : `${(median / peer).toFixed(0)} ×`,
    budget: `median ≤ ${budgetMs} ms`,
    isWithin: median <= budgetMs,
  };
}

/** Twenty small changes by one person arrive at once. */
function batchesFor(world: GateWorld, edit: (draft: Doc, round: number) => void): readonly (readonly Uint8Array[])[] {
  let doc = world.replicaOf('bob');
  return Array.from({ length: ROUNDS }, (_, round) => {
    const heads = A.getHeads(doc);
    for (let i = 0; i < 20; i++) doc = A.change(doc, { time: 0 }, (draft) => edit(draft, round * 20 + i));
    return A.getChangesSince(doc, heads);
  });
}

function worldWith(schema: DocumentSchema, fill: (draft: Doc, part: number) => void, parts: number): GateWorld {
  const world = new GateWorld(schema);
  let doc = world.replicaOf('alice');
  for (let part = 0; part < parts; part++) doc = A.change(doc, { time: 0 }, (draft) => fill(draft, part));
  const bytes = A.getChangesSince(doc, A.getHeads(world.doc));
  world.submit(...bytes.map((each) => world.submission('alice', each)));
  return world;
}

function admitTimes(world: GateWorld, batches: readonly (readonly Uint8Array[])[]): readonly number[] {
  return sample((round) => {
    const { admitted } = world.submit(...(batches[round] ?? []).map((bytes) => world.submission('bob', bytes)));
    if (admitted.length !== 20) throw new Error('the batch was not admitted');
  });
}

function pageRow(ops: number, budgetMs: number): Promise<BenchRow> {
  const parts = ops / 100;
  const text = WORDS.repeat(2).slice(0, 100);
  const world = worldWith(pageDocumentSchema, (draft, part) => A.splice(draft, ['text'], part * 100, 0, text), parts);
  const batches = batchesFor(world, (draft, at) => A.splice(draft, ['text'], (at * 37) % ops, 0, 'key'));
  const ours = admitTimes(world, batches);

  const [writer, reader] = [new Y.Doc(), new Y.Doc()];
  for (let part = 0; part < parts; part++) writer.getText('text').insert(part * 100, text);
  Y.applyUpdate(reader, Y.encodeStateAsUpdate(writer));
  const updates = Array.from({ length: ROUNDS }, (_, round) => {
    const before = Y.encodeStateVector(writer);
    for (let i = 0; i < 20; i++) writer.getText('text').insert(((round * 20 + i) * 37) % ops, 'key');
    return Y.encodeStateAsUpdate(writer, before);
  });
  const theirs = sample((round) => Y.applyUpdate(reader, updates[round] ?? new Uint8Array(0)));
  return Promise.resolve(
    row(`20 remote changes into a page of ${ops / 1_000}k ops, gate and proof included`, ours, theirs, budgetMs),
  );
}

function boardRow(): Promise<BenchRow> {
  type Tasks = Record<string, Record<string, unknown>>;
  const fill = (draft: Doc, part: number): void => {
    const tasks = draft['tasks'] as Tasks;
    tasks[`t${part}`] = {
      title: fixedText(`Task ${part}`),
      status: fixedText('todo'),
      order: fixedText('V000'),
      checklist: {},
    };
  };
  const world = worldWith(boardSchema, fill, 500);
  const batches = batchesFor(world, (draft, at) => {
    const task = (draft['tasks'] as Tasks)[`t${(at * 7) % 500}`];
    if (task !== undefined) task['title'] = fixedText(`Renamed ${at}`);
  });
  return Promise.resolve(
    row(
      '20 remote changes into a board of 500 tasks, gate and proof included',
      admitTimes(world, batches),
      undefined,
      30,
    ),
  );
}
