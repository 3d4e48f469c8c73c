/** The vault record in memory: for every test, and for a device that was told to keep nothing. */
import type { Result } from '../../foundation/result.ts';
import type { KeyVault, VaultRecord } from '../../engine/key-vault.ts';
import { newProfileKeys, pepperWith, unwrapWith, wrapWith, type ProfileKeys } from './key-vault-crypto.ts';

/** The durable part: two vaults over one profile are two starts of one browser. */
export class MemoryProfile {
  record: Uint8Array | undefined;
  hasCanary = false;
  readonly keys: Promise<ProfileKeys>;

  constructor(keys: Promise<ProfileKeys> = newProfileKeys()) {
    this.keys = keys;
  }

  /** The folder of the browser's profile, copied. */
  copy(): MemoryProfile {
    const copy = new MemoryProfile(this.keys);
    copy.record = this.record?.slice();
    copy.hasCanary = this.hasCanary;
    return copy;
  }
}

export class MemoryKeyVault implements KeyVault {
  readonly #profile: MemoryProfile;

  constructor(profile: MemoryProfile = new MemoryProfile()) {
    this.#profile = profile;
  }

  load(): Promise<VaultRecord> {
    const { record, hasCanary } = this.#profile;
    if (record !== undefined) return Promise.resolve({ kind: 'present', bytes: record.slice() });
    return Promise.resolve({ kind: hasCanary ? 'wiped' : 'blank' });
  }

  save(record: Uint8Array): Promise<void> {
    this.#profile.record = record.slice();
    this.#profile.hasCanary = true;
    return Promise.resolve();
  }

  erase(): Promise<void> {
    this.#profile.record = undefined;
    this.#profile.hasCanary = false;
    return Promise.resolve();
  }

  async pepper(message: Uint8Array): Promise<Uint8Array> {
    return pepperWith(await this.#profile.keys, message);
  }

  async wrap(plain: Uint8Array, aad: Uint8Array): Promise<Uint8Array> {
    return wrapWith(await this.#profile.keys, plain, aad);
  }

  async unwrap(wrapped: Uint8Array, aad: Uint8Array): Promise<Result<Uint8Array>> {
    return unwrapWith(await this.#profile.keys, wrapped, aad);
  }
}
