/**
 * The log in IndexedDB. Append and insert are one read-write transaction over `entries` and `heads` each, so any
 * number of tabs and workers over one database serialise there and can never fork a chain [C1].
 */
import { Dexie } from 'dexie';
import { assert } from '../../foundation/assert.ts';
import { ZERO_TAG, type DeviceId, type SpaceId } from '../../foundation/ids.ts';
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
import type { ArchipelDatabase, EntryRow, HeadRow } from './database.ts';
import { withStorageFaults } from './storage-faults.ts';

export class DexieLogStore implements LogStore {
  readonly #database: ArchipelDatabase;

  constructor(database: ArchipelDatabase) {
    this.#database = database;
  }

  append(
    space: SpaceId,
    author: DeviceId,
    seal: (head: ChainHead | undefined) => readonly LogEntry[],
  ): Promise<readonly StoredEntry[]> {
    return this.#write(async (batch) => {
      const head = (await batch.loadHeads([author])).get(author);
      const sealed = seal(head);
      assertExtends(head, sealed, { space, author });
      return sealed.map((entry) => batch.add(entry));
    }, space);
  }

  insert(space: SpaceId, entries: readonly LogEntry[]): Promise<readonly InsertOutcome[]> {
    for (const entry of entries) assert(entry.space === space, 'an entry is inserted into its own space');
    if (entries.length === 0) return Promise.resolve([]);
    return this.#write(async (batch) => {
      const heads = await batch.loadHeads([...new Set(entries.map((entry) => entry.author))]);
      const held = await batch.loadHeld(
        entries.filter((entry) => judgeChainStep(heads.get(entry.author), entry).kind === 'held-seq'),
      );
      return entries.map((entry) => insertOne(batch, held, entry));
    }, space);
  }

  cut(space: SpaceId, author: DeviceId, fromSeq: number): Promise<readonly StoredEntry[]> {
    const { entries, heads } = this.#database;
    return withStorageFaults(() =>
      this.#database.transaction('rw', entries, heads, async () => {
        const chain = entries
          .where('[space+author+seq]')
          .between([space, author, Dexie.minKey], [space, author, Dexie.maxKey]);
        const rows = await chain.toArray();
        const taken = rows.slice(fromSeq);
        if (taken.length === 0) return [];
        await entries.bulkDelete(taken.map(({ seq }): [SpaceId, DeviceId, number] => [space, author, seq]));
        const state = chainStateOf(rows.slice(0, fromSeq).map(toEntry));
        if (state === undefined) await heads.delete([space, author]);
        else await heads.put({ space, author, ...state });
        return taken.map(toEntry);
      }),
    );
  }

  heads(space: SpaceId): Promise<ReadonlyMap<DeviceId, ChainState>> {
    return withStorageFaults(async () => {
      const rows = await this.#database.heads
        .where('[space+author]')
        .between([space, Dexie.minKey], [space, Dexie.maxKey])
        .toArray();
      return new Map(rows.map((row) => [row.author, toState(row)]));
    });
  }

  read(space: SpaceId, query: LogQuery): Promise<readonly StoredEntry[]> {
    return withStorageFaults(async () => (await this.#readRows(space, query)).map(toEntry));
  }

  spaces(): Promise<readonly SpaceId[]> {
    return withStorageFaults(async () => {
      const keys = await this.#database.heads.toCollection().primaryKeys();
      return [...new Set(keys.map(([space]) => space))].sort();
    });
  }

  erase(space: SpaceId): Promise<void> {
    const { entries, heads } = this.#database;
    return withStorageFaults(() =>
      this.#database.transaction('rw', entries, heads, async () => {
        await entries.where('[space+author+seq]').between([space, Dexie.minKey], [space, Dexie.maxKey]).delete();
        await heads.where('[space+author]').between([space, Dexie.minKey], [space, Dexie.maxKey]).delete();
      }),
    );
  }

  #write<T>(work: (batch: WriteBatch) => Promise<T>, space: SpaceId): Promise<T> {
    const { entries, heads } = this.#database;
    return withStorageFaults(() =>
      this.#database.transaction('rw', entries, heads, async () => {
        const batch = new WriteBatch(this.#database, space, await lastPosition(this.#database, space));
        const outcome = await work(batch);
        await batch.flush();
        return outcome;
      }),
    );
  }

  async #readRows(space: SpaceId, query: LogQuery): Promise<readonly EntryRow[]> {
    const { entries } = this.#database;
    if (query.by === 'author') {
      const { author, fromSeq, limit } = query;
      return entries
        .where('[space+author+seq]')
        .between([space, author, fromSeq], [space, author, Dexie.maxKey])
        .limit(limit)
        .toArray();
    }
    const { afterPosition, limit } = query;
    const range = (index: string, ...prefix: readonly string[]) =>
      entries.where(index).between([space, ...prefix, afterPosition], [space, ...prefix, Dexie.maxKey], false, true);
    if (query.by === 'tags' && !query.tags.includes(ZERO_TAG)) {
      return merge(
        await Promise.all(query.tags.map((tag) => range('[space+taggedAs+position]', tag).limit(limit).toArray())),
        limit,
      );
    }
    if (query.by === 'types' && !query.types.some(isCommonType)) {
      return merge(
        await Promise.all(query.types.map((type) => range('[space+rareType+position]', type).limit(limit).toArray())),
        limit,
      );
    }
    const arrival = range('[space+position]');
    if (query.by === 'arrival') return arrival.limit(limit).toArray();
    return arrival
      .filter((row) => (query.by === 'tags' ? query.tags.includes(row.tag) : query.types.includes(row.type)))
      .limit(limit)
      .toArray();
  }
}

/** What one transaction is about to store: read first, collect, then two bulk writes. */
class WriteBatch {
  readonly #database: ArchipelDatabase;
  readonly #space: SpaceId;
  readonly #heads = new Map<DeviceId, ChainState>();
  readonly #rows: EntryRow[] = [];
  readonly #touched = new Set<DeviceId>();
  #position: number;

  constructor(database: ArchipelDatabase, space: SpaceId, position: number) {
    this.#database = database;
    this.#space = space;
    this.#position = position;
  }

  head(author: DeviceId): ChainState | undefined {
    return this.#heads.get(author);
  }

  async loadHeads(authors: readonly DeviceId[]): Promise<ReadonlyMap<DeviceId, ChainState>> {
    const rows = await this.#database.heads.bulkGet(
      authors.map((author): [SpaceId, DeviceId] => [this.#space, author]),
    );
    for (const row of rows) if (row !== undefined) this.#heads.set(row.author, toState(row));
    return new Map(this.#heads);
  }

  async loadHeld(entries: readonly LogEntry[]): Promise<Map<string, StoredEntry>> {
    const held = new Map<string, StoredEntry>();
    if (entries.length === 0) return held;
    const rows = await this.#database.entries.bulkGet(
      entries.map((entry): [SpaceId, DeviceId, number] => [entry.space, entry.author, entry.seq]),
    );
    for (const row of rows) if (row !== undefined) held.set(placeOf(row), toEntry(row));
    return held;
  }

  add(entry: LogEntry): StoredEntry {
    const stored: StoredEntry = { ...entry, position: ++this.#position };
    this.#rows.push({
      ...stored,
      ...(entry.tag === ZERO_TAG ? {} : { taggedAs: entry.tag }),
      ...(isCommonType(entry.type) ? {} : { rareType: entry.type }),
    });
    this.#heads.set(entry.author, chainStateAfter(this.#heads.get(entry.author), entry));
    this.#touched.add(entry.author);
    return stored;
  }

  async flush(): Promise<void> {
    if (this.#rows.length === 0) return;
    const heads: HeadRow[] = [];
    for (const author of this.#touched) {
      const head = this.#heads.get(author);
      if (head !== undefined) heads.push({ space: this.#space, author, ...head });
    }
    await this.#database.entries.bulkAdd(this.#rows);
    await this.#database.heads.bulkPut(heads);
  }
}

function insertOne(batch: WriteBatch, held: Map<string, StoredEntry>, entry: LogEntry): InsertOutcome {
  const step = judgeChainStep(batch.head(entry.author), entry);
  if (step.kind === 'extends') {
    const stored = batch.add(entry);
    held.set(placeOf(stored), stored);
    return { kind: 'stored', entry: stored };
  }
  if (step.kind !== 'held-seq') return step;
  const before = held.get(placeOf(entry));
  assert(before !== undefined, 'a chain is dense');
  return before.id === entry.id ? { kind: 'known', entry: before } : { kind: 'fork', held: before.id };
}

async function lastPosition(database: ArchipelDatabase, space: SpaceId): Promise<number> {
  const range = database.entries.where('[space+position]').between([space, Dexie.minKey], [space, Dexie.maxKey]);
  const [key] = (await range.reverse().limit(1).keys()) as readonly unknown[];
  const position: unknown = Array.isArray(key) ? key[1] : 0;
  assert(typeof position === 'number', 'a position is a number');
  return position;
}

function placeOf(entry: LogEntry): string {
  return `${entry.author}/${String(entry.seq)}`;
}

function isCommonType(type: LogEntry['type']): boolean {
  return type === 'update' || type === 'snapshot';
}

function toState({ seq, id, governanceSeq }: HeadRow): ChainState {
  return { seq, id, governanceSeq };
}

function toEntry(row: EntryRow): StoredEntry {
  const { space, author, seq, id, prev, type, tag, bytes, position } = row;
  return { space, author, seq, id, prev, type, tag, bytes, position };
}

function merge(lists: readonly (readonly EntryRow[])[], limit: number): readonly EntryRow[] {
  return lists
    .flat()
    .sort((a, b) => a.position - b.position)
    .slice(0, limit);
}
