/**
 * Keys as brands: raw bytes cannot stand for a key, nor one key for another. Only this layer makes them; who holds
 * one may use it and must never log, send or store it outside the vault [V2].
 */
import type { Branded, DeviceId, IdentityKey } from '../foundation/ids.ts';

/** Ed25519 secret key as libsodium holds it: seed ‖ public key. */
export type SigningSecret = Branded<Uint8Array, 'SigningSecret'>;
/** X-Wing secret key: its 32-byte seed. */
export type KemSecret = Branded<Uint8Array, 'KemSecret'>;
/** The one secret of an epoch, from which every content key and tag follows. */
export type EpochSecret = Branded<Uint8Array, 'EpochSecret'>;
/** Follows from an epoch's secret; opens its membership and attests, and nothing that was written. */
export type RecordSecret = Branded<Uint8Array, 'RecordSecret'>;
/** Seals one document's content in one epoch. */
export type ContentKey = Branded<Uint8Array, 'ContentKey'>;
/** From the recovery words; derives everything a blank device needs. */
export type RecoverySeed = Branded<Uint8Array, 'RecoverySeed'>;
/** The one-use seed inside an invitation link. */
export type InviteSeed = Branded<Uint8Array, 'InviteSeed'>;
/** What the code of a device pairing carries, used once. */
export type PairingSecret = Branded<Uint8Array, 'PairingSecret'>;
/** Seals what lies in one mailbox. */
export type MailboxKey = Branded<Uint8Array, 'MailboxKey'>;
/** Opens the vault's body and derives the keys of local rows. */
export type VaultKey = Branded<Uint8Array, 'VaultKey'>;
/** What a passphrase becomes: wraps a vault key. */
export type PassphraseKey = Branded<Uint8Array, 'PassphraseKey'>;
/** Where a mailbox is found on a relay: a capability, 32 bytes. */
export type MailboxId = Branded<Uint8Array, 'MailboxId'>;

export interface SigningKeyPair {
  readonly device: DeviceId;
  readonly secret: SigningSecret;
}

export interface IdentityKeyPair {
  readonly identity: IdentityKey;
  readonly secret: SigningSecret;
}

/** The key pair of an invitation or of a relay: not a device of any space. */
export interface PlainSigningKeyPair {
  readonly publicKey: Uint8Array;
  readonly secret: SigningSecret;
}

export interface KemKeyPair {
  /** 1,216 bytes. */
  readonly publicKey: Uint8Array;
  readonly secret: KemSecret;
}

/** Brands bytes read back from a sealed place; the caller vouches for where they come from. */
export function asKey<K extends SecretKey>(bytes: Uint8Array | K): K {
  return bytes as K;
}

export type SecretKey =
  | SigningSecret
  | KemSecret
  | EpochSecret
  | RecordSecret
  | RecoverySeed
  | InviteSeed
  | PairingSecret
  | MailboxKey
  | VaultKey
  | PassphraseKey
  | MailboxId;
