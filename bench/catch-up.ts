/** A device that was away asks for 10,000 envelopes over one link: bytes on the wire against bytes of data, and time. */
import { setImmediate as turn } from 'node:timers/promises';
import { MemoryDisk, MemoryLogStore } from '../src/lib/adapters/storage/memory-log-store.ts';
import { createMemoryLink, NO_FAULTS } from '../src/lib/adapters/transport/memory-link.ts';
import { ZERO_ENVELOPE, type SpaceId } from '../src/lib/foundation/ids.ts';
import { deviceNamed, envelopeIdNamed, spaceNamed, tagNamed } from '../src/lib/log/log-entries.fixture.ts';
import type { LogEntry } from '../src/lib/log/log-store.ts';
import { decodeEnvelope, encodeHeader, MIN_SEALED_BYTES, ZERO_MEMBERSHIP_REF } from '../src/lib/protocol/envelope.ts';
import { concatBytes } from '../src/lib/foundation/bytes.ts';
import type { EpochId } from '../src/lib/foundation/ids.ts';
import { padmeLength } from '../src/lib/protocol/padding.ts';
import { createReconciler } from '../src/lib/sync/reconciler.ts';
import type { SyncHost } from '../src/lib/sync/sync-host.ts';
import { VirtualTime } from '../src/lib/sync/virtual-time.fixture.ts';
import type { BenchRow } from './bench-row.ts';

const ENVELOPES = 10_000;
const AUTHORS = 10;
const RUNS = 5;
const BUDGET = 1.1;

interface Run {
  readonly ratio: number;
  readonly elapsedMs: number;
}

export async function run(): Promise<BenchRow[]> {
  const log = newLog();
  const runs: Run[] = [];
  for (let i = 0; i < RUNS; i++) runs.push(await catchUp(log));
  const ratios = runs.map(({ ratio }) => ratio).sort(ascending);
  const rates = runs.map(({ elapsedMs }) => (ENVELOPES / elapsedMs) * 1_000).sort(ascending);
  const times = runs.map(({ elapsedMs }) => elapsedMs).sort(ascending);
  const median = ratios[RUNS >> 1] ?? Infinity;
  const worst = ratios.at(-1) ?? Infinity;
  return [
    {
      figure: 'catch-up, 10,000 envelopes of 10 authors: bytes on the wire ÷ bytes of data',
      median: median.toFixed(4),
      p95: worst.toFixed(4),
      peer: 'the envelopes alone',
      ratio: median.toFixed(4),
      budget: `≤ ${String(BUDGET)}`,
      isWithin: worst <= BUDGET,
    },
    {
      figure: 'catch-up, the state machine alone (no crypto, no disk)',
      median: `${String(Math.round((rates[RUNS >> 1] ?? 0) / 100) * 100)} envelopes/s`,
      p95: `${(times.at(-1) ?? 0).toFixed(0)} ms for all`,
      peer: '–',
      ratio: '–',
      budget: '–',
      isWithin: true,
    },
  ];
}

async function catchUp(log: readonly LogEntry[]): Promise<Run> {
  const space = spaceNamed('bench');
  const time = new VirtualTime(() => turn());
  const [full, empty] = [new MemoryLogStore(new MemoryDisk()), new MemoryLogStore(new MemoryDisk())];
  await full.insert(space, log);
  let wireBytes = 0;
  let held = 0;
  const { ends, cut } = createMemoryLink({
    scheduler: time,
    chance: () => 0.5,
    faults: () => ({ ...NO_FAULTS, delayMs: 20 }),
    sides: ['tab', 'tab'],
    onSend: (frame) => {
      wireBytes += frame.length;
    },
  });
  const onStored = (count: number) => {
    held += count;
  };
  const startMs = performance.now();
  for (const [i, store] of [full, empty].entries()) {
    const transport = ends[i === 0 ? 0 : 1];
    createReconciler({
      transport,
      host: hostOver(store, space, onStored),
      clock: time,
      scheduler: time,
      random: { bytes: (length) => new Uint8Array(length).fill(i + 1) },
    });
  }
  while (held < ENVELOPES) await time.pass(100);
  const elapsedMs = performance.now() - startMs;
  cut();
  return { ratio: wireBytes / log.reduce((sum, { bytes }) => sum + bytes.length, 0), elapsedMs };
}

/** Believes every header: what is measured is the machine, not the crypto. */
function hostOver(store: MemoryLogStore, space: SpaceId, onStored: (count: number) => void): SyncHost {
  return {
    spaces: () => Promise.resolve([space]),
    frontier: (asked) => store.heads(asked),
    read: (asked, author, fromSeq, limit) => store.read(asked, { by: 'author', author, fromSeq, limit }),
    offer: async (envelopes) => {
      const outcomes = await store.insert(space, envelopes.map(entryOf));
      onStored(outcomes.filter(({ kind }) => kind === 'stored').length);
      return outcomes.map((outcome) => {
        if (outcome.kind !== 'stored' && outcome.kind !== 'known')
          throw new Error(`an honest link made a ${outcome.kind}`);
        const { author, seq, id } = outcome.entry;
        return { kind: outcome.kind, space, author, seq, id };
      });
    },
    onHeld: () => undefined,
    onEphemeral: () => undefined,
  };
}

function entryOf(bytes: Uint8Array): LogEntry {
  const decoded = decodeEnvelope(bytes);
  if (!decoded.ok) throw new Error(decoded.error.code);
  const { space, author, seq, prev, type, tag } = decoded.value.header;
  return { space, author, seq, id: envelopeIdNamed(`${author}/${String(seq)}`), prev, type, tag, bytes };
}

/** Ten authors taking turns; sizes as edits have them: most small, some of a few kilobytes. */
function newLog(): readonly LogEntry[] {
  const space = spaceNamed('bench');
  const log: LogEntry[] = [];
  for (let i = 0; i < ENVELOPES; i++) {
    const author = deviceNamed(`author ${String(i % AUTHORS)}`);
    const seq = Math.floor(i / AUTHORS);
    const place = `${author}/${String(seq)}`;
    const prev = seq === 0 ? ZERO_ENVELOPE : envelopeIdNamed(`${author}/${String(seq - 1)}`);
    const size = Math.max(MIN_SEALED_BYTES, padmeLength(i % 20 === 0 ? 3_000 : 60 + (i % 300)) + 16);
    const header = encodeHeader(
      {
        suite: 1,
        type: 'update',
        flags: { clear: false, deflated: false },
        space,
        tag: tagNamed(`document ${String(i % 7)}`),
        epoch: envelopeIdNamed('epoch') as string as EpochId,
        author,
        seq,
        prev,
        mref: ZERO_MEMBERSHIP_REF,
        nonce: new Uint8Array(24),
      },
      size,
    );
    log.push({
      space,
      author,
      seq,
      id: envelopeIdNamed(place),
      prev,
      type: 'update',
      tag: tagNamed('x'),
      bytes: concatBytes(header, new Uint8Array(size), new Uint8Array(64)),
    });
  }
  return log;
}

function ascending(a: number, b: number): number {
  return a - b;
}
