/**
 * Waiting for the disk without blocking the relay. SQLite in WAL mode with synchronous NORMAL appends to the log and leaves
 * it to the kernel: that survives kill -9. What power loss needs, an fdatasync of the log, runs in Node's thread pool, and
 * so does the one of the database after a checkpoint. See docs/decisions/0007-commits-that-do-not-block.md.
 */
import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { EnvironmentError } from '../../src/lib/foundation/result.ts';
import type { StoreWrite, SyncSteps } from './envelope-store.ts';

const PAGE_BYTES = 4096;
/** Pages that an entry touches besides its own bytes: two indexes and the head of its chain. */
const PAGES_PER_WRITE = 3;
/** So much log is written before it is carried over into the database: some 8 MB. */
const CHECKPOINT_PAGES = 2_000;

export class DatabaseDisk {
  readonly #database: DatabaseSync;
  readonly #checkpoint: StatementSync;
  /** Held open until after the database is closed: closing any handle of its file would drop SQLite's locks on it. */
  readonly #file: number;
  readonly #log: number;
  #pages = 0;

  constructor(database: DatabaseSync, path: string) {
    // SQLite's own checkpoints would wait for the disk; only a log grown far beyond ours calls for one.
    database.exec(`PRAGMA wal_autocheckpoint = ${10 * CHECKPOINT_PAGES}`);
    this.#database = database;
    this.#checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
    this.#file = openSync(path, 'r+');
    this.#log = openSync(`${path}-wal`, 'r+');
    // What a killed process committed, we shall serve: it has to be as safe as what we commit.
    fdatasyncSync(this.#log);
  }

  onCommitted(batch: readonly StoreWrite[]): void {
    for (const write of batch)
      this.#pages += PAGES_PER_WRITE + ('bytes' in write ? Math.ceil(write.bytes.length / PAGE_BYTES) : 0);
  }

  sync({ onDurable, onReady }: SyncSteps): void {
    fdatasync(this.#log, (error) => {
      if (!this.#isAlive(error)) return;
      onDurable();
      if (this.#pages < CHECKPOINT_PAGES || !this.#database.isOpen) onReady();
      else this.#carryOver(onReady);
    });
  }

  syncNow(): void {
    fdatasyncSync(this.#log);
    fdatasyncSync(this.#file);
  }

  /** After the database. */
  close(): void {
    closeSync(this.#log);
    closeSync(this.#file);
  }

  /**
   * The log is safe by now. Its pages are copied into the database without waiting, and until those are safe too nothing is
   * committed, since a commit may write over the log from its beginning.
   */
  #carryOver(onReady: () => void): void {
    this.#pages = 0;
    this.#database.exec('PRAGMA synchronous = OFF');
    this.#checkpoint.get();
    this.#database.exec('PRAGMA synchronous = NORMAL');
    fdatasync(this.#file, (error) => {
      if (this.#isAlive(error)) onReady();
    });
  }

  /** False after an orderly end, which synced for itself. A disk that fails may have lost what it took: stop serving. */
  #isAlive(error: Error | null): boolean {
    if (!this.#database.isOpen) return false;
    if (error !== null)
      throw new EnvironmentError('storage-unavailable', { cause: error, detail: 'the disk did not keep a commit' });
    return true;
  }
}
