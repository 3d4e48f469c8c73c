import { expect, test } from 'vitest';
import { describeKeyVault } from '../../engine/key-vault.contract.ts';
import { describeLocalStore } from '../../engine/local-store.contract.ts';
import { utf8 } from '../../foundation/bytes.ts';
import { ArchipelDatabase } from './database.ts';
import { CacheCanary, IndexedDbKeyVault } from './key-vault-indexeddb.ts';
import { IndexedDbLocalStore } from './local-store-indexeddb.ts';

const newName = (): string => `vault-${crypto.randomUUID()}`;

describeKeyVault('IndexedDbKeyVault in the browser', () => {
  const database = newName();
  const canary = newName();
  return { open: () => new IndexedDbKeyVault(new ArchipelDatabase(database), new CacheCanary(caches, canary)) };
});

describeLocalStore('IndexedDbLocalStore in the browser', () => {
  const database = newName();
  return { open: () => new IndexedDbLocalStore(new ArchipelDatabase(database)) };
});

test('[V4] the canary in Cache Storage outlives the database, and tells that it was erased', async () => {
  const canary = newName();
  const database = new ArchipelDatabase(newName());
  await new IndexedDbKeyVault(database, new CacheCanary(caches, canary)).save(utf8('record'));
  await database.delete();
  const next = new IndexedDbKeyVault(new ArchipelDatabase(newName()), new CacheCanary(caches, canary));
  expect((await next.load()).kind).toBe('wiped');
  await next.erase();
  expect((await next.load()).kind).toBe('blank');
  expect(await caches.has(canary)).toBe(false);
});

test('[V2] the profile keys rest as handles: neither a script nor a dump reads their bytes', async () => {
  const database = new ArchipelDatabase(newName());
  await new IndexedDbKeyVault(database, new CacheCanary(caches, newName())).pepper(utf8('salt'));
  const rows: unknown[] = await database.table('vault').toArray();
  const keys = rows.flatMap((row) => Object.values((row as { readonly keys: Record<string, CryptoKey> }).keys));
  expect(keys).toHaveLength(2);
  for (const key of keys) {
    expect(key.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow();
  }
});
