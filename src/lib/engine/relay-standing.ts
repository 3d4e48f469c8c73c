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
  /** What was tried in spaces that refused this device: itself once more, then the other. */
  readonly #tried = new Map<SpaceId, 'again' | 'as-recovery'>();

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  keysOf(replica: SpaceReplica): SigningKeyPair {
    const { device, sign, standing, fork } = replica.secrets;
    // [C2] Of keys that are being given up others know that they are in; of a recovery device only where the words are the newest.
    if (standing === 'restoring' && fork?.old !== undefined) return { device: fork.old.device, secret: fork.old.sign };
    return this.#standsFor(replica) ?? { device, secret: sign };
  }

  /** The keys of this person that may sign for the space, this device's first. */
  signersOf(replica: SpaceReplica): readonly SigningKeyPair[] {
    const { device, sign } = replica.secrets;
    const recovery = this.#standsFor(replica);
    return [{ device, secret: sign }, ...(recovery === undefined ? [] : [recovery])];
  }

  /**
   * The relay does not list this device. `again`: it may just have been struck, and is told why when it asks once more.
   * `as-recovery`: it never was listed. `out`: its own membership says why, and no other key of the person speaks for it.
   */
  onRefused(replica: SpaceReplica): 'again' | 'as-recovery' | 'out' {
    const { space, standing } = replica.secrets;
    const tried = this.#tried.get(space);
    if (tried === 'as-recovery' || standing !== 'member' || isPutOut(replica)) return 'out';
    if (tried === undefined) {
      this.#tried.set(space, 'again');
      return 'again';
    }
    if (this.#recoveryOf(replica) === undefined) return 'out';
    this.#tried.set(space, 'as-recovery');
    this.#asRecovery.add(space);
    return 'as-recovery';
  }

  /** True when this device proved itself as another and learned meanwhile that it was put out: it is to prove itself as what it is. */
  onLearned(replica: SpaceReplica): boolean {
    return isPutOut(replica) && this.#asRecovery.delete(replica.space);
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

  #standsFor(replica: SpaceReplica): SigningKeyPair | undefined {
    return this.#asRecovery.has(replica.space) && !isPutOut(replica) ? this.#recoveryOf(replica) : undefined;
  }

  #recoveryOf(replica: SpaceReplica): SigningKeyPair | undefined {
    const context = recoveryContextOf(replica);
    if (context === undefined || !this.#vault.isOpen) return undefined;
    return recoveryDeviceOf(recoverySeedOf(this.#vault.secrets.entropy), context).sign;
  }
}

/** This device was in once, by its own membership, and is not any more. */
function isPutOut({ state, secrets }: SpaceReplica): boolean {
  return state.device(secrets.device)?.isActive === false;
}
