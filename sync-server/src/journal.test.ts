import { expect, test } from 'vitest';
import type { SpaceId } from '../../src/lib/foundation/ids.ts';
import type { StoreWrite, SyncSteps } from './envelope-store.ts';
import { BUSY_TICK_MS, Journal, TICK_MS } from './journal.ts';
import { JsonLog } from './json-log.ts';
import { MemoryEnvelopeStore } from './memory-envelope-store.ts';
import { Metrics } from './metrics.ts';

/** A disk that takes its time: tests say when it is done. */
class SlowDiskStore extends MemoryEnvelopeStore {
  readonly commits: number[] = [];
  syncing: SyncSteps | undefined;

  override commit(batch: readonly StoreWrite[]): void {
    super.commit(batch);
    this.commits.push(batch.length);
  }

  override sync(steps: SyncSteps): void {
    this.syncing = steps;
  }
}

function scene() {
  const store = new SlowDiskStore();
  const happened: string[] = [];
  const timers: (() => void)[] = [];
  const waits: number[] = [];
  const audience = { sockets: 1 };
  const clock = { ms: 0, nowMs: () => clock.ms };
  const journal = new Journal({
    store,
    clock,
    scheduler: {
      after: (delayMs, task) => {
        waits.push(delayMs);
        timers.push(task);
        return () => void timers.splice(timers.indexOf(task), 1);
      },
    },
    metrics: new Metrics(),
    log: new JsonLog(clock, () => undefined),
    onRollback: () => happened.push('rollback'),
    onTick: () => {
      happened.push('tick');
      return audience.sockets;
    },
  });
  const write = (name: string): void => {
    const space = 'a1'.repeat(32) as SpaceId;
    const acl: StoreWrite = { kind: 'acl', space, counter: 1, removed: [], entries: [], atMs: 0 };
    journal.add({ write: acl, onDurable: () => happened.push(name), onFailed: () => happened.push(`${name} failed`) });
  };
  const tick = (): void => {
    clock.ms += TICK_MS;
    for (const task of timers.splice(0)) task();
  };
  return { store, journal, happened, waits, audience, clock, write, tick };
}

test('[R3] what follows from a write waits for the disk, not only for the commit', () => {
  const { store, journal, happened, write, tick } = scene();
  write('Alice');
  tick();
  expect([store.commits, happened]).toEqual([[1], []]);
  expect(journal.isEmpty).toBe(false);
  store.syncing?.onDurable();
  expect(happened).toEqual(['Alice', 'tick']);
});

test('[R3] while the disk takes one batch the next gathers, and leaves as soon as it may', () => {
  const { store, happened, write, tick } = scene();
  write('Alice');
  tick();
  write('Bob');
  tick();
  write('Carol');
  store.syncing?.onDurable();
  expect([store.commits, happened]).toEqual([[1], ['Alice', 'tick']]);
  store.syncing?.onReady();
  expect(store.commits).toEqual([1, 2]);
  store.syncing?.onDurable();
  expect(happened).toEqual(['Alice', 'tick', 'Bob', 'Carol', 'tick']);
});

test('[R6] at the end everything that waits becomes durable and is told once', () => {
  const { store, journal, happened, write, tick } = scene();
  write('Alice');
  tick();
  write('Bob');
  journal.settle();
  store.syncing?.onDurable();
  store.syncing?.onReady();
  expect(happened).toEqual(['Alice', 'tick', 'Bob', 'tick']);
  expect(journal.isEmpty).toBe(true);
});

test('[R3] the more sockets a tick wrote to, the longer the next gathers, up to a limit', () => {
  const { store, waits, audience, write, tick } = scene();
  for (const sockets of [1, 100, 192, 10_000, 1]) {
    audience.sockets = sockets;
    write('Alice');
    tick();
    store.syncing?.onDurable();
    store.syncing?.onReady();
  }
  write('Bob');
  expect(waits).toEqual([TICK_MS, TICK_MS, TICK_MS, 12, BUSY_TICK_MS, TICK_MS]);
});

test('[R3] sockets that bring more than can be taken do not cut a longer wait short, nor let it run over', () => {
  const { store, journal, audience, happened, write, tick, clock } = scene();
  audience.sockets = 10_000;
  write('Alice');
  tick();
  store.syncing?.onDurable();
  store.syncing?.onReady();
  write('Bob');
  clock.ms += BUSY_TICK_MS - 1;
  journal.flushIfDue();
  expect(store.commits).toEqual([1]);
  clock.ms += 1;
  journal.flushIfDue();
  expect(store.commits).toEqual([1, 1]);
  expect(happened).toEqual(['Alice', 'tick']);
});
