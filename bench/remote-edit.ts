/**
 * How soon a second person sees an edit: through our relay, from the key and from the moment the sender's change is
 * durable (edits gather for up to 250 ms while someone else is live), beside y-prosemirror over Hocuspocus, which sends
 * every key at once. Two browser contexts on one machine share its clock.
 */
import { chromium, type Browser, type Page } from '@playwright/test';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build, preview } from 'vite';
import { Person } from '../tests/e2e/support/person.ts';
import { RelayProcess } from '../tests/e2e/support/relay-process.ts';
import { freePort } from '../tests/support/free-port.ts';
import type { BenchRow } from './bench-row.ts';
import { launchOptions, percentile } from './browser.ts';

const ROUNDS = 30;
const BUDGET_MS = 250;
const PAGE = fileURLToPath(new URL('pages/remote-edit', import.meta.url));
const OUT = fileURLToPath(new URL('pages/dist/remote-edit', import.meta.url));

interface Delays {
  readonly fromKey: readonly number[];
  readonly fromCommit: readonly number[];
}

export async function run(): Promise<BenchRow[]> {
  const browser = await chromium.launch(launchOptions);
  try {
    const ours = await measureArchipel(browser);
    const peer = await measureHocuspocus(browser);
    return [
      row('remote edit seen after the sender’s commit', ours.fromCommit, { budget: BUDGET_MS }),
      row('remote edit seen after the key', ours.fromKey, { peer: peer.fromKey }),
    ];
  } finally {
    await browser.close();
  }
}

async function measureArchipel(browser: Browser): Promise<Delays> {
  const relay = await RelayProcess.start();
  try {
    const alice = await Person.meet('Alice', { browser, url: relay.url });
    await alice.begin();
    await alice.newPage('Minutes');
    await alice.write('Start.');
    await alice.expectSynced();
    const space = alice.spacePath();
    await alice.writeWordsDown();
    const link = await alice.invite(space);
    const bob = await Person.meet('Bob', { browser, url: relay.url });
    await bob.join(link);
    await bob.openPage('Minutes');
    await alice.openPage('Minutes');
    await bob.write(' Bob.');
    await alice.text.getByText('Bob.').waitFor();
    const delays = await measure(alice.page, bob.page, true);
    await alice.context.close();
    await bob.context.close();
    return delays;
  } finally {
    await relay.dispose();
  }
}

async function measureHocuspocus(browser: Browser): Promise<Delays> {
  const port = await freePort();
  const server = spawn(
    process.execPath,
    [fileURLToPath(new URL('relay-load/hocuspocus-server.mjs', import.meta.url)), String(port)],
    { stdio: 'ignore' },
  );
  const config = {
    configFile: false as const,
    root: PAGE,
    logLevel: 'warn' as const,
    resolve: { alias: { $lib: fileURLToPath(new URL('../src/lib', import.meta.url)) } },
    build: { outDir: OUT, emptyOutDir: true, target: 'es2023' },
  };
  await build(config);
  const pages = await preview({ ...config, preview: { port: 0, host: '127.0.0.1' } });
  try {
    const address = `${pages.resolvedUrls?.local[0] ?? ''}#ws://127.0.0.1:${String(port)}`;
    const [alice, bob] = [await openPeer(browser, address), await openPeer(browser, address)];
    return await measure(alice, bob, false);
  } finally {
    await pages.close();
    server.kill('SIGKILL');
  }
}

async function openPeer(browser: Browser, address: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(address);
  await page.getByRole('textbox', { name: 'Page text' }).waitFor();
  return page;
}

/** Types one key a round; the moments are read inside the pages, not by the driver. */
async function measure(alice: Page, bob: Page, hasCommit: boolean): Promise<Delays> {
  const fromKey: number[] = [];
  const fromCommit: number[] = [];
  await alice.getByRole('textbox', { name: 'Page text' }).click();
  await alice.evaluate(noteKeys);
  for (let round = 0; round < ROUNDS; round++) {
    const key = 'abcdefghijklmnopqrstuvwxyz'[round % 26] ?? 'a';
    const length = await textLength(bob);
    const seen = bob.evaluate(watchText, length);
    const committed = hasCommit ? alice.evaluate(watchCommit) : Promise.resolve(Number.NaN);
    await alice.keyboard.press(key);
    const [commit, to] = await Promise.all([committed, seen]);
    const from = await alice.evaluate(pressedAt);
    // A round whose sign was missed (a caret moved in the same frame) is no sample.
    if (Number.isNaN(to)) continue;
    fromKey.push(to - from);
    if (!Number.isNaN(commit)) fromCommit.push(to - commit);
  }
  return { fromKey, fromCommit };
}

function textLength(page: Page): Promise<number> {
  return page.getByRole('textbox', { name: 'Page text' }).evaluate((element) => element.textContent.length);
}

interface WithKey {
  pressedAt?: number;
}

/** Notes the moment of every key on the page itself: a listener for one key could come too late for it. */
function noteKeys(): void {
  const note = (): void => {
    (globalThis as WithKey).pressedAt = performance.timeOrigin + performance.now();
  };
  addEventListener('keydown', note, { capture: true });
}

function pressedAt(): number {
  return (globalThis as WithKey).pressedAt ?? Number.NaN;
}

/** The sync line says “Saving…” until the change is durable, which is when it is sent. */
function watchCommit(): Promise<number> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(Number.NaN), 3_000);
    let wasSaving = false;
    const look = (): void => {
      const isSaving = [...document.querySelectorAll('.sync')].some((line) => line.textContent.includes('Saving'));
      if (wasSaving && !isSaving) {
        observer.disconnect();
        resolve(performance.timeOrigin + performance.now());
      }
      wasSaving ||= isSaving;
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  });
}

function watchText(length: number): Promise<number> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(Number.NaN), 3_000);
    const text = document.querySelector('[aria-label="Page text"]');
    if (text === null) return;
    const observer = new MutationObserver(() => {
      // A caret's name stands in the text as well: only a longer text than before counts.
      if (text.textContent.length === length) return;
      observer.disconnect();
      requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()));
    });
    observer.observe(text, { subtree: true, childList: true, characterData: true });
  });
}

function row(
  figure: string,
  samples: readonly number[],
  against: { readonly budget?: number; readonly peer?: readonly number[] },
): BenchRow {
  const [median, p95] = [percentile(samples, 0.5), percentile(samples, 0.95)];
  const peer = against.peer === undefined ? undefined : percentile(against.peer, 0.5);
  return {
    figure,
    median: `${median.toFixed(0)} ms`,
    p95: `${p95.toFixed(0)} ms`,
    peer: peer === undefined ? '–' : `Hocuspocus + y-prosemirror ${peer.toFixed(0)} ms`,
    ratio: peer === undefined ? '–' : (median / peer).toFixed(1),
    budget: against.budget === undefined ? '–' : `p95 ≤ ${String(against.budget)} ms`,
    isWithin: against.budget === undefined || p95 <= against.budget,
  };
}
