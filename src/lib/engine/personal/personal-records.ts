/**
 * What belongs to the person and not to a space: contacts, settings, read markers, drafts, the names of devices. A map of
 * (table, key) to the last word on it, which every device of the person merges to the same state in any order: the higher
 * counter wins, then the writer's id; no clock decides [C5]. Sealed on this device like every local row [V3], and in
 * memory while the session is open. What is written here travels in the personal space (docs/spec/devices.md).
 */
import { bytesToHex, compareBytes, equalBytes, utf8 } from '../../foundation/bytes.ts';
import type { Random } from '../../foundation/random.ts';
import { EnvironmentError, fail, ok, type Result } from '../../foundation/result.ts';
import { CborRecord } from '../../protocol/cbor-record.ts';
import { cborMap, encodeCbor } from '../../protocol/cbor.ts';
import {
  decodePersonalRecords,
  encodePersonalRecords,
  MAX_PERSONAL_BATCH,
  MAX_PERSONAL_COUNTER,
  MAX_PERSONAL_KEY_BYTES,
  MAX_PERSONAL_TABLE_BYTES,
  MAX_PERSONAL_VALUE_BYTES,
  PERSONAL_WRITER_BYTES,
  type PersonalRecord,
} from '../../protocol/personal-record.ts';
import type { LocalRecords } from '../local-records.ts';
import { Turns } from '../turns.ts';

export interface PersonalChange {
  readonly table: string;
  readonly keys: readonly string[];
  /** `own`: written on this device just now, and to be told to the others. */
  readonly origin: 'own' | 'foreign';
}

export type PersonalListener = (change: PersonalChange) => void;

/** Words on one key, alive and deleted ones together; a table holds so many. */
export const MAX_PERSONAL_KEYS = MAX_PERSONAL_BATCH;
export const MAX_PERSONAL_TABLES = 64;
const STORE_TABLE = 'engine-personal';
const INDEX_ROW = 'index';
/** A table lies in so many rows, so that a change rewrites little. */
const BUCKETS = 16;

type Table = Map<string, PersonalRecord>;

export class PersonalRecords {
  readonly #store: LocalRecords;
  readonly #random: Random;
  readonly #turns = new Turns();
  readonly #tables = new Map<string, Table>();
  readonly #listeners = new Set<PersonalListener>();
  #writer: Uint8Array = new Uint8Array(PERSONAL_WRITER_BYTES);
  #counter = 0;
  #isOpen = false;

  constructor(store: LocalRecords, random: Random) {
    this.#store = store;
    this.#random = random;
  }

  /** Names this device among the person's own; the same for as long as its storage lives. */
  get writer(): string {
    return bytesToHex(this.#writer);
  }

  /** Whether this device said it. */
  isOwn(record: PersonalRecord): boolean {
    return equalBytes(record.writer, this.#writer);
  }

  /** Reads what is at rest; the vault must be open. */
  load(): Promise<void> {
    return this.#turns.run(async () => {
      this.#clear();
      const index = await this.#store.find(STORE_TABLE, INDEX_ROW);
      const known = index === undefined ? undefined : decodeIndex(index);
      if (known?.ok !== true) {
        this.#writer = this.#random.bytes(PERSONAL_WRITER_BYTES);
        await this.#saveIndex();
      } else {
        this.#writer = known.value.writer;
        for (const table of known.value.tables) await this.#loadTable(table);
      }
      this.#isOpen = true;
    });
  }

  /** The session ended: nothing of it stays in memory. */
  forget(): void {
    this.#clear();
  }

  find(table: string, key: string): Uint8Array | undefined {
    return this.#tables.get(table)?.get(key)?.value;
  }

  /** What a table holds now, by key; deleted ones are not in it. */
  all(table: string): ReadonlyMap<string, Uint8Array> {
    const alive = new Map<string, Uint8Array>();
    for (const [key, { value }] of this.#tables.get(table) ?? []) if (value !== undefined) alive.set(key, value);
    return alive;
  }

  /** Every word on every key, deletions included: what a new device needs to hear. */
  words(): readonly PersonalRecord[] {
    return [...this.#tables.values()].flatMap((table) => [...table.values()]);
  }

  word(table: string, key: string): PersonalRecord | undefined {
    return this.#tables.get(table)?.get(key);
  }

  /** Durable when it resolves; nobody sees the value before. The same value again is no news. */
  put(table: string, key: string, value: Uint8Array): Promise<Result<void>> {
    if (value.length > MAX_PERSONAL_VALUE_BYTES) return Promise.resolve(fail('oversized', 'personal record'));
    return this.#say(table, key, value.slice());
  }

  delete(table: string, key: string): Promise<Result<void>> {
    return this.find(table, key) === undefined ? Promise.resolve(ok(undefined)) : this.#say(table, key, undefined);
  }

  /** Words of the person's other devices, decoded with bounds already. What is older than what stands changes nothing. */
  merge(records: readonly PersonalRecord[]): Promise<void> {
    return this.#turns.run(async () => {
      this.#requireOpen();
      const news = new Map<string, PersonalRecord>();
      for (const record of records) {
        const name = `${record.table}\u0000${record.key}`;
        const known = news.get(name) ?? this.#tables.get(record.table)?.get(record.key);
        if (isNewer(record, known) && this.#hasRoom(record)) news.set(name, record);
      }
      await this.#keep([...news.values()], 'foreign');
    });
  }

  /** Told once what changed is durable. The returned function ends it. */
  onChange(listener: PersonalListener): () => void {
    const own: PersonalListener = (change) => listener(change);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  settled(): Promise<void> {
    return this.#turns.settled();
  }

  #say(table: string, key: string, value: Uint8Array | undefined): Promise<Result<void>> {
    return this.#turns.run(async () => {
      if (!this.#isOpen) return fail('locked');
      if (!isTableName(table) || key === '' || utf8(key).length > MAX_PERSONAL_KEY_BYTES)
        return fail('malformed', 'personal record');
      const known = this.find(table, key);
      if (value !== undefined && known !== undefined && equalBytes(known, value)) return ok(undefined);
      const record = { table, key, counter: this.#counter + 1, writer: this.#writer, value };
      if (!this.#hasRoom(record) || record.counter > MAX_PERSONAL_COUNTER)
        return fail('quota-exceeded', 'personal records');
      await this.#keep([record], 'own');
      return ok(undefined);
    });
  }

  #hasRoom({ table, key }: PersonalRecord): boolean {
    const held = this.#tables.get(table);
    if (held === undefined) return isTableName(table) && this.#tables.size < MAX_PERSONAL_TABLES;
    return held.has(key) || held.size < MAX_PERSONAL_KEYS;
  }

  async #keep(records: readonly PersonalRecord[], origin: PersonalChange['origin']): Promise<void> {
    for (const name of new Set(records.map((record) => record.table))) {
      const changed = records.filter((record) => record.table === name);
      if (!this.#tables.has(name)) await this.#saveIndex(name);
      const next: Table = new Map(this.#tables.get(name));
      for (const record of changed)
        if (next.has(record.key) || next.size < MAX_PERSONAL_KEYS) next.set(record.key, record);
      for (const bucket of new Set(changed.map((record) => bucketOf(record.key))))
        await this.#saveBucket(name, bucket, next);
      this.#requireOpen();
      this.#tables.set(name, next);
      for (const record of changed) this.#counter = Math.max(this.#counter, record.counter);
      const change = { table: name, keys: changed.map((record) => record.key), origin };
      for (const listener of [...this.#listeners]) listener(change);
    }
  }

  async #saveIndex(added?: string): Promise<void> {
    const tables = [...this.#tables.keys(), ...(added === undefined ? [] : [added])].sort();
    await this.#store.put(STORE_TABLE, INDEX_ROW, encodeCbor(cborMap([0, this.#writer], [1, tables])));
  }

  async #saveBucket(name: string, bucket: number, table: Table): Promise<void> {
    const records = [...table.values()].filter((record) => bucketOf(record.key) === bucket);
    await this.#store.put(STORE_TABLE, `${name}/${String(bucket)}`, encodePersonalRecords(records));
  }

  async #loadTable(name: string): Promise<void> {
    const table: Table = new Map();
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const row = await this.#store.find(STORE_TABLE, `${name}/${String(bucket)}`);
      const records = row === undefined ? undefined : decodePersonalRecords(row);
      for (const record of records?.ok === true ? records.value : []) {
        table.set(record.key, record);
        this.#counter = Math.max(this.#counter, record.counter);
      }
    }
    this.#tables.set(name, table);
  }

  #clear(): void {
    this.#isOpen = false;
    this.#tables.clear();
    this.#counter = 0;
  }

  #requireOpen(): void {
    if (!this.#isOpen) throw new EnvironmentError('locked');
  }
}

function isNewer(record: PersonalRecord, known: PersonalRecord | undefined): boolean {
  if (known === undefined || record.counter !== known.counter) return record.counter > (known?.counter ?? -1);
  const byWriter = compareBytes(record.writer, known.writer);
  if (byWriter !== 0) return byWriter > 0;
  // A device that was set back says another thing under a counter it used: any order that all share will do.
  if (record.value === undefined || known.value === undefined)
    return record.value !== undefined && known.value === undefined;
  return compareBytes(record.value, known.value) > 0;
}

function isTableName(table: string): boolean {
  return /^[a-z][a-z0-9-]*$/.test(table) && table.length <= MAX_PERSONAL_TABLE_BYTES;
}

/** Of the key alone: where a record lies says nothing that its sealed row would not. */
function bucketOf(key: string): number {
  let hash = 0;
  for (const byte of utf8(key)) hash = (hash * 31 + byte) % 65_521;
  return hash % BUCKETS;
}

function decodeIndex(bytes: Uint8Array): Result<{ readonly writer: Uint8Array; readonly tables: readonly string[] }> {
  return CborRecord.decode(bytes, 'personal index', (record) => ({
    writer: record.bytes(0, PERSONAL_WRITER_BYTES),
    tables: record.list(1, MAX_PERSONAL_TABLES).filter((name) => typeof name === 'string'),
  }));
}
