/**
 * The list of a person's spaces in the recovery mailbox of the relay (docs/spec/ways-back.md). It is read before it is
 * written, on every connection anew; what any device ever listed stays listed. What the relay is known to hold is
 * remembered, so that "synchronised" is never said of a space that the words could not find again.
 */
import { idToBytes, type SpaceId } from '../../foundation/ids.ts';
import type { Random } from '../../foundation/random.ts';
import { openMail, sealMail, type Mailbox } from '../../crypto/mailbox.ts';
import { recoveryMailboxOf } from '../../crypto/recovery-keys.ts';
import { recoverySeedOf } from '../../crypto/recovery-words.ts';
import { CborRecord } from '../../protocol/cbor-record.ts';
import { cborMap, encodeCbor } from '../../protocol/cbor.ts';
import type { LocalRecords } from '../local-records.ts';
import type { MailRoom } from '../mail-room.ts';
import { Turns, type OnFault } from '../turns.ts';
import type { Vault } from '../vault.ts';
import {
  decodeRecoveryList,
  encodeRecoveryList,
  MAX_LISTED_SPACES,
  mergeLists,
  type ListedSpace,
  type RecoveryList,
} from './recovery-list.ts';

export interface RecoveryMailboxPorts {
  readonly vault: Vault;
  readonly records: LocalRecords;
  readonly mail: MailRoom;
  readonly random: Random;
  /** What this device would list now. */
  readonly listed: () => readonly ListedSpace[];
  /** The relay told its list, or that there is none; awaited before the answer counts. */
  readonly onList: (list: RecoveryList | undefined) => Promise<void>;
  /** The relay answered, or took a list. */
  readonly onChange: () => void;
  readonly onFault: OnFault;
}

/** What this relay has said about the list since it was reached. */
export type MailboxAnswer = 'waiting' | 'empty' | 'list';

const LIST_SLOT = 0;
const TABLE = 'engine-recovery-list';

export class RecoveryMailbox {
  readonly #ports: RecoveryMailboxPorts;
  readonly #turns = new Turns();
  #mailbox: Mailbox | undefined;
  /** What lies at the relay now, as it last said. */
  #there: RecoveryList | undefined;
  /** Every space that any list named in this session. */
  #known: readonly ListedSpace[] = [];
  #version = 0;
  #written = '';
  #answer: MailboxAnswer = 'waiting';
  #kept: ReadonlySet<SpaceId> = new Set();
  #keptAt = '';

  constructor(ports: RecoveryMailboxPorts) {
    this.#ports = ports;
  }

  get answer(): MailboxAnswer {
    return this.#answer;
  }

  /** Whether the list at this relay is known to name the space. */
  isListed(space: SpaceId): boolean {
    return this.#keptAt === this.#relay() && this.#kept.has(space);
  }

  async start(): Promise<void> {
    const { vault, mail, onFault } = this.#ports;
    const mailbox = recoveryMailboxOf(recoverySeedOf(vault.secrets.entropy));
    this.#mailbox = mailbox;
    await this.#loadKept();
    const read: { list: RecoveryList | undefined } = { list: undefined };
    mail.watch(
      mailbox.id,
      ({ blob }) => {
        const opened = openMail(mailbox, blob);
        const list = opened.ok ? decodeRecoveryList(opened.value) : opened;
        if (list.ok && (read.list === undefined || list.value.version >= read.list.version)) read.list = list.value;
      },
      () => {
        const { list } = read;
        read.list = undefined;
        this.#turns.detach(() => this.#onAnswer(mailbox, list), onFault);
      },
    );
  }

  stop(): void {
    if (this.#mailbox !== undefined) this.#ports.mail.unwatch(this.#mailbox.id);
    this.#mailbox = undefined;
    this.#there = undefined;
    this.#known = [];
    this.#version = 0;
    this.#written = '';
    this.#answer = 'waiting';
    this.#kept = new Set();
    this.#keptAt = '';
  }

  /** Another connection, perhaps to another relay: nothing is written before it has answered. */
  onConnection(): void {
    this.#answer = 'waiting';
    this.#written = '';
  }

  /** Called when the set of spaces changed. */
  refresh(): void {
    const { vault, mail, random } = this.#ports;
    const mailbox = this.#mailbox;
    if (mailbox === undefined || !vault.isOpen || vault.secrets.isRestored || this.#answer === 'waiting') return;
    const spaces = mergeLists(this.#known, this.#ports.listed());
    const key = keyOf(vault.secrets.name, spaces);
    const there = this.#there === undefined ? '' : keyOf(this.#there.name, this.#there.spaces);
    if (spaces.length === 0 || key === this.#written || key === there) return;
    const version = this.#version + 1;
    const sealed = sealMail(mailbox, encodeRecoveryList({ version, name: vault.secrets.name, spaces }), random);
    if (!sealed.ok) return;
    this.#written = key;
    this.#version = version;
    const relay = this.#relay();
    mail.put(mailbox.id, sealed.value, { slot: LIST_SLOT, onKept: () => this.#keep(relay, spaces) });
  }

  /** The words that open this mailbox are given up: who reads it finds nothing listed. */
  empty(): void {
    const { mail, random } = this.#ports;
    if (this.#mailbox === undefined) return;
    const list = { version: this.#version + 1, name: '', spaces: [] };
    const sealed = sealMail(this.#mailbox, encodeRecoveryList(list), random);
    if (sealed.ok) mail.put(this.#mailbox.id, sealed.value, { slot: LIST_SLOT });
  }

  async #onAnswer(mailbox: Mailbox, list: RecoveryList | undefined): Promise<void> {
    const { vault, onList, onChange } = this.#ports;
    if (!vault.isOpen || this.#mailbox !== mailbox) return;
    this.#there = list;
    if (list === undefined) {
      // A relay that lost the list gets it again.
      this.#written = '';
    } else {
      this.#version = Math.max(this.#version, list.version);
      this.#known = mergeLists(this.#known, list.spaces);
    }
    await onList(list);
    if (this.#mailbox !== mailbox) return;
    this.#answer = list === undefined ? 'empty' : 'list';
    this.#keep(this.#relay(), list?.spaces ?? []);
    onChange();
    this.refresh();
  }

  #keep(relay: string, spaces: readonly ListedSpace[]): void {
    const { vault, records, onChange, onFault } = this.#ports;
    if (!vault.isOpen) return;
    const ids = spaces.map(({ space }) => space);
    const isSame = this.#keptAt === relay && ids.length === this.#kept.size && ids.every((id) => this.#kept.has(id));
    if (isSame) return;
    this.#kept = new Set(ids);
    this.#keptAt = relay;
    onChange();
    const row = encodeCbor(cborMap([0, ids.toSorted().map((id) => idToBytes(id))]));
    this.#turns.detach(() => records.put(TABLE, relay, row), onFault);
  }

  async #loadKept(): Promise<void> {
    const relay = this.#relay();
    const row = await this.#ports.records.find(TABLE, relay);
    const ids =
      row === undefined
        ? undefined
        : CborRecord.decode(row, 'listed spaces', (record) => record.sortedIds(0, 'SpaceId', MAX_LISTED_SPACES));
    if (ids?.ok !== true) return;
    this.#kept = new Set(ids.value);
    this.#keptAt = relay;
  }

  #relay(): string {
    return this.#ports.vault.isOpen ? this.#ports.vault.secrets.relayUrl : '';
  }
}

function keyOf(name: string, spaces: readonly ListedSpace[]): string {
  return JSON.stringify([name, spaces.map(({ space, relay, isPersonal }) => [space, relay, isPersonal === true])]);
}
