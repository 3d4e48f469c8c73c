/**
 * The vault record in IndexedDB beside the two non-extractable keys, and a canary outside of it (Cache Storage): when
 * the browser evicts the database and leaves the canary, the loss is told instead of looking like a first start [V4].
 */
import { EnvironmentError, type Result } from '../../foundation/result.ts';
import type { KeyVault, VaultRecord } from '../../engine/key-vault.ts';
import type { ArchipelDatabase } from './database.ts';
import { newProfileKeys, pepperWith, unwrapWith, wrapWith, type ProfileKeys } from './key-vault-crypto.ts';
import { withStorageFaults } from './storage-faults.ts';

/** A mark that survives the loss of the database. */
export interface Canary {
  isSet(): Promise<boolean>;
  set(): Promise<void>;
  clear(): Promise<void>;
}

const RECORD = 'record';
const KEYS = 'profile-keys';

export class IndexedDbKeyVault implements KeyVault {
  readonly #database: ArchipelDatabase;
  readonly #canary: Canary;
  #keys: Promise<ProfileKeys> | undefined;

  constructor(database: ArchipelDatabase, canary: Canary) {
    this.#database = database;
    this.#canary = canary;
  }

  async load(): Promise<VaultRecord> {
    const row = await withStorageFaults(() => this.#database.vault.get(RECORD));
    if (row !== undefined) return { kind: 'present', bytes: row.value };
    return { kind: (await this.#canary.isSet()) ? 'wiped' : 'blank' };
  }

  async save(record: Uint8Array): Promise<void> {
    await withStorageFaults(() => this.#database.vault.put({ key: RECORD, value: record.slice() }));
    await this.#canary.set();
  }

  async erase(): Promise<void> {
    await withStorageFaults(() => this.#database.vault.delete(RECORD));
    await this.#canary.clear();
  }

  async pepper(message: Uint8Array): Promise<Uint8Array> {
    return pepperWith(await this.#loadKeys(), message);
  }

  async wrap(plain: Uint8Array, aad: Uint8Array): Promise<Uint8Array> {
    return wrapWith(await this.#loadKeys(), plain, aad);
  }

  async unwrap(wrapped: Uint8Array, aad: Uint8Array): Promise<Result<Uint8Array>> {
    return unwrapWith(await this.#loadKeys(), wrapped, aad);
  }

  #loadKeys(): Promise<ProfileKeys> {
    this.#keys ??= this.#findOrMakeKeys().catch((error: unknown) => {
      this.#keys = undefined;
      throw error;
    });
    return this.#keys;
  }

  /** Two workers may start at once: the transaction lets one pair win, and both use it. */
  async #findOrMakeKeys(): Promise<ProfileKeys> {
    const held = await withStorageFaults(() => this.#table().get(KEYS));
    if (held !== undefined) return held.keys;
    const made = await newProfileKeys();
    return withStorageFaults(() =>
      this.#database.transaction('rw', this.#table(), async () => {
        const other = await this.#table().get(KEYS);
        if (other !== undefined) return other.keys;
        await this.#table().add({ key: KEYS, keys: made });
        return made;
      }),
    );
  }

  /** CryptoKey objects are structured-cloneable: the database holds a handle, never the key's bytes. */
  #table() {
    return this.#database.table<{ readonly key: string; readonly keys: ProfileKeys }, string>('vault');
  }
}

/** A canary in Cache Storage, which a worker can reach and IndexedDB's eviction does not touch. */
export class CacheCanary implements Canary {
  readonly #caches: CacheStorage;
  readonly #name: string;

  constructor(storage: CacheStorage, name = 'archipel-canary') {
    this.#caches = storage;
    this.#name = name;
  }

  isSet(): Promise<boolean> {
    return asStorageFault(() => this.#caches.has(this.#name));
  }

  async set(): Promise<void> {
    await asStorageFault(() => this.#caches.open(this.#name));
  }

  async clear(): Promise<void> {
    await asStorageFault(() => this.#caches.delete(this.#name));
  }
}

async function asStorageFault<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new EnvironmentError('storage-unavailable', { cause, detail: 'canary' });
  }
}
