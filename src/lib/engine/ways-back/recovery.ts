/**
 * The way back from the words alone: identity from the seed, the list of spaces from the recovery mailbox, and in each
 * space the recovery device's keys, which open the boxes and then add this device with fresh keys of its own
 * (docs/spec/ways-back.md).
 */
import type { Clock } from '../../foundation/clock.ts';
import type { SpaceId } from '../../foundation/ids.ts';
import type { Random } from '../../foundation/random.ts';
import { fail, type Result } from '../../foundation/result.ts';
import type { Scheduler } from '../../foundation/scheduler.ts';
import { kemKeyPairFromSeed, newKemKeyPair } from '../../crypto/kem.ts';
import { recoveryDeviceOf } from '../../crypto/recovery-keys.ts';
import { recoverySeedOf, wordsOfEntropy } from '../../crypto/recovery-words.ts';
import { newSigningKeyPair } from '../../crypto/sign.ts';
import type { LocalRecords } from '../local-records.ts';
import type { MailRoom } from '../mail-room.ts';
import { recoveryContextOf } from '../relay-standing.ts';
import type { SpaceReplica } from '../space-replica.ts';
import type { Spaces } from '../spaces.ts';
import { Turns, type OnFault } from '../turns.ts';
import type { Vault } from '../vault.ts';
import type { DeviceSecrets, Secrets, SpaceSecrets } from '../vault-secrets.ts';
import type { ListedSpace, RecoveryList } from './recovery-list.ts';
import { RecoveryMailbox } from './recovery-mailbox.ts';
import type { SpacesSearch } from './ways-back-calls.ts';
import { NO_WAYS_BACK } from './ways-back-secrets.ts';

export interface RecoveryPorts {
  readonly vault: Vault;
  readonly records: LocalRecords;
  readonly spaces: Spaces;
  readonly mail: MailRoom;
  readonly random: Random;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly updateSecrets: (change: (secrets: Secrets) => Secrets) => Promise<Result<void>>;
  /** Whether a link has shown that nothing of the space is missing here [C2]. */
  readonly isLevel: (space: SpaceId) => boolean;
  readonly onReady: (replica: SpaceReplica) => void;
  readonly onSearch: (search: SpacesSearch) => void;
  /** More, or less, is known to lie at the relay. */
  readonly onListed: () => void;
  /** The list names a space of the person's own devices. */
  readonly onPersonal: (space: SpaceId) => Promise<void>;
  readonly onFault: OnFault;
}

const LIST_TIMEOUT_MS = 20_000;
/** The device that gave its spaces adds the new one at once; after this long the new one helps itself. */
const EXPECT_MS = 30_000;
const MIN_ANSWERS = 3;

export class Recovery {
  readonly #ports: RecoveryPorts;
  readonly #turns = new Turns();
  readonly #adding = new Set<SpaceId>();
  /** Spaces in which the person chose not to wait for anyone else. */
  readonly #alone = new Set<SpaceId>();
  readonly #mailbox: RecoveryMailbox;
  readonly #expected = new Set<SpaceId>();
  #cancelExpectation: (() => void) | undefined;
  #waiting: (() => void)[] = [];

  constructor(ports: RecoveryPorts) {
    this.#ports = ports;
    this.#mailbox = new RecoveryMailbox({
      ...ports,
      listed: () => this.listed(),
      onList: (list) => this.#onList(list),
      onChange: () => this.#onAnswer(),
    });
  }

  words(): readonly string[] {
    const { entropy, language } = this.#ports.vault.secrets;
    return wordsOfEntropy(entropy, language).words;
  }

  /** [V4] The asked words, typed back as the list spells them or without their accents. */
  confirm(answers: readonly { readonly index: number; readonly word: string }[]): Promise<Result<void>> {
    const words = this.words();
    // Fewer words than three could be guessed one at a time by whoever finds the device open.
    const isRight =
      new Set(answers.map(({ index }) => index)).size >= MIN_ANSWERS &&
      answers.every(({ index, word }) => plain(words[index] ?? '') === plain(word) && words[index] !== undefined);
    if (!isRight) return Promise.resolve(fail('wrong-words'));
    const rehearsedAt = this.#ports.clock.nowMs();
    return this.#ports.updateSecrets((secrets) => ({
      ...secrets,
      areWordsConfirmed: true,
      waysBack: { ...(secrets.waysBack ?? NO_WAYS_BACK), rehearsedAt },
    }));
  }

  /** Starts to watch the mailbox of the open session. */
  start(): Promise<void> {
    return this.#mailbox.start();
  }

  stop(): void {
    this.#mailbox.stop();
    this.#adding.clear();
    this.#expected.clear();
    this.#cancelExpectation?.();
    this.#alone.clear();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Called when the set of spaces changed. */
  refresh(): void {
    this.#mailbox.refresh();
  }

  /** These words are given up for others. */
  emptyMailbox(): void {
    this.#mailbox.empty();
  }

  /** A relay was reached, or is no longer. */
  onConnection(): void {
    this.#mailbox.onConnection();
    if (this.#ports.vault.isOpen) this.#ports.onSearch(this.search());
  }

  /** Whether the words could not find the space again yet, because the relay does not hold it in its list. */
  isUnlisted(replica: SpaceReplica): boolean {
    return this.#listedOf(replica) !== undefined && !this.#mailbox.isListed(replica.space);
  }

  /** Where the search for a restored person's spaces stands. */
  search(): SpacesSearch {
    const { vault, mail } = this.#ports;
    if (!vault.isOpen || !vault.secrets.isRestored) return { kind: 'none' };
    const isEmpty = this.#mailbox.answer === 'empty';
    return {
      kind: 'looking',
      relayUrl: vault.secrets.relayUrl,
      answer: !mail.isConnected ? 'unreached' : isEmpty ? 'empty' : 'waiting',
    };
  }

  /** Nothing more is looked for: the person begins anew with this identity. */
  async endSearch(): Promise<Result<void>> {
    const ended = await this.#ports.updateSecrets((secrets) => ({ ...secrets, isRestored: false }));
    if (!ended.ok) return ended;
    this.#mailbox.refresh();
    this.#ports.onSearch(this.search());
    return ended;
  }

  /** Resolves when the list was read and taken, at an empty answer, or after a while without any; the spaces known by then. */
  async awaitList(): Promise<readonly SpaceId[]> {
    const { vault, scheduler, spaces } = this.#ports;
    if (vault.isOpen && vault.secrets.isRestored && this.#mailbox.answer === 'waiting') {
      await new Promise<void>((resolve) => {
        const cancel = scheduler.after(LIST_TIMEOUT_MS, resolve);
        this.#waiting.push(() => {
          cancel();
          resolve();
        });
      });
    }
    return spaces.shown().map((replica) => replica.space);
  }

  /** These spaces' fresh keys were announced to another own device, which adds them: better than by the recovery device. */
  expectAddition(spaces: readonly SpaceId[]): void {
    for (const space of spaces) this.#expected.add(space);
    this.#cancelExpectation = this.#ports.scheduler.after(EXPECT_MS, () => {
      this.#expected.clear();
      for (const replica of this.#ports.spaces.all()) this.advance(replica).catch(this.#ports.onFault);
    });
  }

  /** Called when governance or links changed: a restored device adds itself once it holds everything. */
  advance(replica: SpaceReplica): Promise<void> {
    const { space, standing, fresh } = replica.secrets;
    if (standing !== 'restoring' || fresh === undefined || this.#adding.has(space)) return Promise.resolve();
    if (!this.#isAdded(replica, fresh) && !this.#mayAddSelf(replica)) return Promise.resolve();
    this.#adding.add(space);
    return this.#turns.run(() => this.#addSelf(replica)).finally(() => this.#adding.delete(space));
  }

  /** Another device of the person has added this one, and its boxes are there. */
  #isAdded({ state, governance }: SpaceReplica, fresh: DeviceSecrets): boolean {
    const { keys, history } = governance;
    return (
      state.isActiveDevice(fresh.device) && !keys.missing(history).some(({ devices }) => devices.includes(fresh.device))
    );
  }

  #mayAddSelf({ space, governance, state, secrets }: SpaceReplica): boolean {
    const isFree = this.#alone.has(space) || (!this.#expected.has(space) && this.#ports.isLevel(space));
    if (!isFree) return false;
    return !governance.isIncomplete && state.isActiveDevice(secrets.device);
  }

  /** Adds this device without anyone else's word on what is missing: two such restorations apart are a fork of the recovery device. */
  goOnAlone(replica: SpaceReplica): Promise<void> {
    this.#alone.add(replica.space);
    return this.advance(replica);
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
    if (!this.#isAdded(replica, fresh)) await replica.writer.supplyBoxes();
    const { space, link, claim, fork } = replica.secrets;
    // Of a forked chain only the name stays, to be put out.
    const forked = fork === undefined ? {} : { fork: { device: fork.device, seq: fork.seq } };
    const member = replica.state.device(fresh.device)?.member ?? replica.secrets.member;
    onReady(await spaces.add({ space, link, claim, member, ...fresh, ...forked, standing: 'member' }));
  }

  async #onList(list: RecoveryList | undefined): Promise<void> {
    const { vault, spaces } = this.#ports;
    if (list !== undefined) await this.take(list);
    // A backup brought the spaces, and this relay has never heard of them: it will.
    else if (vault.secrets.isRestored && spaces.all().length > 0) await this.endSearch();
  }

  #onAnswer(): void {
    const { onListed, onSearch } = this.#ports;
    for (const resolve of this.#waiting.splice(0)) resolve();
    onListed();
    onSearch(this.search());
  }

  /** Only a device that was restored takes spaces from the list; on others a forgotten space stays forgotten. */
  async take(list: RecoveryList): Promise<void> {
    if (!this.#ports.vault.secrets.isRestored) return;
    await this.takeOlder(list);
    await this.#ports.updateSecrets((secrets) => ({ ...secrets, isRestored: false }));
  }

  /** From a backup: the relay may know of more, so the search goes on. */
  async takeOlder(list: RecoveryList): Promise<void> {
    const { vault, spaces, random } = this.#ports;
    const personal = personalOf(list);
    if (personal !== undefined) await this.#takePersonal(personal);
    if (!vault.secrets.isRestored) return;
    if (vault.secrets.name === '' && list.name !== '')
      await this.#ports.updateSecrets((secrets) => ({ ...secrets, name: list.name }));
    for (const listed of list.spaces) {
      if (listed.isPersonal !== true && spaces.find(listed.space) === undefined)
        await spaces.add(restoringSecrets(vault.secrets.entropy, listed, random));
    }
  }

  /** Every device takes the space of the person's own devices: one that made another before gives that up. */
  async #takePersonal(listed: ListedSpace): Promise<void> {
    const { vault, spaces, random, onPersonal } = this.#ports;
    const own = vault.secrets.own.space;
    if (own !== undefined && own <= listed.space) return;
    if (spaces.find(listed.space) === undefined) {
      const secrets = restoringSecrets(vault.secrets.entropy, listed, random);
      await (own === undefined ? spaces.addOwn(secrets) : spaces.add(secrets));
    }
    await onPersonal(listed.space);
  }

  /** What this device would list. */
  listed(): readonly ListedSpace[] {
    return this.#ports.spaces.all().flatMap((replica) => this.#listedOf(replica) ?? []);
  }

  /** A space counts once this device knows how its recovery device derives. */
  #listedOf(replica: SpaceReplica): ListedSpace | undefined {
    const context = recoveryContextOf(replica);
    const { space, secrets } = replica;
    if (context === undefined || secrets.standing !== 'member' || !this.#ports.vault.isOpen) return undefined;
    const { relayUrl: relay, own } = this.#ports.vault.secrets;
    return { space, member: secrets.member, relay, context, ...(own.space === space ? { isPersonal: true } : {}) };
  }
}

/** The recovery device's keys open the space; fresh ones are kept before anyone hears of them. */
export function restoringSecrets(
  entropy: Uint8Array,
  { space, member, context }: ListedSpace,
  random: Random,
): SpaceSecrets & { readonly fresh: DeviceSecrets } {
  const recovery = recoveryDeviceOf(recoverySeedOf(entropy), context);
  const sign = newSigningKeyPair(random);
  const fresh: DeviceSecrets = { device: sign.device, sign: sign.secret, kem: newKemKeyPair(random).secret };
  const keys = { device: recovery.sign.device, sign: recovery.sign.secret, kem: recovery.kem.secret };
  return { space, member, ...keys, standing: 'restoring', link: '', claim: new Uint8Array(0), fresh };
}

/** Where two devices made one each, the lower id counts. */
function personalOf(list: RecoveryList): ListedSpace | undefined {
  return list.spaces.filter((listed) => listed.isPersonal === true).sort((a, b) => (a.space < b.space ? -1 : 1))[0];
}

function plain(word: string): string {
  return word.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trim();
}
