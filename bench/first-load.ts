/**
 * JavaScript that the main thread loads before the first screen, and what the editor adds, as gzip bytes of the built
 * files that a real browser asked for. Workers are counted apart: they never hold up a paint.
 */
import { chromium } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { RelayProcess } from '../tests/e2e/support/relay-process.ts';
import { Person } from '../tests/e2e/support/person.ts';
import type { BenchRow } from './bench-row.ts';
import { launchOptions } from './browser.ts';

const WITHOUT_EDITOR_KB = 120;
const EDITOR_KB = 110;

export async function run(): Promise<BenchRow[]> {
  const relay = await RelayProcess.start();
  const browser = await chromium.launch(launchOptions);
  const loaded = new Set<string>();
  try {
    const context = await browser.newContext({ locale: 'en-GB', serviceWorkers: 'block' });
    context.on('response', (response) => {
      const path = new URL(response.url()).pathname;
      if (path.endsWith('.js') && !path.includes('/workers/')) loaded.add(path);
    });
    const alice = await Person.inContext('Alice', context, relay.url);
    await alice.begin();
    await alice.page.reload();
    await alice.page.getByRole('heading', { level: 1, name: 'My space' }).waitFor();
    const home = gzipKb(loaded);
    await alice.newPage('Minutes');
    await alice.text.waitFor();
    const editor = gzipKb(loaded) - home;
    return [
      row('first-load JavaScript, gzip', home, WITHOUT_EDITOR_KB),
      row('the editor adds, gzip', editor, EDITOR_KB),
    ];
  } finally {
    await browser.close();
    await relay.dispose();
  }
}

function gzipKb(paths: ReadonlySet<string>): number {
  let bytes = 0;
  for (const path of paths) bytes += gzipSync(readFileSync(`build${path}`), { level: 9 }).length;
  return bytes / 1024;
}

function row(figure: string, kb: number, budget: number): BenchRow {
  const shown = `${kb.toFixed(0)} KB`;
  return {
    figure,
    median: shown,
    p95: '–',
    peer: '–',
    ratio: '–',
    budget: `≤ ${String(budget)} KB`,
    isWithin: kb <= budget,
  };
}
