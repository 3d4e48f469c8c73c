/**
 * Sealed local rows [V3]: each table has its key under the vault's, each row's AAD names table and row, and the row's
 * own name is hashed under that key, so that a dump tells neither what was stored nor what it was called.
 */
import { bytesToHex, concatBytes, utf8 } from '../foundation/bytes.ts';
import type { Random } from '../foundation/random.ts';
import { aeadOpen, aeadSeal } from '../crypto/aead.ts';
import { kdf } from '../crypto/kdf.ts';
import { CONTEXTS } from '../protocol/contexts.ts';
import { NONCE_BYTES } from '../protocol/envelope.ts';
import type { LocalStore } from './local-store.ts';
import type { Vault } from './vault.ts';

export class LocalRecords {
  readonly #store: LocalStore;
  readonly #vault: Vault;
  readonly #random: Random;

  constructor(store: LocalStore, vault: Vault, random: Random) {
    this.#store = store;
    this.#vault = vault;
    this.#random = random;
  }

  /** The vault must be open; so for the others. */
  async put(table: string, name: string, body: Uint8Array): Promise<void> {
    const { key, row } = this.#place(table, name);
    const nonce = this.#random.bytes(NONCE_BYTES);
    const sealed = aeadSeal(body, { key, nonce, aad: aadOf(table, row) });
    await this.#store.put(table, row, concatBytes(nonce, sealed));
  }

  /** A row that was edited or moved is as good as absent: all of them can be made again. */
  async find(table: string, name: string): Promise<Uint8Array | undefined> {
    const { key, row } = this.#place(table, name);
    const stored = await this.#store.find(table, row);
    if (stored === undefined || stored.length < NONCE_BYTES) return undefined;
    const nonce = stored.subarray(0, NONCE_BYTES);
    const opened = aeadOpen(stored.subarray(NONCE_BYTES), { key, nonce, aad: aadOf(table, row) });
    return opened.ok ? opened.value : undefined;
  }

  async delete(table: string, name: string): Promise<void> {
    await this.#store.delete(table, this.#place(table, name).row);
  }

  #place(table: string, name: string): { readonly key: Uint8Array; readonly row: string } {
    const key = this.#vault.localKey(table);
    return { key, row: bytesToHex(kdf(key, 'db', utf8(name))) };
  }
}

function aadOf(table: string, row: string): Uint8Array {
  return concatBytes(utf8(CONTEXTS.localRow), Uint8Array.of(table.length), utf8(table), utf8(row));
}
