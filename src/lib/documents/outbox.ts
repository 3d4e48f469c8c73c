/**
 * Local changes on their way to the log, in order, one at a time. A change leaves the queue only once it is durable;
 * a failing disk is reported and tried again with growing pauses, and nothing is lost meanwhile.
 */
import type { DocumentId, EnvelopeId, SpaceId } from '../foundation/ids.ts';
import { EnvironmentError, type Failure } from '../foundation/result.ts';
import type { Scheduler } from '../foundation/scheduler.ts';
import type { EntryPort } from './entry-port.ts';

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

export interface OutboxOptions {
  readonly space: SpaceId;
  readonly document: DocumentId;
  readonly port: Pick<EntryPort, 'append'>;
  readonly scheduler: Scheduler;
  readonly onStored: (id: EnvelopeId, position: number) => void;
  /** The queue became empty: all local changes are durable. */
  readonly onDrained: () => void;
  readonly onFailure: (failure: Failure) => void;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #queue: Uint8Array[] = [];
  #pump: Promise<void> | undefined;
  #retryMs = FIRST_RETRY_MS;
  #cancelRetry: (() => void) | undefined;
  #isStopped = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  push(body: Uint8Array): void {
    this.#queue.push(body);
    if (this.#cancelRetry === undefined) this.#start();
  }

  /** Tries now, whatever pause was running; resolves when the queue is empty or the disk refused. */
  async drain(): Promise<void> {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.#start();
    while (this.#pump !== undefined) await this.#pump;
  }

  /** No more attempts; what is queued stays in memory only. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
  }

  #start(): void {
    if (this.#isStopped || this.#pump !== undefined || this.#queue.length === 0) return;
    this.#pump = this.#run().finally(() => {
      this.#pump = undefined;
      if (this.#cancelRetry === undefined) this.#start();
    });
  }

  async #run(): Promise<void> {
    for (let body = this.#queue[0]; body !== undefined; body = this.#queue[0]) {
      const failure = await this.#append(body);
      if (failure !== undefined) {
        this.#options.onFailure(failure);
        this.#retryLater();
        return;
      }
      this.#queue.shift();
      this.#retryMs = FIRST_RETRY_MS;
    }
    this.#options.onDrained();
  }

  async #append(body: Uint8Array): Promise<Failure | undefined> {
    const { space, document, port, onStored } = this.#options;
    try {
      const stored = await port.append({ space, document, type: 'update', body });
      if (!stored.ok) return stored.error;
      onStored(stored.value.id, stored.value.position);
      return undefined;
    } catch (cause) {
      if (cause instanceof EnvironmentError) return { code: cause.code, detail: cause.message };
      throw cause;
    }
  }

  #retryLater(): void {
    if (this.#isStopped) return;
    this.#cancelRetry = this.#options.scheduler.after(this.#retryMs, () => {
      this.#cancelRetry = undefined;
      this.#start();
    });
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
  }
}
