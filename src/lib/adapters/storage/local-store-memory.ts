/** Local rows in memory: for every test, and for a device that was told to keep nothing. */
import type { LocalStore } from '../../engine/local-store.ts';

export class MemoryLocalStore implements LocalStore {
  readonly #rows: Map<string, Uint8Array>;

  /** Two stores over one map are two starts of one device. */
  constructor(rows = new Map<string, Uint8Array>()) {
    this.#rows = rows;
  }

  put(table: string, key: string, value: Uint8Array): Promise<void> {
    this.#rows.set(`${table}/${key}`, value.slice());
    return Promise.resolve();
  }

  find(table: string, key: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#rows.get(`${table}/${key}`)?.slice());
  }

  delete(table: string, key: string): Promise<void> {
    this.#rows.delete(`${table}/${key}`);
    return Promise.resolve();
  }

  erase(): Promise<void> {
    this.#rows.clear();
    return Promise.resolve();
  }
}
