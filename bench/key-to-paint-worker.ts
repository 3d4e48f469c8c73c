/**
 * What a key costs the documents worker on a 50,000-character page: steps received and written to Automerge, one change
 * a key (the worst case: the app writes one change a pause), beside the bare Automerge splice of the same character.
 */
import * as A from '@automerge/automerge';
import { ReplaceStep } from 'prosemirror-transform';
import { Fragment, Slice } from 'prosemirror-model';
import { PageAuthority } from '../src/lib/documents/page/page-authority.ts';
import { pageSchema } from '../src/lib/documents/page/page-schema.ts';
import { initializePage } from '../src/lib/documents/page/page-text.ts';
import type { PageDocument } from '../src/lib/documents/page/page-text.ts';
import type { BenchRow } from './bench-row.ts';
import { LINE, PARAGRAPHS } from './pages/key-to-paint/text.ts';

const KEYS = 1_500;
const KEYS_PER_PLACE = 25;
const WARM_UP = 200;
const BUDGET_MS = 0.9;

export function run(): Promise<BenchRow[]> {
  let page = A.change(A.init<PageDocument>({ actor: '00'.repeat(16) }), { time: 0 }, initializePage);
  const authority = PageAuthority.open(page);
  const push = (step: ReplaceStep): void => {
    authority.receiveSteps({ version: authority.version, steps: [step.toJSON()], clientId: 'alice' });
  };
  const paragraph = pageSchema.nodes.paragraph.create(null, pageSchema.text(LINE));
  push(
    new ReplaceStep(0, 2, new Slice(Fragment.fromArray(new Array<typeof paragraph>(PARAGRAPHS).fill(paragraph)), 0, 0)),
  );
  page = authority.flush(page).page;
  let bare = A.clone(page);
  const own: number[] = [];
  const peer: number[] = [];
  for (let key = 0; key < KEYS; key++) {
    const place = (Math.floor(key / KEYS_PER_PLACE) * 37) % PARAGRAPHS;
    const typed = 10 + (key % KEYS_PER_PLACE);
    const step = new ReplaceStep(
      positionOf(authority, place) + typed,
      positionOf(authority, place) + typed,
      new Slice(Fragment.from(pageSchema.text('k')), 0, 0),
    );
    const start = performance.now();
    push(step);
    page = authority.flush(page).page;
    const middle = performance.now();
    bare = A.change(bare, (draft) => A.splice(draft, ['text'], place * (LINE.length + 1) + typed, 0, 'k'));
    if (key < WARM_UP) continue;
    own.push(middle - start);
    peer.push(performance.now() - middle);
  }
  const [ours, splice] = [spreadOf(own), spreadOf(peer)];
  return Promise.resolve([
    {
      figure: 'key in the documents worker, 50k characters',
      median: `${ours.median.toFixed(2)} ms`,
      p95: `${ours.p95.toFixed(2)} ms`,
      peer: `bare Automerge splice: ${splice.median.toFixed(2)} / ${splice.p95.toFixed(2)} ms`,
      ratio: (splice.p95 / ours.p95).toFixed(2),
      budget: `p95 ≤ ${String(BUDGET_MS)} ms`,
      isWithin: ours.p95 <= BUDGET_MS,
    },
  ]);
}

function positionOf(authority: PageAuthority, index: number): number {
  return authority.doc.resolve(0).posAtIndex(index, 0) + 1;
}

function spreadOf(samples: readonly number[]): { readonly median: number; readonly p95: number } {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { median: at(0.5), p95: at(0.95) };
}
