/**
 * The space that only the person's own devices are in: what the personal records travel by, sealed, signed and synced like
 * any other, and shown nowhere among the spaces. Made with the identity; found again through the recovery list; where two
 * devices made one each, the one with the lower id stays and the other's records move in (docs/spec/devices.md).
 */
import type { DocumentId, SpaceId } from '../../foundation/ids.ts';
import type { Scheduler } from '../../foundation/scheduler.ts';
import { CborRecord } from '../../protocol/cbor-record.ts';
import { cborMap, encodeCbor } from '../../protocol/cbor.ts';
import {
  decodePersonalRecords,
  encodePersonalRecords,
  MAX_PERSONAL_BATCH,
  type PersonalRecord,
} from '../../protocol/personal-record.ts';
import type { OpenedEntry } from '../engine.ts';
import type { LocalRecords } from '../local-records.ts';
import type { SpaceReplica } from '../space-replica.ts';
import type { Spaces } from '../spaces.ts';
import { Turns, type OnFault } from '../turns.ts';
import type { Vault } from '../vault.ts';
import type { PersonalRecords } from './personal-records.ts';

export interface PersonalSpacePorts {
  readonly vault: Vault;
  readonly spaces: Spaces;
  readonly records: LocalRecords;
  readonly personal: PersonalRecords;
  readonly scheduler: Scheduler;
  readonly onNewSpace: (replica: SpaceReplica) => void;
  readonly onFault: OnFault;
}

/** Kind 15, which no document that people edit has; there is one of it. */
export const PERSONAL_DOCUMENT = `0f${'00'.repeat(15)}` as DocumentId;
const TABLE = 'engine-personal-space';
/** Markers move while someone reads: what changes within this time is told together. */
const GATHER_MS = 4_000;
/** A vault from before there were personal spaces gets one, unless the recovery list names one first. */
const MAKE_AFTER_MS = 20_000;
const MAX_ENTRY_BYTES = 400_000;

interface Progress {
  /** Own words up to this counter are in the log. */
  readonly told: number;
  /** Entries up to this position were merged. */
  readonly heard: number;
}

export class PersonalSpace {
  readonly #ports: PersonalSpacePorts;
  readonly #turns = new Turns();
  readonly #ends: (() => void)[] = [];
  #cancelTelling: (() => void) | undefined;
  #progress: Progress = { told: 0, heard: 0 };
  #progressOf: SpaceId | undefined;

  constructor(ports: PersonalSpacePorts) {
    this.#ports = ports;
  }

  isOwn(space: SpaceId): boolean {
    return this.#ports.vault.isOpen && this.#ports.vault.secrets.own.space === space;
  }

  get replica(): SpaceReplica | undefined {
    const { vault, spaces } = this.#ports;
    const space = vault.isOpen ? vault.secrets.own.space : undefined;
    return space === undefined ? undefined : spaces.find(space);
  }

  /** The session is open, its spaces and records are loaded. */
  start(): void {
    const { personal, scheduler } = this.#ports;
    this.#ends.push(
      personal.onChange(({ origin }) => {
        if (origin === 'own') this.#tellSoon();
      }),
      scheduler.after(MAKE_AFTER_MS, () => this.#run(() => this.#make())),
    );
    this.advance();
  }

  stop(): void {
    for (const end of this.#ends.splice(0)) end();
    this.#cancelTelling?.();
    this.#cancelTelling = undefined;
    this.#progressOf = undefined;
  }

  settled(): Promise<void> {
    return this.#turns.settled();
  }

  /** Makes the space where there is none yet. */
  ensure(): Promise<void> {
    return this.#turns.run(() => this.#make());
  }

  /** The space was found on another device or in the recovery list. */
  async adopt(space: SpaceId): Promise<void> {
    const { vault, spaces } = this.#ports;
    const before = vault.secrets.own.space;
    if (before === space || (before !== undefined && before < space)) return;
    await vault.update((secrets) => ({ ...secrets, own: { ...secrets.own, space } }));
    if (before === undefined) return;
    await this.#turns.run(async () => {
      // Nobody else may hold the words told so far.
      await this.#saveProgress(space, { told: -1, heard: 0 });
      await spaces.forget(before);
    });
    this.advance();
  }

  /** [C2] Other keys write in it from now on: nobody else may hold the words told so far. */
  tellAllAgain(space: SpaceId): Promise<void> {
    return this.#turns.run(() => this.#saveProgress(space, { told: -1, heard: 0 }));
  }

  /** The space became ready, or its log grew while nobody looked. */
  advance(): void {
    this.#run(async () => {
      const { replica } = this;
      if (replica?.isReady !== true) return;
      await this.#loadProgress(replica.space);
      await this.#merge(await replica.entries(PERSONAL_DOCUMENT, this.#progress.heard));
      await this.#tell();
    });
  }

  /** Entries of the space that opened just now. */
  receive(entries: readonly OpenedEntry[]): void {
    this.#run(() => this.#merge(entries));
  }

  /** Tells at once what waits to be told. */
  flush(): Promise<void> {
    this.#cancelTelling?.();
    this.#cancelTelling = undefined;
    return this.#turns.run(() => this.#tell());
  }

  async #make(): Promise<void> {
    const { vault, spaces, onNewSpace } = this.#ports;
    if (!vault.isOpen || vault.secrets.isRestored) return;
    const { replica } = this;
    const isCutShort = replica?.secrets.standing === 'member' && replica.governance.genesis === undefined;
    if (replica !== undefined && !isCutShort) return;
    const created = await spaces.createOwn();
    if (!created.ok) return;
    await this.#saveProgress(created.value.space, { told: -1, heard: 0 });
    if (isCutShort) await spaces.forget(replica.space);
    onNewSpace(created.value);
    await this.#tell();
  }

  #tellSoon(): void {
    this.#cancelTelling ??= this.#ports.scheduler.after(GATHER_MS, () => {
      this.#cancelTelling = undefined;
      this.#run(() => this.#tell());
    });
  }

  async #tell(): Promise<void> {
    const { personal } = this.#ports;
    const { replica } = this;
    if (replica?.isReady !== true) return;
    await this.#loadProgress(replica.space);
    const isAll = this.#progress.told < 0;
    const news = personal
      .words()
      .filter((word) => isAll || (word.counter > this.#progress.told && personal.isOwn(word)))
      .sort((a, b) => a.counter - b.counter);
    for (const batch of batchesOf(news)) {
      const written = await replica.append({
        document: PERSONAL_DOCUMENT,
        type: 'update',
        body: encodePersonalRecords(batch),
      });
      if (!written.ok) return;
      const told = batch.at(-1)?.counter ?? this.#progress.told;
      if (!isAll) await this.#saveProgress(replica.space, { ...this.#progress, told });
    }
    if (isAll) await this.#saveProgress(replica.space, { ...this.#progress, told: news.at(-1)?.counter ?? 0 });
  }

  async #merge(entries: readonly OpenedEntry[]): Promise<void> {
    const { personal, vault } = this.#ports;
    const { replica } = this;
    if (!vault.isOpen || replica === undefined) return;
    await this.#loadProgress(replica.space);
    let { heard } = this.#progress;
    for (const { space, document, body, position, isOwn } of entries) {
      if (space !== replica.space) continue;
      heard = Math.max(heard, position);
      if (isOwn || document !== PERSONAL_DOCUMENT) continue;
      const records = decodePersonalRecords(body);
      if (records.ok) await personal.merge(records.value);
    }
    if (heard !== this.#progress.heard) await this.#saveProgress(replica.space, { ...this.#progress, heard });
  }

  async #loadProgress(space: SpaceId): Promise<void> {
    if (this.#progressOf === space) return;
    const row = await this.#ports.records.find(TABLE, space);
    const known =
      row === undefined
        ? undefined
        : CborRecord.decode(row, 'personal progress', (record) => ({
            told: record.int(0, -1, Number.MAX_SAFE_INTEGER),
            heard: record.uint(1),
          }));
    this.#progress = known?.ok === true ? known.value : { told: 0, heard: 0 };
    this.#progressOf = space;
  }

  async #saveProgress(space: SpaceId, progress: Progress): Promise<void> {
    await this.#ports.records.put(TABLE, space, encodeCbor(cborMap([0, progress.told], [1, progress.heard])));
    this.#progress = progress;
    this.#progressOf = space;
  }

  #run(task: () => Promise<void>): void {
    this.#turns.detach(async () => {
      if (this.#ports.vault.isOpen) await task();
    }, this.#ports.onFault);
  }
}

/** In order, each small enough for an envelope. */
function batchesOf(records: readonly PersonalRecord[]): readonly (readonly PersonalRecord[])[] {
  const batches: PersonalRecord[][] = [];
  let bytes = 0;
  for (const record of records) {
    const size = record.key.length + (record.value?.length ?? 0) + 64;
    const last = batches.at(-1);
    if (last === undefined || bytes + size > MAX_ENTRY_BYTES || last.length >= MAX_PERSONAL_BATCH) {
      batches.push([record]);
      bytes = size;
    } else {
      last.push(record);
      bytes += size;
    }
  }
  return batches;
}
