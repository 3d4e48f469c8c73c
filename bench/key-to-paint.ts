/**
 * Key → paint on a 50,000-character page while a peer types 20 changes/s: our editor (authority and Automerge in a
 * worker) beside y-prosemirror and Yjs on the main thread, in one Chromium, one after the other, twice each. The frame
 * rate is not limited, so that the figure is the work a key causes and not the wait for the screen. On a busy machine the
 * main thread's own processor time per key is the figure to trust: nobody else's work is in it.
 */
import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import type { Browser, CDPSession } from 'playwright';
import { build, preview } from 'vite';
import type { BenchRow } from './bench-row.ts';
import type { Measured } from './pages/key-to-paint/main.ts';

const KEYS = 120;
const ROUNDS = 2;
const KEY_MS = 90;
const BUDGET_MS = 16;
const TASK_BUDGET_MS = 50;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = fileURLToPath(new URL('pages/key-to-paint', import.meta.url));
/** One editor's run. */
interface Run extends Measured {
  readonly cpuPerKeyMs: number;
}

const OUT = fileURLToPath(new URL('pages/dist/key-to-paint', import.meta.url));

export async function run(): Promise<BenchRow[]> {
  const config = {
    configFile: false as const,
    root: PAGE,
    logLevel: 'warn' as const,
    resolve: { alias: { $lib: `${ROOT}src/lib` } },
    worker: { format: 'es' as const },
    build: { outDir: OUT, emptyOutDir: true, target: 'es2023', assetsInlineLimit: 0 },
  };
  const words = paraglideVitePlugin({
    project: `${ROOT}project.inlang`,
    outdir: `${ROOT}src/lib/paraglide`,
    strategy: ['localStorage', 'preferredLanguage', 'baseLocale'],
  });
  await build({ ...config, plugins: [words, svelte()] });
  const server = await preview({ ...config, preview: { port: 0, host: '127.0.0.1' } });
  const system = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
    existsSync(path),
  );
  const browser = await chromium.launch({
    ...(system === undefined ? {} : { executablePath: system }),
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--disable-frame-rate-limit',
      '--disable-gpu-vsync',
    ],
  });
  try {
    const address = server.resolvedUrls?.local[0] ?? '';
    const ours: Run[] = [];
    const peer: Run[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await typeInto(browser, `${address}#archipel`));
      peer.push(await typeInto(browser, `${address}#yjs`));
    }
    return [keyRow(ours, peer), cpuRow(ours, peer), taskRow(ours, peer)];
  } finally {
    await browser.close();
    await server.close();
  }
}

async function typeInto(browser: Browser, address: string): Promise<Run> {
  const page = await browser.newPage();
  await page.goto(address);
  await page.waitForFunction(() => (globalThis as unknown as { measured?: Measured }).measured?.isReady);
  await page.waitForSelector('.page-text[contenteditable=true] > :nth-child(100)');
  await page.click('.page-text > :nth-child(8)');
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const before = await busyMs(session);
  for (let key = 0; key < KEYS; key++) {
    await page.keyboard.press('abcdefghij'[key % 10] ?? 'a');
    await page.waitForTimeout(KEY_MS);
  }
  const cpuPerKeyMs = ((await busyMs(session)) - before) / KEYS;
  const measured = await page.evaluate(() => (globalThis as unknown as { measured: Measured }).measured);
  await page.close();
  return { ...measured, cpuPerKeyMs };
}

/** Processor time of the main thread so far: script, layout, paint and everything else it did. */
async function busyMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1_000;
}

function keyRow(ours: readonly Measured[], peer: readonly Measured[]): BenchRow {
  const own = spreadOf(ours.flatMap(({ keyMs }) => keyMs));
  const other = spreadOf(peer.flatMap(({ keyMs }) => keyMs));
  return {
    figure: 'key → paint, 50k characters, a peer typing 20/s',
    median: `${own.median.toFixed(1)} ms`,
    p95: `${own.p95.toFixed(1)} ms`,
    peer: `y-prosemirror + Yjs: ${other.median.toFixed(1)} / ${other.p95.toFixed(1)} ms`,
    ratio: (other.p95 / own.p95).toFixed(2),
    budget: `p95 ≤ ${String(BUDGET_MS)} ms`,
    isWithin: own.p95 <= BUDGET_MS,
  };
}

function cpuRow(ours: readonly Run[], peer: readonly Run[]): BenchRow {
  const mean = (runs: readonly Run[]): number =>
    runs.reduce((sum, { cpuPerKeyMs }) => sum + cpuPerKeyMs, 0) / runs.length;
  const [own, other] = [mean(ours), mean(peer)];
  return {
    figure: 'main-thread processor time per key, the peer’s typing included',
    median: `${own.toFixed(1)} ms`,
    p95: '–',
    peer: `y-prosemirror + Yjs: ${other.toFixed(1)} ms`,
    ratio: (other / own).toFixed(2),
    budget: 'not more than the peer',
    isWithin: own <= other,
  };
}

function taskRow(ours: readonly Measured[], peer: readonly Measured[]): BenchRow {
  const longest = (all: readonly Measured[]): number => Math.max(0, ...all.flatMap(({ longTasksMs }) => longTasksMs));
  // The browser reports tasks from 50 ms on; none reported is below that.
  const words = (ms: number): string => (ms === 0 ? '< 50 ms' : `${ms.toFixed(0)} ms`);
  const own = longest(ours);
  return {
    figure: 'longest main-thread task while typing',
    median: words(own),
    p95: words(own),
    peer: `y-prosemirror + Yjs: ${words(longest(peer))}`,
    ratio: '–',
    budget: `≤ ${String(TASK_BUDGET_MS)} ms`,
    isWithin: own <= TASK_BUDGET_MS,
  };
}

function spreadOf(samples: readonly number[]): { readonly median: number; readonly p95: number } {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { median: at(0.5), p95: at(0.95) };
}
