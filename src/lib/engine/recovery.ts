/**
 * The way back from the words alone: identity from the seed, the list of spaces from the recovery mailbox, and in each
 * space the recovery device's keys, which open the boxes and then add this device with fresh keys of its own. The list
 * is kept up to date at the relay, never written before what lies there was read.
 */
import type { SpaceId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import { fail, type Result } from '../foundation/result.ts';
import type { Scheduler } from '../foundation/scheduler.ts';
import { kemKeyPairFromSeed, newKemKeyPair } from '../crypto/kem.ts';
import { openMail, sealMail, type Mailbox } from '../crypto/mailbox.ts';
import { recoveryDeviceOf, recoveryMailboxOf } from '../crypto/recovery-keys.ts';
import { recoverySeedOf, wordsOfEntropy } from '../crypto/recovery-words.ts';
import { newSigningKeyPair } from '../crypto/sign.ts';
import type { MailRoom } from './mail-room.ts';
import {
  decodeRecoveryList,
  encodeRecoveryList,
  mergeLists,
  type ListedSpace,
  type RecoveryList,
} from './recovery-list.ts';
import { recoveryContextOf } from './relay-standing.ts';
import type { SpaceReplica } from './space-replica.ts';
import type { Spaces } from './spaces.ts';
import { Turns, type OnFault } from './turns.ts';
import type { Vault } from './vault.ts';
import type { DeviceSecrets, Secrets, SpaceSecrets } from './vault-secrets.ts';

export interface RecoveryPorts {
  readonly vault: Vault;
  readonly spaces: Spaces;
  readonly mail: MailRoom;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly updateSecrets: (change: (secrets: Secrets) => Secrets) => Promise<Result<void>>;
  /** Whether a link has shown that nothing of the space is missing here [C2]. */
  readonly isLevel: (space: SpaceId) => boolean;
  readonly onReady: (replica: SpaceReplica) => void;
  readonly onFault: OnFault;
}

const LIST_SLOT = 0;
const LIST_TIMEOUT_MS = 20_000;
/** A relay with an empty mailbox may stay silent: after this long we write. */
const FIRST_WRITE_MS = 3_000;

export class Recovery {
  readonly #ports: RecoveryPorts;
  readonly #turns = new Turns();
  readonly #adding = new Set<SpaceId>();
  #mailbox: Mailbox | undefined;
  #seen: RecoveryList | undefined;
  #hasLooked = false;
  #written = '';
  #waiting: (() => void)[] = [];
  #cancelFirstWrite: (() => void) | undefined;

  constructor(ports: RecoveryPorts) {
    this.#ports = ports;
  }

  words(): readonly string[] {
    const { entropy, language } = this.#ports.vault.secrets;
    return wordsOfEntropy(entropy, language).words;
  }

  /** [V4] The asked words, typed back as the list spells them or without their accents. */
  confirm(answers: readonly { readonly index: number; readonly word: string }[]): Promise<Result<void>> {
    const words = this.words();
    const isRight =
      answers.length > 0 &&
      answers.every(({ index, word }) => plain(words[index] ?? '') === plain(word) && words[index] !== undefined);
    if (!isRight) return Promise.resolve(fail('wrong-words'));
    return this.#ports.updateSecrets((secrets) => ({ ...secrets, areWordsConfirmed: true }));
  }

  /** Starts to watch the mailbox of the open session. */
  start(): void {
    const { vault, mail, scheduler } = this.#ports;
    const mailbox = recoveryMailboxOf(recoverySeedOf(vault.secrets.entropy));
    this.#mailbox = mailbox;
    mail.watch(mailbox.id, (item) => this.#turns.detach(() => this.#onLetter(mailbox, item.blob), this.#ports.onFault));
    this.#cancelFirstWrite = scheduler.after(FIRST_WRITE_MS, () => this.#publish());
  }

  stop(): void {
    this.#cancelFirstWrite?.();
    this.#cancelFirstWrite = undefined;
    this.#mailbox = undefined;
    this.#seen = undefined;
    this.#hasLooked = false;
    this.#written = '';
    this.#adding.clear();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Called when the set of spaces changed. */
  refresh(): void {
    if (this.#hasLooked) this.#publish();
  }

  /** Resolves when the list was read, or after a while without an answer; the spaces known by then. */
  async awaitList(): Promise<readonly SpaceId[]> {
    if (this.#seen === undefined) {
      await new Promise<void>((resolve) => {
        const cancel = this.#ports.scheduler.after(LIST_TIMEOUT_MS, resolve);
        this.#waiting.push(() => {
          cancel();
          resolve();
        });
      });
    }
    return this.#ports.spaces.all().map((replica) => replica.space);
  }

  /** Called when governance or links changed: a restored device adds itself once it holds everything. */
  advance(replica: SpaceReplica): Promise<void> {
    const { space, standing } = replica.secrets;
    if (standing !== 'restoring' || this.#adding.has(space) || !this.#ports.isLevel(space)) return Promise.resolve();
    if (replica.governance.isIncomplete || !replica.state.isActiveDevice(replica.secrets.device))
      return Promise.resolve();
    this.#adding.add(space);
    return this.#turns.run(() => this.#addSelf(replica)).finally(() => this.#adding.delete(space));
  }

  async #addSelf(replica: SpaceReplica): Promise<void> {
    const { vault, spaces, onReady } = this.#ports;
    const fresh = replica.secrets.fresh;
    if (fresh === undefined || !vault.isOpen) return;
    if (!replica.state.devices.has(fresh.device)) {
      const keys = { device: fresh.device, kem: kemKeyPairFromSeed(fresh.kem).publicKey };
      const added = await replica.writer.operate({ op: 'device.add', keys, name: '' });
      if (!added.ok) return;
    }
    await replica.writer.supplyBoxes();
    const { space, link, claim } = replica.secrets;
    const member = replica.state.device(fresh.device)?.member ?? replica.secrets.member;
    onReady(await spaces.add({ space, link, claim, member, ...fresh, standing: 'member' }));
  }

  async #onLetter(mailbox: Mailbox, blob: Uint8Array): Promise<void> {
    const { vault } = this.#ports;
    if (!vault.isOpen || this.#mailbox !== mailbox) return;
    const opened = openMail(mailbox, blob);
    const list = opened.ok ? decodeRecoveryList(opened.value) : opened;
    if (!list.ok) return;
    const isNewer = this.#seen === undefined || list.value.version > this.#seen.version;
    if (isNewer) this.#seen = list.value;
    this.#hasLooked = true;
    if (isNewer) await this.#take(list.value);
    for (const resolve of this.#waiting.splice(0)) resolve();
    this.#publish();
  }

  /** Only a device that was restored takes spaces from the list; on others a forgotten space stays forgotten. */
  async #take(list: RecoveryList): Promise<void> {
    const { vault, spaces } = this.#ports;
    if (!vault.secrets.isRestored) return;
    if (vault.secrets.name === '' && list.name !== '')
      await this.#ports.updateSecrets((secrets) => ({ ...secrets, name: list.name }));
    for (const listed of list.spaces) {
      if (spaces.find(listed.space) === undefined) await spaces.add(this.#restoring(listed));
    }
    await this.#ports.updateSecrets((secrets) => ({ ...secrets, isRestored: false }));
  }

  #restoring({ space, member, context }: ListedSpace): SpaceSecrets {
    const { vault, random } = this.#ports;
    const recovery = recoveryDeviceOf(recoverySeedOf(vault.secrets.entropy), context);
    const sign = newSigningKeyPair(random);
    const fresh: DeviceSecrets = { device: sign.device, sign: sign.secret, kem: newKemKeyPair(random).secret };
    const keys = { device: recovery.sign.device, sign: recovery.sign.secret, kem: recovery.kem.secret };
    return { space, member, ...keys, standing: 'restoring', link: '', claim: new Uint8Array(0), fresh };
  }

  #publish(): void {
    const { vault, mail, random } = this.#ports;
    const mailbox = this.#mailbox;
    if (mailbox === undefined || !vault.isOpen || vault.secrets.isRestored) return;
    this.#hasLooked = true;
    const spaces = mergeLists(this.#seen?.spaces ?? [], this.#listed());
    const key = JSON.stringify([vault.secrets.name, spaces.map(({ space, relay }) => [space, relay])]);
    const seenKey = JSON.stringify([this.#seen?.name, this.#seen?.spaces.map(({ space, relay }) => [space, relay])]);
    if (spaces.length === 0 || key === this.#written || key === seenKey) return;
    const version = (this.#seen?.version ?? 0) + 1;
    const sealed = sealMail(mailbox, encodeRecoveryList({ version, name: vault.secrets.name, spaces }), random);
    if (!sealed.ok) return;
    this.#written = key;
    mail.put(mailbox.id, sealed.value, { slot: LIST_SLOT });
  }

  /** A space counts once this device knows how its recovery device derives. */
  #listed(): readonly ListedSpace[] {
    const { spaces, vault } = this.#ports;
    const relay = vault.secrets.relayUrl;
    return spaces.all().flatMap((replica) => {
      const context = recoveryContextOf(replica);
      const { space, secrets } = replica;
      if (context === undefined || secrets.standing !== 'member') return [];
      return [{ space, member: secrets.member, relay, context }];
    });
  }
}

function plain(word: string): string {
  return word.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trim();
}
