/** Local rows in IndexedDB. */
import type { LocalStore } from '../../engine/local-store.ts';
import type { ArchipelDatabase } from './database.ts';
import { withStorageFaults } from './storage-faults.ts';

export class IndexedDbLocalStore implements LocalStore {
  readonly #database: ArchipelDatabase;

  constructor(database: ArchipelDatabase) {
    this.#database = database;
  }

  async put(table: string, key: string, value: Uint8Array): Promise<void> {
    await withStorageFaults(() => this.#database.local.put({ table, key, value }));
  }

  async find(table: string, key: string): Promise<Uint8Array | undefined> {
    return (await withStorageFaults(() => this.#database.local.get([table, key])))?.value;
  }

  delete(table: string, key: string): Promise<void> {
    return withStorageFaults(() => this.#database.local.delete([table, key]));
  }

  erase(): Promise<void> {
    return withStorageFaults(() => this.#database.local.clear());
  }
}
