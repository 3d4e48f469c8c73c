/**
 * Opening: a page of 20,000 operations from this device's cache and from its log alone, and the first view of a board
 * of 500 tasks, beside Yjs loading the same text. None of it stands before the first paint, which is a projection.
 */
import * as Y from 'yjs';
import { A, fixedText, type Doc } from '../src/lib/documents/automerge.ts';
import { boardSchema } from '../src/lib/documents/board/board-schema.ts';
import type { ActorId } from '../src/lib/foundation/ids.ts';
import { newDocumentId } from '../src/lib/documents/document-kind.ts';
import { REPLICA_TABLE, beginDocument, loadReplica } from '../src/lib/documents/load-replica.ts';
import { pageDocumentSchema } from '../src/lib/documents/page-kind.ts';
import { encodeStoredReplica } from '../src/lib/documents/stored-replica.ts';
import { SeededRandom } from '../src/lib/documents/testing/manual-time.ts';
import { MemoryNetwork, TEST_SPACE, actorFor } from '../src/lib/documents/testing/memory-engine.ts';
import { encodeUpdate } from '../src/lib/documents/update-body.ts';
import { readyAutomergeInNode } from '../tests/support/ready-automerge.ts';
import type { BenchRow } from './bench-row.ts';

const ROUNDS = 15;
const OPS = 20_000;
const CHANGES = 200;
const READER = '0c'.repeat(16) as ActorId;

export async function run(): Promise<BenchRow[]> {
  await readyAutomergeInNode();
  return [...(await pageRows()), await boardRow()];
}

async function sample(work: () => unknown): Promise<{ readonly median: number; readonly p95: number }> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { median: times[ROUNDS >> 1] ?? NaN, p95: times[ROUNDS - 1] ?? NaN };
}

interface Figure {
  readonly figure: string;
  readonly ours: { readonly median: number; readonly p95: number };
  readonly peerMs: number | undefined;
  readonly budgetMs: number;
}

function row({ figure, ours, peerMs, budgetMs }: Figure): BenchRow {
  return {
    figure,
    median: `${ours.median.toFixed(1)} ms`,
    p95: `${ours.p95.toFixed(1)} ms`,
    peer: peerMs === undefined ? '–' : `Yjs ${peerMs.toFixed(2)} ms`,
    ratio: peerMs === undefined ? '–' : `${(ours.median / peerMs).toFixed(0)} ×`,
    budget: `median ≤ ${budgetMs} ms`,
    isWithin: ours.median <= budgetMs,
  };
}

async function pageRows(): Promise<BenchRow[]> {
  const engine = new MemoryNetwork().join('alice');
  const document = newDocumentId('page', new SeededRandom(1));
  const text = 'letters and words '.repeat(10).slice(0, OPS / CHANGES);
  const peer = new Y.Doc();
  let doc = beginDocument(pageDocumentSchema, actorFor(engine.device, document, 0));
  for (let i = 0; i < CHANGES; i++) {
    doc = A.change(doc, { time: 0 }, (draft) => A.splice(draft, ['text'], i * text.length, 0, text));
    peer.getText('text').insert(i * text.length, text);
    const body = encodeUpdate({ generation: 0, chunk: A.getLastLocalChange(doc) ?? new Uint8Array(0) });
    await engine.append({ space: TEST_SPACE, document, type: 'update', body });
  }
  const options = {
    space: TEST_SPACE,
    document,
    schema: pageDocumentSchema,
    port: engine,
    device: engine.device,
    actor: READER,
  };
  const fromLog = await sample(async () => A.free((await loadReplica(options)).doc));
  const stored = encodeStoredReplica({ device: engine.device, position: CHANGES, owners: [], bytes: A.save(doc) });
  await engine.putLocal(REPLICA_TABLE, document, stored);
  const fromCache = await sample(async () => A.free((await loadReplica(options)).doc));
  const update = Y.encodeStateAsUpdate(peer);
  const theirs = await sample(() => Y.applyUpdate(new Y.Doc(), update));
  const peerMs = theirs.median;
  return [
    row({ figure: 'load a page of 20k ops from the cache', ours: fromCache, peerMs, budgetMs: 60 }),
    row({
      figure: 'load a page of 20k ops from 200 log entries, each through the gate',
      ours: fromLog,
      peerMs,
      budgetMs: 250,
    }),
  ];
}

async function boardRow(): Promise<BenchRow> {
  const doc = A.change(beginDocument(boardSchema, READER), { time: 0 }, (draft: Doc) => {
    const tasks = draft['tasks'] as Record<string, unknown>;
    for (let i = 0; i < 500; i++)
      tasks[`t${i}`] = {
        title: fixedText(`Task ${i}`),
        status: fixedText('todo'),
        order: fixedText(`V${i}`),
        checklist: {},
      };
  });
  const context = () => ({ memberOf: () => undefined, nowMs: () => 0, cache: new WeakMap<object, object>() });
  const ours = await sample(() => boardSchema.project(doc, context()));
  return row({ figure: 'first view of a board of 500 tasks', ours, peerMs: undefined, budgetMs: 50 });
}
