/**
 * Where the vault record rests, and the two keys that never leave this browser profile. The engine seals everything
 * before it hands it over; an adapter sees one opaque record and messages to authenticate or wrap.
 */
import type { Result } from '../foundation/result.ts';

export type VaultRecord =
  | { readonly kind: 'present'; readonly bytes: Uint8Array }
  | { readonly kind: 'blank' }
  /** The canary says that a record once was here: the browser erased this site's storage [V4]. */
  | { readonly kind: 'wiped' };

export interface KeyVault {
  load(): Promise<VaultRecord>;
  /** Replaces the record whole, or leaves the old one; resolves once durable. Sets the canary. */
  save(record: Uint8Array): Promise<void>;
  /** Removes record and canary: the next `load` is blank. */
  erase(): Promise<void>;
  /** HMAC-SHA-256 under a non-extractable key of this profile: a stolen copy of the record alone tries no passphrase. */
  pepper(message: Uint8Array): Promise<Uint8Array>;
  /** Authenticated encryption under another non-extractable key of this profile. */
  wrap(plain: Uint8Array, aad: Uint8Array): Promise<Uint8Array>;
  unwrap(wrapped: Uint8Array, aad: Uint8Array): Promise<Result<Uint8Array>>;
}
