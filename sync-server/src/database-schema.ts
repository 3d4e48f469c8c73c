/** The tables of the relay's database [R2], and every statement that reads or writes them. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { EnvironmentError } from '../../src/lib/foundation/result.ts';

/** History: 1 = spaces, access lists, chains, mailboxes; 2 = struck keys. */
export const DATABASE_VERSION = 2;

const STRUCK = `
CREATE TABLE struck (space INTEGER NOT NULL, key BLOB NOT NULL, until INTEGER NOT NULL, number INTEGER PRIMARY KEY AUTOINCREMENT, UNIQUE (space, key)) STRICT;
`;

const SCHEMA = `
CREATE TABLE space (number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, acl_counter INTEGER NOT NULL, bytes INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TABLE acl (space INTEGER NOT NULL, key BLOB NOT NULL, caps INTEGER NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (space, key)) STRICT, WITHOUT ROWID;
CREATE TABLE chain (number INTEGER PRIMARY KEY, space INTEGER NOT NULL, key BLOB NOT NULL, head_seq INTEGER NOT NULL, head_id BLOB NOT NULL, UNIQUE (space, key)) STRICT;
CREATE TABLE envelope (arrival INTEGER PRIMARY KEY AUTOINCREMENT, space INTEGER NOT NULL, chain INTEGER NOT NULL, seq INTEGER NOT NULL, id BLOB NOT NULL,
  type INTEGER NOT NULL, tag BLOB NOT NULL, size INTEGER NOT NULL, at INTEGER NOT NULL, blob BLOB NOT NULL) STRICT;
CREATE UNIQUE INDEX envelope_chain ON envelope (chain, seq);
CREATE INDEX envelope_space ON envelope (space, arrival);
CREATE TABLE mail (number INTEGER PRIMARY KEY AUTOINCREMENT, box BLOB NOT NULL, slot INTEGER, expires INTEGER NOT NULL, blob BLOB NOT NULL) STRICT;
CREATE UNIQUE INDEX mail_slot ON mail (box, slot);
CREATE INDEX mail_box ON mail (box, number);
CREATE INDEX mail_expiry ON mail (expires);
${STRUCK}`;

/** Makes the tables of a new database, adds what an older one lacks; refuses one that is newer. */
export function openSchema(database: DatabaseSync): void {
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000; PRAGMA cache_size = -16384;',
  );
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  if (version === DATABASE_VERSION) return;
  if (version !== 0 && version !== 1)
    throw new EnvironmentError('unknown-version', { detail: `database version ${version}` });
  const lacking = version === 0 ? SCHEMA : STRUCK;
  database.exec(`BEGIN IMMEDIATE; ${lacking} PRAGMA user_version = ${DATABASE_VERSION}; COMMIT;`);
}

export type Statements = ReturnType<typeof prepareStatements>;

export function prepareStatements(database: DatabaseSync) {
  const statement = (sql: string): StatementSync => database.prepare(sql);
  return {
    space: statement('SELECT number, acl_counter, bytes FROM space WHERE id = ?'),
    acl: statement('SELECT key, caps, idx FROM acl WHERE space = ? ORDER BY idx, key'),
    heads: statement('SELECT key, head_seq, head_id FROM chain WHERE space = ?'),
    chain: statement('SELECT number FROM chain WHERE space = ? AND key = ?'),
    byChain: statement(
      'SELECT arrival, seq, id, blob FROM envelope WHERE chain = ? AND seq BETWEEN ? AND ? AND arrival <= ? ORDER BY seq LIMIT ?',
    ),
    byArrival: statement(
      'SELECT e.arrival, e.seq, e.id, e.blob, c.key FROM envelope e JOIN chain c ON c.number = e.chain WHERE e.space = ? AND e.arrival BETWEEN ? AND ? ORDER BY e.arrival LIMIT ?',
    ),
    lastArrival: statement('SELECT max(arrival) AS arrival FROM envelope'),
    mail: statement('SELECT number, slot, blob FROM mail WHERE box = ? ORDER BY number LIMIT ?'),
    lastMail: statement("SELECT seq FROM sqlite_sequence WHERE name = 'mail'"),
    putSpace: statement(
      'INSERT INTO space (id, acl_counter, bytes, at) VALUES (?1, ?2, 0, ?3) ON CONFLICT (id) DO UPDATE SET acl_counter = ?2',
    ),
    growSpace: statement('UPDATE space SET bytes = bytes + ? WHERE number = ?'),
    putAcl: statement(
      'INSERT INTO acl (space, key, caps, idx) VALUES (?, ?, ?, ?) ON CONFLICT (space, key) DO UPDATE SET caps = excluded.caps, idx = excluded.idx',
    ),
    dropAcl: statement('DELETE FROM acl WHERE space = ? AND key = ?'),
    struck: statement('SELECT until FROM struck WHERE space = ? AND key = ?'),
    chains: statement('SELECT number, key FROM chain WHERE space = ?'),
    headUntil: statement('SELECT seq, id FROM envelope WHERE chain = ? AND arrival <= ? ORDER BY seq DESC LIMIT 1'),
    /** Only what stood on the list and could read. */
    strike: statement(
      'INSERT OR REPLACE INTO struck (space, key, until) SELECT space, key, ? FROM acl WHERE space = ? AND key = ? AND caps & 1',
    ),
    unstrike: statement('DELETE FROM struck WHERE space = ? AND key = ?'),
    forgetStruck: statement(
      'DELETE FROM struck WHERE space = ? AND number NOT IN (SELECT number FROM struck WHERE space = ? ORDER BY number DESC LIMIT ?)',
    ),
    newChain: statement('INSERT INTO chain (space, key, head_seq, head_id) VALUES (?, ?, ?, ?)'),
    moveHead: statement('UPDATE chain SET head_seq = ?, head_id = ? WHERE number = ?'),
    putEnvelope: statement(
      'INSERT INTO envelope (space, chain, seq, id, type, tag, size, at, blob) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    putMail: statement('INSERT OR REPLACE INTO mail (number, box, slot, expires, blob) VALUES (?, ?, ?, ?, ?)'),
    dropMail: statement('DELETE FROM mail WHERE box = ? AND number = ?'),
    expireMail: statement('DELETE FROM mail WHERE expires < ?'),
  };
}
