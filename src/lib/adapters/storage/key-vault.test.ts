import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { describe, expect, it } from 'vitest';
import { describeKeyVault } from '../../engine/key-vault.contract.ts';
import { describeLocalStore } from '../../engine/local-store.contract.ts';
import { utf8 } from '../../foundation/bytes.ts';
import { ArchipelDatabase } from './database.ts';
import { IndexedDbKeyVault, type Canary } from './key-vault-indexeddb.ts';
import { MemoryKeyVault, MemoryProfile } from './key-vault-memory.ts';
import { IndexedDbLocalStore } from './local-store-indexeddb.ts';
import { MemoryLocalStore } from './local-store-memory.ts';

/** A canary outside the database, as Cache Storage is. */
class OtherStorage implements Canary {
  #isSet = false;
  isSet() {
    return Promise.resolve(this.#isSet);
  }
  set() {
    this.#isSet = true;
    return Promise.resolve();
  }
  clear() {
    this.#isSet = false;
    return Promise.resolve();
  }
}

function newDatabase(): ArchipelDatabase {
  return new ArchipelDatabase('archipel', { indexedDB: new IDBFactory(), IDBKeyRange });
}

describeKeyVault('MemoryKeyVault', () => {
  const profile = new MemoryProfile();
  return { open: () => new MemoryKeyVault(profile) };
});

describeKeyVault('IndexedDbKeyVault', () => {
  const database = newDatabase();
  const canary = new OtherStorage();
  return { open: () => new IndexedDbKeyVault(database, canary) };
});

describeLocalStore('MemoryLocalStore', () => {
  const rows = new Map<string, Uint8Array>();
  return { open: () => new MemoryLocalStore(rows) };
});

describeLocalStore('IndexedDbLocalStore', () => {
  const database = newDatabase();
  return { open: () => new IndexedDbLocalStore(database) };
});

describe('IndexedDbKeyVault', () => {
  it('[V4] a database that the browser evicted is told as wiped, because the canary is still there', async () => {
    const canary = new OtherStorage();
    await new IndexedDbKeyVault(newDatabase(), canary).save(utf8('record'));
    expect((await new IndexedDbKeyVault(newDatabase(), canary).load()).kind).toBe('wiped');
  });
});
