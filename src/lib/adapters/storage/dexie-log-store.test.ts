import { IDBFactory, IDBKeyRange, IDBObjectStore } from 'fake-indexeddb';
import { describe, expect, it } from 'vitest';
import { chainOf, deviceNamed, spaceNamed } from '../../log/log-entries.fixture.ts';
import { describeLogStore } from '../../log/log-store.contract.ts';
import { ArchipelDatabase } from './database.ts';
import { DexieLogStore } from './dexie-log-store.ts';

describeLogStore('DexieLogStore over fake-indexeddb', () => {
  const indexedDB = new IDBFactory();
  const opened: ArchipelDatabase[] = [];
  return {
    open: () => {
      const database = new ArchipelDatabase('archipel', { indexedDB, IDBKeyRange });
      opened.push(database);
      return new DexieLogStore(database);
    },
    remove: () => {
      for (const database of opened) database.close();
      return Promise.resolve();
    },
  };
});

describe('DexieLogStore when the disk fails', () => {
  const space = spaceNamed('family');
  const alice = deviceNamed('alice');

  const openStore = () => {
    const database = new ArchipelDatabase('archipel', { indexedDB: new IDBFactory(), IDBKeyRange });
    return { database, store: new DexieLogStore(database) };
  };

  it('a full disk is told as storage-full, and nothing of the batch is kept', async () => {
    const { database, store } = openStore();
    const chain = chainOf({ space, author: alice }, 4);
    await store.insert(space, chain.slice(0, 1));
    const restore = fillDiskAfter(2);
    try {
      await expect(store.insert(space, chain)).rejects.toMatchObject({
        name: 'EnvironmentError',
        code: 'storage-full',
      });
    } finally {
      restore();
    }
    expect((await store.heads(space)).get(alice)?.seq).toBe(0);
    expect(await store.read(space, { by: 'arrival', afterPosition: 0, limit: 10 })).toHaveLength(1);
    database.close();
  });

  it('a closed database is told as storage-unavailable', async () => {
    const { database, store } = openStore();
    await store.heads(space);
    database.close();
    await expect(store.heads(space)).rejects.toMatchObject({ name: 'EnvironmentError', code: 'storage-unavailable' });
  });
});

/** From the given number of further records on, IndexedDB has no room; the returned function gives it room again. */
function fillDiskAfter(records: number): () => void {
  const original = Object.getOwnPropertyDescriptor(IDBObjectStore.prototype, 'add');
  if (original === undefined) throw new Error('IDBObjectStore has no add');
  let room = records;
  Object.defineProperty(IDBObjectStore.prototype, 'add', {
    ...original,
    value(this: IDBObjectStore, ...record: readonly unknown[]): unknown {
      if (room-- === 0) throw new DOMException('no room', 'QuotaExceededError');
      return Reflect.apply(original.value as (...record: readonly unknown[]) => unknown, this, record);
    },
  });
  return () => {
    Object.defineProperty(IDBObjectStore.prototype, 'add', original);
  };
}
