/**
 * As whom this device proves itself to a relay in each space. A device that was added after a restoration is on no list
 * yet; until someone who may puts it there, its person's recovery device, which is, reads for it [R4].
 */
import { idToBytes, type DeviceId, type SpaceId } from '../foundation/ids.ts';
import type { SigningKeyPair } from '../crypto/keys.ts';
import { recoveryDeviceOf } from '../crypto/recovery-keys.ts';
import { recoverySeedOf } from '../crypto/recovery-words.ts';
import type { SpaceReplica } from './space-replica.ts';
import type { Vault } from './vault.ts';

/**
 * What the recovery device of this person derives from: the genesis' salt for the founder, the member id for others. Who
 * was removed and comes back is another member, and must not come with a device that was removed.
 */
export function recoveryContextOf({ secrets, governance }: SpaceReplica): Uint8Array | undefined {
  const genesis = governance.genesis?.operation;
  if (genesis === undefined) return undefined;
  return genesis.memberId === secrets.member ? genesis.salt : idToBytes(secrets.member);
}

export class RelayStanding {
  readonly #vault: Vault;
  readonly #asRecovery = new Set<SpaceId>();
  /** Spaces in which the other was tried; a device that is out is refused as both, once. */
  readonly #tried = new Set<SpaceId>();

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  keysOf(replica: SpaceReplica): SigningKeyPair {
    const { device, sign } = replica.secrets;
    const recovery = this.#asRecovery.has(replica.space) ? this.#recoveryOf(replica) : undefined;
    return recovery ?? { device, secret: sign };
  }

  /** The keys of this person that may sign for the space, this device's first. */
  signersOf(replica: SpaceReplica): readonly SigningKeyPair[] {
    const { device, sign } = replica.secrets;
    const recovery = this.#asRecovery.has(replica.space) ? this.#recoveryOf(replica) : undefined;
    return [{ device, secret: sign }, ...(recovery === undefined ? [] : [recovery])];
  }

  /** The relay does not list this device: true when it is worth asking again as another. */
  onRefused(replica: SpaceReplica): boolean {
    const { space, standing } = replica.secrets;
    if (this.#tried.has(space) || standing !== 'member' || this.#recoveryOf(replica) === undefined) return false;
    this.#tried.add(space);
    this.#asRecovery.add(space);
    return true;
  }

  /** The relay told its list: true when this device stands on it now, and proved itself as another. */
  onListed(replica: SpaceReplica, listed: readonly DeviceId[]): boolean {
    if (!listed.includes(replica.secrets.device)) return false;
    this.#tried.delete(replica.space);
    return this.#asRecovery.delete(replica.space);
  }

  /** The session ended. */
  forget(): void {
    this.#tried.clear();
    this.#asRecovery.clear();
  }

  #recoveryOf(replica: SpaceReplica): SigningKeyPair | undefined {
    const context = recoveryContextOf(replica);
    if (context === undefined || !this.#vault.isOpen) return undefined;
    return recoveryDeviceOf(recoverySeedOf(this.#vault.secrets.entropy), context).sign;
  }
}
