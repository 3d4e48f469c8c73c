/**
 * Every table this app keeps in IndexedDB, in one database, so that all tabs and workers share its transactions.
 * Nothing here is plaintext: `entries` are sealed envelopes, `vault`, `local` and `meta` hold sealed or public bytes,
 * and only random ids are indexed in clear [V3]. Transactions are strict: what resolved survives a power cut.
 */
import { Dexie, type DexieOptions, type Table } from 'dexie';
import type { ChainState, StoredEntry } from '../../log/log-store.ts';
import type { DeviceId, SpaceId } from '../../foundation/ids.ts';
import type { EnvelopeType } from '../../protocol/envelope.ts';

/** A stored envelope. The two optional fields make their indexes sparse: most entries stand in only one of them. */
export interface EntryRow extends StoredEntry {
  /** The tag again, absent where it is zero. */
  readonly taggedAs?: string;
  /** The type again, absent for updates and snapshots, which are found by tag or by arrival. */
  readonly rareType?: EnvelopeType;
}

export interface HeadRow extends ChainState {
  readonly space: SpaceId;
  readonly author: DeviceId;
}

export interface KeyedRow {
  readonly key: string;
  readonly value: Uint8Array;
}

export interface LocalRow extends KeyedRow {
  readonly table: string;
}

export interface DatabaseOptions {
  /** Another IndexedDB implementation; the platform's own by default. */
  readonly indexedDB?: IDBFactory;
  readonly IDBKeyRange?: typeof IDBKeyRange;
}

/** The version history of the disk format: 1 — first. Add a version, never change one. */
export class ArchipelDatabase extends Dexie {
  readonly entries: Table<EntryRow, [SpaceId, DeviceId, number]>;
  readonly heads: Table<HeadRow, [SpaceId, DeviceId]>;
  readonly vault: Table<KeyedRow, string>;
  readonly local: Table<LocalRow, [string, string]>;
  readonly meta: Table<KeyedRow, string>;

  constructor(name: string, options: DatabaseOptions = {}) {
    const dexieOptions: DexieOptions = { ...options, chromeTransactionDurability: 'strict' };
    super(name, dexieOptions);
    this.version(1).stores({
      entries: '[space+author+seq], [space+position], [space+taggedAs+position], [space+rareType+position]',
      heads: '[space+author]',
      vault: 'key',
      local: '[table+key], table',
      meta: 'key',
    });
    this.entries = this.table('entries');
    this.heads = this.table('heads');
    this.vault = this.table('vault');
    this.local = this.table('local');
    this.meta = this.table('meta');
  }
}
