/** The log in memory: for every test, and for a device that was told to keep nothing. */
import { assert } from '../../foundation/assert.ts';
import type { DeviceId, SpaceId } from '../../foundation/ids.ts';
import { assertExtends, chainStateAfter, chainStateOf, judgeChainStep } from '../../log/chain-step.ts';
import type {
  ChainHead,
  ChainState,
  InsertOutcome,
  LogEntry,
  LogQuery,
  LogStore,
  StoredEntry,
} from '../../log/log-store.ts';

interface SpaceLog {
  readonly arrival: StoredEntry[];
  readonly chains: Map<DeviceId, StoredEntry[]>;
  readonly heads: Map<DeviceId, ChainState>;
}

/** The durable part: two stores over one disk are two tabs over one database. */
export class MemoryDisk {
  readonly spaces = new Map<SpaceId, SpaceLog>();
}

export class MemoryLogStore implements LogStore {
  readonly #disk: MemoryDisk;

  constructor(disk: MemoryDisk = new MemoryDisk()) {
    this.#disk = disk;
  }

  append(
    space: SpaceId,
    author: DeviceId,
    seal: (head: ChainHead | undefined) => readonly LogEntry[],
  ): Promise<readonly StoredEntry[]> {
    return asPromise(() => {
      const head = this.#disk.spaces.get(space)?.heads.get(author);
      const sealed = seal(head);
      assertExtends(head, sealed, { space, author });
      return sealed.map((entry) => this.#store(space, entry));
    });
  }

  insert(space: SpaceId, entries: readonly LogEntry[]): Promise<readonly InsertOutcome[]> {
    return asPromise(() => {
      for (const entry of entries) assert(entry.space === space, 'an entry is inserted into its own space');
      return entries.map((entry) => this.#insertOne(space, entry));
    });
  }

  heads(space: SpaceId): Promise<ReadonlyMap<DeviceId, ChainState>> {
    return Promise.resolve(new Map(this.#disk.spaces.get(space)?.heads));
  }

  read(space: SpaceId, query: LogQuery): Promise<readonly StoredEntry[]> {
    const log = this.#disk.spaces.get(space);
    if (log === undefined) return Promise.resolve([]);
    if (query.by === 'author') {
      const chain = log.chains.get(query.author) ?? [];
      return Promise.resolve(chain.slice(query.fromSeq, query.fromSeq + query.limit));
    }
    const found: StoredEntry[] = [];
    for (const entry of log.arrival) {
      if (found.length >= query.limit) break;
      if (entry.position > query.afterPosition && matches(query, entry)) found.push(entry);
    }
    return Promise.resolve(found);
  }

  spaces(): Promise<readonly SpaceId[]> {
    return Promise.resolve([...this.#disk.spaces.keys()].sort());
  }

  cut(space: SpaceId, author: DeviceId, fromSeq: number): Promise<readonly StoredEntry[]> {
    return asPromise(() => {
      const log = this.#disk.spaces.get(space);
      const taken = log?.chains.get(author)?.splice(fromSeq) ?? [];
      if (log === undefined || taken.length === 0) return taken;
      for (const entry of taken) log.arrival.splice(log.arrival.indexOf(entry), 1);
      log.heads.delete(author);
      const state = chainStateOf(log.chains.get(author) ?? []);
      if (state !== undefined) log.heads.set(author, state);
      return taken;
    });
  }

  erase(space: SpaceId): Promise<void> {
    this.#disk.spaces.delete(space);
    return Promise.resolve();
  }

  #insertOne(space: SpaceId, entry: LogEntry): InsertOutcome {
    const log = this.#disk.spaces.get(space);
    const step = judgeChainStep(log?.heads.get(entry.author), entry);
    if (step.kind === 'extends') return { kind: 'stored', entry: this.#store(space, entry) };
    if (step.kind !== 'held-seq') return step;
    const held = log?.chains.get(entry.author)?.[entry.seq];
    assert(held !== undefined, 'a chain is dense');
    return held.id === entry.id ? { kind: 'known', entry: held } : { kind: 'fork', held: held.id };
  }

  #store(space: SpaceId, entry: LogEntry): StoredEntry {
    let log = this.#disk.spaces.get(space);
    if (log === undefined) {
      log = { arrival: [], chains: new Map(), heads: new Map() };
      this.#disk.spaces.set(space, log);
    }
    const stored: StoredEntry = { ...entry, position: (log.arrival.at(-1)?.position ?? 0) + 1 };
    log.arrival.push(stored);
    log.heads.set(entry.author, chainStateAfter(log.heads.get(entry.author), entry));
    const chain = log.chains.get(entry.author);
    if (chain === undefined) log.chains.set(entry.author, [stored]);
    else chain.push(stored);
    return stored;
  }
}

function matches(query: Exclude<LogQuery, { by: 'author' }>, entry: StoredEntry): boolean {
  if (query.by === 'tags') return query.tags.includes(entry.tag);
  return query.by === 'arrival' || query.types.includes(entry.type);
}

function asPromise<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}
