/**
 * SQLite in WAL mode. SQLite writes; the waiting for the disk is `database-disk.ts`'s, off this thread [R3].
 * Spaces and chains become small integers, so a row costs its blob and little more; rowids are the order of arrival.
 */
import { DatabaseSync } from 'node:sqlite';
import { hexToBytes } from '../../src/lib/foundation/bytes.ts';
import { idFromBytes, idToBytes } from '../../src/lib/foundation/ids.ts';
import type { DeviceId, SpaceId } from '../../src/lib/foundation/ids.ts';
import { EnvironmentError } from '../../src/lib/foundation/result.ts';
import type {
  AclWrite,
  AppendWrite,
  ChainHead,
  EnvelopeStore,
  StoredEnvelope,
  StoredMail,
  StoredSpace,
  StoreQuery,
  StoreWrite,
  StruckKey,
  SyncSteps,
} from './envelope-store.ts';
import { MAX_STRUCK_KEYS } from './envelope-store.ts';
import { DatabaseDisk } from './database-disk.ts';
import { openSchema, prepareStatements } from './database-schema.ts';
import type { Statements } from './database-schema.ts';

const MAX_CACHED_CHAINS = 50_000;

interface ChainRow {
  readonly space: number;
  readonly chain: number;
}

/** What a batch moves: one update per chain and per space, not one per envelope. */
interface Moves {
  readonly heads: Map<ChainRow, { readonly seq: number; readonly id: Uint8Array }>;
  readonly growth: Map<number, number>;
}

export class SqliteEnvelopeStore implements EnvelopeStore {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #spaceNumbers = new Map<SpaceId, number>();
  /** By space ‖ key; emptied when it grows large. */
  readonly #chains = new Map<string, ChainRow>();
  readonly #disk: DatabaseDisk;
  #lastArrival: number;
  #durableArrival: number;

  constructor(path: string) {
    try {
      this.#database = new DatabaseSync(path);
      openSchema(this.#database);
      this.#statements = prepareStatements(this.#database);
      this.#disk = new DatabaseDisk(this.#database, path);
      this.#lastArrival = this.#readLastArrival();
      this.#durableArrival = this.#lastArrival;
    } catch (cause) {
      throw new EnvironmentError('storage-unavailable', { cause, detail: 'the database cannot be opened' });
    }
  }

  loadSpace(space: SpaceId): StoredSpace | undefined {
    const row = this.#statements.space.get(idToBytes(space));
    if (row === undefined) return undefined;
    const number = Number(row.number);
    const acl = this.#statements.acl.all(number).map((each) => ({
      key: idFromBytes('DeviceId', blob(each.key)),
      caps: Number(each.caps),
      idx: Number(each.idx),
    }));
    const heads = new Map<DeviceId, ChainHead>();
    for (const each of this.#statements.heads.all(number)) {
      const head = { seq: Number(each.head_seq), id: idFromBytes('EnvelopeId', blob(each.head_id)) };
      heads.set(idFromBytes('DeviceId', blob(each.key)), head);
    }
    return { acl, aclCounter: Number(row.acl_counter), heads, bytes: Number(row.bytes) };
  }

  findStruck(space: SpaceId, key: DeviceId): StruckKey | undefined {
    const number = this.#spaceNumber(space);
    const row = number === undefined ? undefined : this.#statements.struck.get(number, idToBytes(key));
    if (number === undefined || row === undefined) return undefined;
    const until = Number(row.until);
    const heads = new Map<DeviceId, ChainHead>();
    for (const chain of this.#statements.chains.all(number)) {
      const head = this.#statements.headUntil.get(Number(chain.number), until);
      if (head === undefined) continue;
      const id = idFromBytes('EnvelopeId', blob(head.id));
      heads.set(idFromBytes('DeviceId', blob(chain.key)), { seq: Number(head.seq), id });
    }
    return { until, heads };
  }

  commit(batch: readonly StoreWrite[]): void {
    if (batch.length === 0) return;
    // Between batches only: one row stands for its chain throughout a batch.
    if (this.#chains.size > MAX_CACHED_CHAINS) this.#chains.clear();
    const moves: Moves = { heads: new Map(), growth: new Map() };
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      for (const write of batch) this.#apply(write, moves);
      this.#move(moves);
      this.#database.exec('COMMIT');
      this.#disk.onCommitted(batch);
    } catch (cause) {
      this.#chains.clear();
      this.#spaceNumbers.clear();
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      this.#lastArrival = this.#readLastArrival();
      throw new EnvironmentError('storage-unavailable', { cause, detail: 'the batch was not committed' });
    }
  }

  sync({ onDurable, onReady }: SyncSteps): void {
    const arrival = this.#lastArrival;
    this.#disk.sync({
      onDurable: () => {
        this.#durableArrival = Math.max(this.#durableArrival, arrival);
        onDurable();
      },
      onReady,
    });
  }

  syncNow(): void {
    this.#disk.syncNow();
    this.#durableArrival = this.#lastArrival;
  }

  read(query: StoreQuery): readonly StoredEnvelope[] {
    if (query.by === 'arrival') {
      const space = this.#spaceNumber(query.space);
      if (space === undefined) return [];
      const until = Math.min(query.untilArrival ?? Infinity, this.#durableArrival);
      return this.#statements.byArrival
        .all(space, query.fromArrival, until, query.limit)
        .map((row) => stored(row, idFromBytes('DeviceId', blob(row.key))));
    }
    const row = this.#chainRow(query.space, query.key);
    if (row === undefined) return [];
    return this.#statements.byChain
      .all(row.chain, query.fromSeq, query.toSeq, this.#durableArrival, query.limit)
      .map((each) => stored(each, query.key));
  }

  readMail(box: string, limit: number): readonly StoredMail[] {
    return this.#statements.mail.all(hexToBytes(box), limit).map((row) => ({
      number: Number(row.number),
      slot: row.slot === null ? undefined : Number(row.slot),
      bytes: blob(row.blob),
    }));
  }

  lastMailNumber(): number {
    return Number(this.#statements.lastMail.get()?.seq ?? 0);
  }

  close(): void {
    if (!this.#database.isOpen) return;
    this.#database.close();
    this.#disk.close();
  }

  #apply(write: StoreWrite, moves: Moves): void {
    switch (write.kind) {
      case 'acl':
        this.#putAcl(write);
        return;
      case 'append':
        this.#append(write, moves);
        return;
      case 'mail-put':
        this.#statements.putMail.run(
          write.number,
          hexToBytes(write.box),
          write.slot ?? null,
          write.expiresAtMs,
          write.bytes,
        );
        return;
      case 'mail-drop':
        this.#statements.dropMail.run(hexToBytes(write.box), write.number);
        return;
      case 'mail-expire':
        this.#statements.expireMail.run(write.beforeMs);
        return;
    }
  }

  #putAcl({ space, counter, entries, removed, atMs }: AclWrite): void {
    this.#statements.putSpace.run(idToBytes(space), counter, atMs);
    const number = this.#spaceNumber(space) ?? 0;
    for (const { key, caps, idx } of entries) {
      this.#statements.putAcl.run(number, idToBytes(key), caps, idx);
      this.#statements.unstrike.run(number, idToBytes(key));
    }
    for (const key of removed) {
      this.#statements.strike.run(this.#lastArrival, number, idToBytes(key));
      this.#statements.dropAcl.run(number, idToBytes(key));
    }
    if (removed.length > 0) this.#statements.forgetStruck.run(number, number, MAX_STRUCK_KEYS);
  }

  #append(write: AppendWrite, { heads, growth }: Moves): void {
    const id = idToBytes(write.id);
    const row = this.#chainRow(write.space, write.key) ?? this.#beginChain(write);
    const { seq, type, tag, bytes, atMs } = write;
    const { putEnvelope } = this.#statements;
    const made = putEnvelope.run(row.space, row.chain, seq, id, type, hexToBytes(tag), bytes.length, atMs, bytes);
    this.#lastArrival = Number(made.lastInsertRowid);
    heads.set(row, { seq, id });
    growth.set(row.space, (growth.get(row.space) ?? 0) + bytes.length);
  }

  #beginChain({ space, key, seq, id }: AppendWrite): ChainRow {
    const number = this.#spaceNumber(space);
    if (number === undefined)
      throw new EnvironmentError('storage-unavailable', { detail: 'an append without a space' });
    const made = this.#statements.newChain.run(number, idToBytes(key), seq, idToBytes(id));
    const row = { space: number, chain: Number(made.lastInsertRowid) };
    this.#chains.set(space + key, row);
    return row;
  }

  #move({ heads, growth }: Moves): void {
    for (const [{ chain }, { seq, id }] of heads) this.#statements.moveHead.run(seq, id, chain);
    for (const [space, bytes] of growth) this.#statements.growSpace.run(bytes, space);
  }

  #spaceNumber(space: SpaceId): number | undefined {
    const known = this.#spaceNumbers.get(space);
    if (known !== undefined) return known;
    const row = this.#statements.space.get(idToBytes(space));
    if (row === undefined) return undefined;
    if (this.#spaceNumbers.size > MAX_CACHED_CHAINS) this.#spaceNumbers.clear();
    this.#spaceNumbers.set(space, Number(row.number));
    return Number(row.number);
  }

  #readLastArrival(): number {
    return Number(this.#statements.lastArrival.get()?.arrival ?? 0);
  }

  #chainRow(space: SpaceId, key: DeviceId): ChainRow | undefined {
    const known = this.#chains.get(space + key);
    if (known !== undefined) return known;
    const number = this.#spaceNumber(space);
    const row = number === undefined ? undefined : this.#statements.chain.get(number, idToBytes(key));
    if (number === undefined || row === undefined) return undefined;
    const found = { space: number, chain: Number(row.number) };
    this.#chains.set(space + key, found);
    return found;
  }
}

/** A consistent copy of a live or stopped database in one new file; the source is only read. */
export function backUpDatabase(path: string, target: string): void {
  const database = new DatabaseSync(path);
  try {
    database.prepare('VACUUM INTO ?').run(target);
  } finally {
    database.close();
  }
}

type Row = Readonly<Record<string, unknown>>;

function stored(row: Row, key: DeviceId): StoredEnvelope {
  const id = idFromBytes('EnvelopeId', blob(row.id));
  return { key, seq: Number(row.seq), id, arrival: Number(row.arrival), bytes: blob(row.blob) };
}

function blob(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array))
    throw new EnvironmentError('storage-unavailable', { detail: 'a column is not a blob' });
  return value;
}
