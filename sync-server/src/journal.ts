/**
 * Group commit: what arrives within one tick becomes one transaction, and nothing that depends on it (an ACK, a delivery)
 * happens before that transaction is durable [R3]. While the disk takes one, the next gathers; it is committed only then,
 * so at the moment of a consequence the store holds what came before it, and nothing that came after.
 */
import type { Clock } from '../../src/lib/foundation/clock.ts';
import { EnvironmentError } from '../../src/lib/foundation/result.ts';
import type { Scheduler } from '../../src/lib/foundation/scheduler.ts';
import type { EnvelopeStore, StoreWrite } from './envelope-store.ts';
import type { JsonLog } from './json-log.ts';
import type { Metrics } from './metrics.ts';

/** How long an envelope may wait for company. */
export const TICK_MS = 10;
/** The same where many listen: to write to a socket costs the same however much, so fuller writes are worth the wait. */
export const BUSY_TICK_MS = 15;
/** So many sockets that a tick wrote to give the next one a millisecond, between those two. */
const SOCKETS_PER_MS = 16;

/** What follows from a write; without one it simply happens with the tick, after the commit. */
export interface Consequence {
  readonly write?: StoreWrite;
  onDurable(): void;
  onFailed(): void;
}

export interface JournalPorts {
  readonly store: EnvelopeStore;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly metrics: Metrics;
  readonly log: JsonLog;
  /** The transaction failed: memory must return to what the store holds, before the failures are told. */
  readonly onRollback: () => void;
  /** All consequences have happened: what they queued may leave. To how many sockets it did. */
  readonly onTick: () => number;
}

export class Journal {
  readonly #ports: JournalPorts;
  #waiting: Consequence[] = [];
  #sinceMs = 0;
  #tickMs = TICK_MS;
  #cancel: (() => void) | undefined;
  /** Committed, not yet durable. */
  #leaving: readonly Consequence[] | undefined;
  #isDiskBusy = false;
  /** What waits should have left while the disk was busy. */
  #isOverdue = false;

  constructor(ports: JournalPorts) {
    this.#ports = ports;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#leaving === undefined;
  }

  add(consequence: Consequence): void {
    if (this.#waiting.length === 0) this.#sinceMs = this.#ports.clock.nowMs();
    this.#waiting.push(consequence);
    this.#cancel ??= this.#ports.scheduler.after(this.#tickMs, () => {
      this.flush();
    });
  }

  /** Timers run late when sockets bring more than we can take: between frames, what waited long enough goes first. */
  flushIfDue(): void {
    if (this.#waiting.length > 0 && this.#ports.clock.nowMs() - this.#sinceMs >= this.#tickMs) this.flush();
  }

  flush(): void {
    this.#isOverdue = this.#isDiskBusy;
    if (this.#isDiskBusy) return;
    this.#cancel?.();
    this.#cancel = undefined;
    const batch = this.#waiting;
    this.#waiting = [];
    const startMs = this.#ports.clock.nowMs();
    const writes = batch.flatMap((each) => (each.write === undefined ? [] : [each.write]));
    if (!this.#commit(writes)) this.#onRolledBack(batch);
    else {
      this.#leaving = batch;
      if (writes.length === 0) this.#onDurable(batch);
      else this.#sync(batch, startMs);
    }
  }

  /** At the end of the process: all that waits is durable, and its consequences have happened, when this returns. */
  settle(): void {
    this.#settleLeaving();
    this.flush();
    this.#settleLeaving();
  }

  #settleLeaving(): void {
    if (this.#isDiskBusy) this.#ports.store.syncNow();
    this.#isDiskBusy = false;
    if (this.#leaving !== undefined) this.#onDurable(this.#leaving);
  }

  #sync(batch: readonly Consequence[], startMs: number): void {
    const { store, clock, metrics } = this.#ports;
    this.#isDiskBusy = true;
    store.sync({
      onDurable: () => {
        metrics.add('commits');
        metrics.add('commit_ms', Math.max(0, clock.nowMs() - startMs));
        this.#onDurable(batch);
      },
      onReady: () => {
        this.#isDiskBusy = false;
        if (this.#isOverdue) this.flush();
      },
    });
  }

  #onDurable(batch: readonly Consequence[]): void {
    if (this.#leaving !== batch) return;
    this.#leaving = undefined;
    for (const each of batch) each.onDurable();
    this.#tickMs = tickMsAfter(this.#ports.onTick());
  }

  #onRolledBack(batch: readonly Consequence[]): void {
    this.#ports.onRollback();
    for (const each of batch) each.onFailed();
    this.#ports.onTick();
  }

  #commit(writes: readonly StoreWrite[]): boolean {
    if (writes.length === 0) return true;
    const { store, metrics, log } = this.#ports;
    try {
      store.commit(writes);
      return true;
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      metrics.add('commit_failures');
      log.warn('commit failed', { code: error.code, count: writes.length });
      return false;
    }
  }
}

function tickMsAfter(sockets: number): number {
  return Math.min(BUSY_TICK_MS, Math.max(TICK_MS, sockets / SOCKETS_PER_MS));
}
