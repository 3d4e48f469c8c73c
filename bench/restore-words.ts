/**
 * From twelve words on a blank device to a space of 2,000 documents that reads and writes: real engines, a real relay
 * process, real sockets; the log in memory.
 */
import { performance } from 'node:perf_hooks';
import { MemoryKeyVault } from '../src/lib/adapters/storage/key-vault-memory.ts';
import { MemoryLocalStore } from '../src/lib/adapters/storage/local-store-memory.ts';
import { MemoryLogStore } from '../src/lib/adapters/storage/memory-log-store.ts';
import { SystemClock } from '../src/lib/adapters/platform/system-clock.ts';
import { SystemRandom } from '../src/lib/adapters/platform/system-random.ts';
import { SystemScheduler } from '../src/lib/adapters/platform/system-scheduler.ts';
import { createRelaySocket } from '../src/lib/adapters/transport/relay-socket.ts';
import { DEFAULT_PASSPHRASE_PARAMETERS } from '../src/lib/crypto/passphrase.ts';
import { readyCrypto } from '../src/lib/crypto/sodium.ts';
import { createEngine } from '../src/lib/engine/create-engine.ts';
import type { Engine, SpaceSummary } from '../src/lib/engine/engine.ts';
import { bytesToHex } from '../src/lib/foundation/bytes.ts';
import type { DocumentId, SpaceId } from '../src/lib/foundation/ids.ts';
import { unwrap } from '../src/lib/foundation/result.ts';
import { newDataFolder, startRelay } from '../sync-server/src/relay-process.fixture.ts';
import type { BenchRow } from './bench-row.ts';

const DOCUMENTS = 2_000;
const BODY_BYTES = 300;
const RUNS = 7;
const BUDGET_MS = 10_000;
const DEVICE = { kind: 'device' } as const;
const random = new SystemRandom();

interface Connected {
  readonly engine: Engine;
  readonly close: () => void;
}

export async function run(): Promise<BenchRow[]> {
  await readyCrypto();
  const folder = newDataFolder();
  const relay = await startRelay(folder.path, [
    '--limit-append-per-second',
    '100000',
    '--limit-append-burst',
    '100000',
    '--limit-spaces-per-address-per-day',
    '1000',
  ]);
  const url = `http://127.0.0.1:${String(relay.port)}`;
  const words = await writeWorld(url);
  const times: { readonly read: number; readonly write: number }[] = [];
  for (let i = 0; i <= RUNS; i++) times.push(await restore(url, words));
  await relay.kill('SIGTERM');
  folder.remove();
  // The first run warms the compilers.
  const [, ...measured] = times;
  const name = `restore from words, ${DOCUMENTS.toLocaleString('en')} documents`;
  return [
    row(
      `${name}: all of them here, read-only`,
      measured.map(({ read }) => read),
    ),
    row(
      `${name}: this device added and writing`,
      measured.map(({ write }) => write),
    ),
  ];
}

/** Alice's space, all of it at the relay; her words. */
async function writeWorld(url: string): Promise<string> {
  const { engine, close } = await connect(url);
  unwrap(await engine.setUp({ protection: DEVICE, language: 'fr', name: 'Alice' }));
  unwrap(await engine.setRelay(url));
  const { space } = unwrap(await engine.createSpace());
  for (let i = 0; i < DOCUMENTS; i++) {
    const document = `02${bytesToHex(random.bytes(15))}` as DocumentId;
    unwrap(await engine.append({ space, document, type: 'update', body: random.bytes(BODY_BYTES) }));
  }
  await until(engine, async () => (await engine.syncStatus()).every(({ pending }) => pending === 0));
  const words = unwrap(await engine.recoveryWords(undefined)).join(' ');
  close();
  return words;
}

async function restore(url: string, words: string): Promise<{ readonly read: number; readonly write: number }> {
  const held = { entries: 0 };
  const { engine, close } = await connect(url);
  engine.subscribe((event) => {
    if (event.kind === 'entries') held.entries += event.entries.length;
  });
  const start = performance.now();
  const { spaces } = unwrap(await engine.restore({ words, protection: DEVICE, relayUrl: url }));
  const space = spaces[0] as SpaceId;
  await until(engine, () => Promise.resolve(held.entries >= DOCUMENTS));
  const read = performance.now() - start;
  await until(engine, async () => (await find(engine, space))?.role === 'owner');
  const document = `02${bytesToHex(random.bytes(15))}` as DocumentId;
  unwrap(await engine.append({ space, document, type: 'update', body: random.bytes(BODY_BYTES) }));
  const write = performance.now() - start;
  close();
  return { read, write };
}

async function find(engine: Engine, space: SpaceId): Promise<SpaceSummary | undefined> {
  return (await engine.spaces()).find((each) => each.space === space);
}

/** Asked again with every event. */
async function until(engine: Engine, isTrue: () => Promise<boolean>): Promise<void> {
  if (await isTrue()) return;
  await new Promise<void>((resolve) => {
    const stop = engine.subscribe(() => {
      void isTrue().then((yes) => {
        if (!yes) return;
        stop();
        resolve();
      });
    });
  });
}

async function connect(url: string): Promise<Connected> {
  const scheduler = new SystemScheduler();
  const root = await createEngine({
    store: new MemoryLogStore(),
    keyVault: new MemoryKeyVault(),
    localStore: new MemoryLocalStore(),
    clock: new SystemClock(),
    random,
    scheduler,
    passphraseCost: () => DEFAULT_PASSPHRASE_PARAMETERS,
    origin: url,
  });
  const socket = createRelaySocket({
    url: `${url.replace('http', 'ws')}/sync`,
    WebSocket,
    scheduler,
    random,
    onTransport: (transport) => root.attach(transport),
  });
  return {
    engine: root.engine,
    close: () => {
      socket.close();
      root.close();
    },
  };
}

function row(figure: string, values: readonly number[]): BenchRow {
  const times = [...values].sort((a, b) => a - b);
  const median = times[times.length >> 1] ?? Infinity;
  const p95 = times.at(-1) ?? Infinity;
  const seconds = (value: number): string => `${(value / 1_000).toFixed(2)} s`;
  return {
    figure,
    median: seconds(median),
    p95: seconds(p95),
    peer: '–',
    ratio: '–',
    budget: `< ${String(BUDGET_MS / 1_000)} s`,
    isWithin: median < BUDGET_MS,
  };
}
