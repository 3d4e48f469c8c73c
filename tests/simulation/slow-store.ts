/** A disk that takes its time, and loses what it has not yet written when the device crashes. */
import type { DeviceId, SpaceId } from '../../src/lib/foundation/ids.ts';
import type { Scheduler } from '../../src/lib/foundation/scheduler.ts';
import type {
  ChainHead,
  InsertOutcome,
  LogEntry,
  LogQuery,
  LogStore,
  StoredEntry,
} from '../../src/lib/log/log-store.ts';

export interface SlowStoreOptions {
  readonly inner: LogStore;
  readonly scheduler: Scheduler;
  readonly delayMs: () => number;
  /** Sees every entry once it is durable. */
  readonly onStored: (entries: readonly StoredEntry[], how: 'appended' | 'inserted') => void;
}

export class SlowStore implements LogStore {
  readonly #options: SlowStoreOptions;
  #isDead = false;

  constructor(options: SlowStoreOptions) {
    this.#options = options;
  }

  /** Whatever is under way never happens and never answers. */
  kill(): void {
    this.#isDead = true;
  }

  async append(
    space: SpaceId,
    author: DeviceId,
    seal: (head: ChainHead | undefined) => readonly LogEntry[],
  ): Promise<readonly StoredEntry[]> {
    await this.#write();
    const stored = await this.#options.inner.append(space, author, seal);
    this.#options.onStored(stored, 'appended');
    return stored;
  }

  async insert(space: SpaceId, entries: readonly LogEntry[]): Promise<readonly InsertOutcome[]> {
    await this.#write();
    const outcomes = await this.#options.inner.insert(space, entries);
    this.#options.onStored(
      outcomes.flatMap((outcome) => (outcome.kind === 'stored' ? [outcome.entry] : [])),
      'inserted',
    );
    return outcomes;
  }

  async cut(space: SpaceId, author: DeviceId, fromSeq: number): Promise<readonly StoredEntry[]> {
    await this.#write();
    return this.#options.inner.cut(space, author, fromSeq);
  }

  heads(space: SpaceId): ReturnType<LogStore['heads']> {
    return this.#options.inner.heads(space);
  }
  read(space: SpaceId, query: LogQuery): Promise<readonly StoredEntry[]> {
    return this.#options.inner.read(space, query);
  }
  spaces(): Promise<readonly SpaceId[]> {
    return this.#options.inner.spaces();
  }
  erase(space: SpaceId): Promise<void> {
    return this.#options.inner.erase(space);
  }

  #write(): Promise<void> {
    return new Promise((resolve) => {
      this.#options.scheduler.after(this.#options.delayMs(), () => {
        if (!this.#isDead) resolve();
      });
    });
  }
}
