/**
 * From opening the app's address to the last page readable (painted from its sealed projection) and editable, in a
 * browser that holds the page already: the shell from the service worker's cache, the keys without a passphrase.
 */
import { chromium } from '@playwright/test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Person } from '../tests/e2e/support/person.ts';
import { RelayProcess } from '../tests/e2e/support/relay-process.ts';
import type { BenchRow } from './bench-row.ts';
import { launchOptions, percentile } from './browser.ts';

const ROUNDS = 15;
const READABLE_MS = 500;
const EDITABLE_MS = 1_000;

export async function run(): Promise<BenchRow[]> {
  const relay = await RelayProcess.start();
  const profile = mkdtempSync(join(tmpdir(), 'archipel-bench-'));
  const context = await chromium.launchPersistentContext(profile, {
    ...launchOptions,
    locale: 'en-GB',
    headless: true,
  });
  try {
    const alice = await Person.inContext('Alice', context, relay.url);
    await alice.begin();
    await alice.newPage('Report');
    await alice.write('The level of the lake is normal. '.repeat(40));
    await alice.expectSynced();
    await alice.page.evaluate(() => navigator.serviceWorker.ready);
    const address = alice.page.url();
    const readable: number[] = [];
    const editable: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const tab = await context.newPage();
      // All tabs but this one are closed, so that the engine starts cold as well.
      for (const other of context.pages()) if (other !== tab) await other.close();
      await tab.goto(address, { waitUntil: 'commit' });
      readable.push(await tab.evaluate(untilFrame, 'main'));
      editable.push(await tab.evaluate(untilFrame, '.ProseMirror[contenteditable="true"]'));
    }
    return [
      row('app open → last page readable', readable, READABLE_MS),
      row('app open → last page editable', editable, EDITABLE_MS),
    ];
  } finally {
    await context.close();
    await relay.dispose();
    rmSync(profile, { recursive: true, force: true });
  }
}

/** Looked at in every frame: whoever asks from outside asks so seldom that the answer is about the asking. */
function untilFrame(selector: string): Promise<number> {
  return new Promise((resolve) => {
    const look = (): void => {
      const isThere = document.querySelector(selector)?.textContent.includes('The level of the lake') === true;
      if (isThere) requestAnimationFrame((frameMs) => resolve(frameMs));
      else requestAnimationFrame(look);
    };
    look();
  });
}

function row(figure: string, samples: readonly number[], budget: number): BenchRow {
  const [median, p95] = [percentile(samples, 0.5), percentile(samples, 0.95)];
  return {
    figure,
    median: `${median.toFixed(0)} ms`,
    p95: `${p95.toFixed(0)} ms`,
    peer: '–',
    ratio: '–',
    budget: `≤ ${String(budget)} ms`,
    isWithin: median <= budget,
  };
}
