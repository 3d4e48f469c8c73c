/** What a recovery seed derives: a device of each space, the person's identity, and the mailbox that lists the spaces. */
import { idToBytes } from '../foundation/ids.ts';
import type { SpaceId } from '../foundation/ids.ts';
import type { DeviceKeys } from '../protocol/membership-op.ts';
import { kdf } from './kdf.ts';
import { kemKeyPairFromSeed } from './kem.ts';
import type { IdentityKeyPair, KemKeyPair, MailboxId, MailboxKey, RecoverySeed, SigningKeyPair } from './keys.ts';
import type { Mailbox } from './mailbox.ts';
import { identityKeyPairFromSeed, signingKeyPairFromSeed } from './sign.ts';

export interface RecoveryDevice {
  readonly sign: SigningKeyPair;
  readonly kem: KemKeyPair;
  /** The public half, as genesis and claims name it. */
  readonly keys: DeviceKeys;
}

/**
 * `KDF(seed, "rec-sign" / "rec-kem", context)`. The context is the space's id; in a genesis, whose id does not exist
 * yet, it is what `recoveryContext` gives.
 */
export function recoveryDeviceOf(seed: RecoverySeed, context: Uint8Array): RecoveryDevice {
  const sign = signingKeyPairFromSeed(kdf(seed, 'rec-sign', context));
  const kem = kemKeyPairFromSeed(kdf(seed, 'rec-kem', context));
  return { sign, kem, keys: { device: sign.device, kem: kem.publicKey } };
}

/** An admitted member's recovery device follows from the space, a founder's from the genesis' salt. */
export function recoveryContext(place: { space: SpaceId } | { salt: Uint8Array }): Uint8Array {
  return 'space' in place ? idToBytes(place.space) : place.salt;
}

export function identityOf(seed: RecoverySeed): IdentityKeyPair {
  return identityKeyPairFromSeed(kdf(seed, 'identity'));
}

export function recoveryMailboxOf(seed: RecoverySeed): Mailbox {
  return { id: kdf(seed, 'mbx-id') as MailboxId, key: kdf(seed, 'mbx-key') as MailboxKey };
}
