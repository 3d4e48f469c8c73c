/**
 * SQLite in WAL mode with synchronous FULL: when `commit` returns, the batch survives kill -9 and power loss [R3].
 * Keys become small integers (`chain.id`), so a row costs its blob and little more.
 */
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { hexToBytes } from '../../src/lib/foundation/bytes.ts';
import { idFromBytes, idToBytes } from '../../src/lib/foundation/ids.ts';
import type { DeviceId, SpaceId } from '../../src/lib/foundation/ids.ts';
import { EnvironmentError } from '../../src/lib/foundation/result.ts';
import type {
  ChainHead,
  ChainRange,
  EnvelopeStore,
  StoredEnvelope,
  StoredMail,
  StoredSpace,
  StoreWrite,
} from './envelope-store.ts';

/** History: 1 = spaces, access lists, chains, mailboxes. */
export const DATABASE_VERSION = 1;

const SCHEMA = `
CREATE TABLE space (id BLOB PRIMARY KEY, acl_version INTEGER NOT NULL, bytes INTEGER NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE acl (space BLOB NOT NULL, key BLOB NOT NULL, caps INTEGER NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (space, key)) STRICT, WITHOUT ROWID;
CREATE TABLE chain (id INTEGER PRIMARY KEY, space BLOB NOT NULL, key BLOB NOT NULL, head_seq INTEGER NOT NULL, head_id BLOB NOT NULL, UNIQUE (space, key)) STRICT;
CREATE TABLE envelope (chain INTEGER NOT NULL, seq INTEGER NOT NULL, id BLOB NOT NULL, type INTEGER NOT NULL, tag BLOB NOT NULL, size INTEGER NOT NULL,
  at INTEGER NOT NULL, blob BLOB NOT NULL, PRIMARY KEY (chain, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE mail (number INTEGER PRIMARY KEY AUTOINCREMENT, box BLOB NOT NULL, expires INTEGER NOT NULL, blob BLOB NOT NULL) STRICT;
CREATE INDEX mail_box ON mail (box, number);
CREATE INDEX mail_expiry ON mail (expires);
`;

type Append = Extract<StoreWrite, { kind: 'append' }>;

export class SqliteEnvelopeStore implements EnvelopeStore {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  /** Row ids of the chains that were written or read lately; emptied when it grows large. */
  readonly #chainIds = new Map<string, number>();

  constructor(path: string) {
    try {
      this.#database = new DatabaseSync(path);
      openSchema(this.#database);
      this.#statements = prepare(this.#database);
    } catch (cause) {
      throw new EnvironmentError('storage-unavailable', { cause, detail: 'the database cannot be opened' });
    }
  }

  loadSpace(space: SpaceId): StoredSpace | undefined {
    const id = idToBytes(space);
    const row = this.#statements.space.get(id);
    if (row === undefined) return undefined;
    const acl = this.#statements.acl
      .all(id)
      .map((each) => ({
        key: idFromBytes('DeviceId', blob(each.key)),
        caps: Number(each.caps),
        idx: Number(each.idx),
      }));
    const heads = new Map<DeviceId, ChainHead>();
    for (const each of this.#statements.heads.all(id)) {
      heads.set(idFromBytes('DeviceId', blob(each.key)), {
        seq: Number(each.head_seq),
        id: idFromBytes('EnvelopeId', blob(each.head_id)),
      });
    }
    return { acl, aclVersion: Number(row.acl_version), heads, bytes: Number(row.bytes) };
  }

  commit(batch: readonly StoreWrite[]): void {
    if (batch.length === 0) return;
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      for (const write of batch) this.#apply(write);
      this.#growSpaces(batch);
      this.#database.exec('COMMIT');
    } catch (cause) {
      this.#chainIds.clear();
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw new EnvironmentError('storage-unavailable', { cause, detail: 'the batch was not committed' });
    }
  }

  readChain(range: ChainRange): readonly StoredEnvelope[] {
    const chain = this.#chainId(range.space, range.key);
    if (chain === undefined) return [];
    return this.#statements.envelopes
      .all(chain, range.fromSeq, range.toSeq, range.limit)
      .map((row) => ({ seq: Number(row.seq), id: idFromBytes('EnvelopeId', blob(row.id)), bytes: blob(row.blob) }));
  }

  readMail(box: string, limit: number): readonly StoredMail[] {
    return this.#statements.mail
      .all(hexToBytes(box), limit)
      .map((row) => ({ number: Number(row.number), bytes: blob(row.blob) }));
  }

  lastMailNumber(): number {
    return Number(this.#statements.lastMail.get()?.seq ?? 0);
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #apply(write: StoreWrite): void {
    switch (write.kind) {
      case 'acl': {
        const space = idToBytes(write.space);
        this.#statements.putSpace.run(space, write.version, write.atMs);
        for (const each of write.entries) this.#statements.putAcl.run(space, idToBytes(each.key), each.caps, each.idx);
        return;
      }
      case 'append':
        this.#append(write);
        return;
      case 'mail-put':
        this.#statements.putMail.run(write.number, hexToBytes(write.box), write.expiresAtMs, write.bytes);
        return;
      case 'mail-drop':
        this.#statements.dropMail.run(hexToBytes(write.box), write.upTo);
        return;
      case 'mail-expire':
        this.#statements.expireMail.run(write.beforeMs);
        return;
    }
  }

  #append(write: Append): void {
    const id = idToBytes(write.id);
    let chain = this.#chainId(write.space, write.key);
    if (chain === undefined) {
      chain = Number(
        this.#statements.newChain.run(idToBytes(write.space), idToBytes(write.key), write.seq, id).lastInsertRowid,
      );
      this.#chainIds.set(write.space + write.key, chain);
    } else this.#statements.moveHead.run(write.seq, id, chain);
    this.#statements.putEnvelope.run(
      chain,
      write.seq,
      id,
      write.type,
      hexToBytes(write.tag),
      write.bytes.length,
      write.atMs,
      write.bytes,
    );
  }

  /** One update per space and batch, not one per envelope. */
  #growSpaces(batch: readonly StoreWrite[]): void {
    const growth = new Map<SpaceId, number>();
    for (const write of batch) {
      if (write.kind === 'append') growth.set(write.space, (growth.get(write.space) ?? 0) + write.bytes.length);
    }
    for (const [space, bytes] of growth) this.#statements.growSpace.run(bytes, idToBytes(space));
  }

  #chainId(space: SpaceId, key: DeviceId): number | undefined {
    const name = space + key;
    const known = this.#chainIds.get(name);
    if (known !== undefined) return known;
    const row = this.#statements.chain.get(idToBytes(space), idToBytes(key));
    if (row === undefined) return undefined;
    if (this.#chainIds.size > 50_000) this.#chainIds.clear();
    this.#chainIds.set(name, Number(row.id));
    return Number(row.id);
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

function openSchema(database: DatabaseSync): void {
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; PRAGMA cache_size = -16384;',
  );
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  if (version === DATABASE_VERSION) return;
  if (version !== 0) throw new EnvironmentError('unknown-version', { detail: `database version ${String(version)}` });
  database.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${String(DATABASE_VERSION)}; COMMIT;`);
}

type Statements = ReturnType<typeof prepare>;

function prepare(database: DatabaseSync) {
  const statement = (sql: string): StatementSync => database.prepare(sql);
  return {
    space: statement('SELECT acl_version, bytes FROM space WHERE id = ?'),
    acl: statement('SELECT key, caps, idx FROM acl WHERE space = ? ORDER BY idx'),
    heads: statement('SELECT key, head_seq, head_id FROM chain WHERE space = ?'),
    chain: statement('SELECT id FROM chain WHERE space = ? AND key = ?'),
    envelopes: statement(
      'SELECT seq, id, blob FROM envelope WHERE chain = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?',
    ),
    mail: statement('SELECT number, blob FROM mail WHERE box = ? ORDER BY number LIMIT ?'),
    lastMail: statement("SELECT seq FROM sqlite_sequence WHERE name = 'mail'"),
    putSpace: statement(
      'INSERT INTO space (id, acl_version, bytes, at) VALUES (?1, ?2, 0, ?3) ON CONFLICT (id) DO UPDATE SET acl_version = ?2',
    ),
    growSpace: statement('UPDATE space SET bytes = bytes + ? WHERE id = ?'),
    putAcl: statement(
      'INSERT INTO acl (space, key, caps, idx) VALUES (?, ?, ?, ?) ON CONFLICT (space, key) DO UPDATE SET caps = excluded.caps, idx = excluded.idx',
    ),
    newChain: statement('INSERT INTO chain (space, key, head_seq, head_id) VALUES (?, ?, ?, ?)'),
    moveHead: statement('UPDATE chain SET head_seq = ?, head_id = ? WHERE id = ?'),
    putEnvelope: statement(
      'INSERT INTO envelope (chain, seq, id, type, tag, size, at, blob) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    putMail: statement('INSERT INTO mail (number, box, expires, blob) VALUES (?, ?, ?, ?)'),
    dropMail: statement('DELETE FROM mail WHERE box = ? AND number <= ?'),
    expireMail: statement('DELETE FROM mail WHERE expires < ?'),
  };
}

function blob(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array))
    throw new EnvironmentError('storage-unavailable', { detail: 'a column is not a blob' });
  return value;
}
