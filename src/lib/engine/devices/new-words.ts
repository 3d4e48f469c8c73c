/**
 * New recovery words: who may have read the old ones, or holds a device that knew them, gets in nowhere by them. In every
 * space the recovery device of the new words is added and the old one removed; the own space goes first, and only what is
 * sealed there afterwards tells the other devices. What was begun is kept and carried on after a restart.
 */
import type { Random } from '../../foundation/random.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import { recoveryDeviceOf } from '../../crypto/recovery-keys.ts';
import { recoverySeedOf } from '../../crypto/recovery-words.ts';
import type { People } from '../people.ts';
import type { PersonalRecords } from '../personal/personal-records.ts';
import type { PersonalSpace } from '../personal/personal-space.ts';
import { recoveryContextOf } from '../relay-standing.ts';
import type { SpaceReplica } from '../space-replica.ts';
import type { Spaces } from '../spaces.ts';
import { Turns, type OnFault } from '../turns.ts';
import type { Vault } from '../vault.ts';
import type { Secrets } from '../vault-secrets.ts';
import type { Recovery } from '../ways-back/recovery.ts';
import { decodeNewestWords, encodeNewestWords, WORDS_KEY, WORDS_TABLE, type NewestWords } from './device-records.ts';

export interface NewWordsPorts {
  readonly vault: Vault;
  readonly spaces: Spaces;
  readonly personal: PersonalRecords;
  readonly ownSpace: PersonalSpace;
  readonly people: People;
  readonly recovery: Recovery;
  readonly random: Random;
  readonly updateSecrets: (change: (secrets: Secrets) => Secrets) => Promise<Result<void>>;
  readonly onFault: OnFault;
}

const ENTROPY_BYTES = 16;

export class NewWords {
  readonly #ports: NewWordsPorts;
  readonly #turns = new Turns();
  #end: (() => void) | undefined;

  constructor(ports: NewWordsPorts) {
    this.#ports = ports;
  }

  start(): void {
    const { personal, vault, onFault } = this.#ports;
    this.#end = personal.onChange(({ table, origin }) => {
      if (table === WORDS_TABLE && origin === 'foreign') this.#turns.detach(() => this.#follow(), onFault);
    });
    if (vault.secrets.own.renewal !== undefined)
      this.#turns.detach(async () => {
        await this.#carryOn();
      }, onFault);
    else this.#turns.detach(() => this.#follow(), onFault);
  }

  stop(): void {
    this.#end?.();
    this.#end = undefined;
  }

  settled(): Promise<void> {
    return this.#turns.settled();
  }

  /** Afterwards the words of this person are others, and nobody has written them down yet. */
  renew(): Promise<Result<void>> {
    return this.#turns.run(async () => {
      const { vault, random, updateSecrets } = this.#ports;
      if (!vault.isOpen) return fail('locked');
      const renewal = vault.secrets.own.renewal ?? random.bytes(ENTROPY_BYTES);
      const kept = await updateSecrets((secrets) => ({ ...secrets, own: { ...secrets.own, renewal } }));
      return kept.ok ? this.#carryOn() : kept;
    });
  }

  /** A space that became ready only now, joined or followed while the words were being renewed. */
  align(replica: SpaceReplica): void {
    if (this.#end === undefined || !replica.isReady) return;
    this.#turns.detach(async () => {
      const { vault } = this.#ports;
      if (vault.isOpen && vault.secrets.own.renewal === undefined)
        await this.#replaceIn(replica, vault.secrets.entropy);
    }, this.#ports.onFault);
  }

  async #carryOn(): Promise<Result<void>> {
    const { vault, spaces, ownSpace, personal, recovery } = this.#ports;
    const entropy = vault.isOpen ? vault.secrets.own.renewal : undefined;
    if (entropy === undefined) return fail('locked');
    const own = ownSpace.replica;
    for (const replica of own === undefined ? spaces.shown() : [own, ...spaces.shown()]) {
      if (!replica.isReady) continue;
      const replaced = await this.#replaceIn(replica, entropy);
      if (!replaced.ok) return replaced;
    }
    const { language } = vault.secrets;
    const said = await personal.put(WORDS_TABLE, WORDS_KEY, encodeNewestWords({ entropy, language }));
    if (!said.ok) return said;
    await ownSpace.flush();
    recovery.emptyMailbox();
    return this.#become({ entropy, language });
  }

  /** Another device of the person made new words. */
  async #follow(): Promise<void> {
    const { personal, vault } = this.#ports;
    const bytes = vault.isOpen ? personal.find(WORDS_TABLE, WORDS_KEY) : undefined;
    const words = bytes === undefined ? undefined : decodeNewestWords(bytes);
    if (words?.ok !== true || isSame(words.value.entropy, vault.secrets.entropy)) return;
    await this.#become(words.value);
  }

  async #become({ entropy, language }: NewestWords): Promise<Result<void>> {
    const { updateSecrets, recovery, spaces } = this.#ports;
    const kept = await updateSecrets((secrets) => ({
      ...secrets,
      entropy,
      language,
      areWordsConfirmed: false,
      own: { space: secrets.own.space, deviceName: secrets.own.deviceName },
    }));
    if (!kept.ok) return kept;
    recovery.stop();
    await recovery.start();
    await spaces.renameSelf();
    return ok(undefined);
  }

  /** Nothing where the recovery device of these words was ever known: a device behind the times undoes nothing. */
  async #replaceIn(replica: SpaceReplica, entropy: Uint8Array): Promise<Result<void>> {
    const context = recoveryContextOf(replica);
    if (context === undefined) return ok(undefined);
    const { keys } = recoveryDeviceOf(recoverySeedOf(entropy), context);
    const { state, secrets, writer } = replica;
    if (!state.devices.has(keys.device)) {
      const added = await writer.operate({ op: 'device.add', keys, name: '', isRecovery: true });
      if (!added.ok) return added;
    } else if (!state.isActiveDevice(keys.device)) return ok(undefined);
    const { people } = this.#ports;
    for (const id of replica.state.memberOf(secrets.device)?.devices ?? []) {
      const device = replica.state.device(id);
      if (device?.isRecovery !== true || !device.isActive || id === keys.device) continue;
      const removed = await people.removeDevice(replica, id);
      if (!removed.ok) return removed;
    }
    await writer.supplyBoxes();
    return ok(undefined);
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}
