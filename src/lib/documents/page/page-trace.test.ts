import * as A from '@automerge/automerge';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { PageAuthority } from './page-authority.ts';
import { projectPage } from './page-projection.ts';
import { initializePage } from './page-text.ts';
import type { PageDocument } from './page-text.ts';
import { pageText, traceStep } from './trace-steps.fixture.ts';
import type { Trace } from './trace-steps.fixture.ts';

const KEYS_PER_CHANGE = 7;
const path = join(process.env['ARCHIPEL_TEST_DATA'] ?? '../shared/data', 'traces/sveltecomponent.json.gz');

it('a writer’s every keystroke, replayed, leaves her text and one change per pause', (context) => {
  if (!existsSync(path)) {
    // Said plainly: without the recorded traces there is nothing to replay.
    void context.annotate(`no trace at ${path}; set ARCHIPEL_TEST_DATA`);
    return;
  }
  const trace = JSON.parse(gunzipSync(readFileSync(path)).toString()) as Trace;
  let page = A.change(A.init<PageDocument>({ actor: '00'.repeat(16) }), { time: 0 }, initializePage);
  const authority = PageAuthority.open(page);
  let flushes = 0;
  trace.txns.forEach(({ patches }, index) => {
    for (const patch of patches) {
      const step = traceStep(authority.doc, patch);
      authority.receiveSteps({ version: authority.version, steps: [step.toJSON()], clientId: 'alice' });
    }
    if (index % KEYS_PER_CHANGE > 0) return;
    page = authority.flush(page).page;
    flushes++;
  });
  page = authority.flush(page).page;
  expect(pageText(authority.doc)).toBe(trace.endContent);
  expect(projectPage(page).doc.eq(authority.doc)).toBe(true);
  expect(A.getAllChanges(page).length).toBeLessThan(flushes * 1.02 + 3);
}, 120_000);
