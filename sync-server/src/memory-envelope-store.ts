import type { AclEntry } from '../../src/lib/protocol/relay-frames.ts';
import type { DeviceId, SpaceId } from '../../src/lib/foundation/ids.ts';
import { assert } from '../../src/lib/foundation/assert.ts';
import { CAPABILITY_READ } from '../../src/lib/protocol/relay-frames.ts';
import { MAX_STRUCK_KEYS } from './envelope-store.ts';
import type {
  AclWrite,
  AppendWrite,
  ChainHead,
  EnvelopeStore,
  MailWrite,
  StoredEnvelope,
  StoredMail,
  StoredSpace,
  StoreQuery,
  StoreWrite,
  StruckKey,
  SyncSteps,
} from './envelope-store.ts';

interface SpaceRows {
  readonly acl: Map<DeviceId, AclEntry>;
  aclCounter: number;
  /** Oldest first. */
  readonly struck: Map<DeviceId, number>;
  /** In order of arrival. */
  readonly envelopes: StoredEnvelope[];
}

/** For tests of the pure relay: the same contract, gone with the process. */
export class MemoryEnvelopeStore implements EnvelopeStore {
  readonly #spaces = new Map<SpaceId, SpaceRows>();
  #mail: MailWrite[] = [];
  #lastMail = 0;
  #lastArrival = 0;

  loadSpace(space: SpaceId): StoredSpace | undefined {
    const rows = this.#spaces.get(space);
    if (rows === undefined) return undefined;
    const heads = new Map<DeviceId, ChainHead>();
    let bytes = 0;
    for (const each of rows.envelopes) {
      heads.set(each.key, { seq: each.seq, id: each.id });
      bytes += each.bytes.length;
    }
    return { acl: [...rows.acl.values()].sort(byIndex), aclCounter: rows.aclCounter, heads, bytes };
  }

  findStruck(space: SpaceId, key: DeviceId): StruckKey | undefined {
    const rows = this.#spaces.get(space);
    const until = rows?.struck.get(key);
    if (rows === undefined || until === undefined) return undefined;
    const held = rows.envelopes.filter(({ arrival }) => arrival <= until);
    return { until, heads: new Map(held.map((each) => [each.key, { seq: each.seq, id: each.id }])) };
  }

  commit(batch: readonly StoreWrite[]): void {
    for (const write of batch) this.#apply(write);
  }

  sync({ onDurable, onReady }: SyncSteps): void {
    onDurable();
    onReady();
  }

  syncNow(): void {
    // Nothing here outlives the process.
  }

  read(query: StoreQuery): readonly StoredEnvelope[] {
    const all = this.#spaces.get(query.space)?.envelopes ?? [];
    const found = all.filter((each) =>
      query.by === 'arrival'
        ? each.arrival >= query.fromArrival && each.arrival <= (query.untilArrival ?? Infinity)
        : each.key === query.key && each.seq >= query.fromSeq && each.seq <= query.toSeq,
    );
    return found.slice(0, query.limit);
  }

  readMail(box: string, limit: number): readonly StoredMail[] {
    return this.#mail
      .filter((row) => row.box === box)
      .slice(0, limit)
      .map(({ number, slot, bytes }) => ({ number, slot, bytes }));
  }

  lastMailNumber(): number {
    return this.#lastMail;
  }

  close(): void {
    this.#spaces.clear();
    this.#mail = [];
  }

  #apply(write: StoreWrite): void {
    switch (write.kind) {
      case 'acl':
        this.#putAcl(write);
        return;
      case 'append':
        this.#append(write);
        return;
      case 'mail-put':
        this.#mail = this.#mail.filter(
          (row) => row.box !== write.box || row.slot === undefined || row.slot !== write.slot,
        );
        this.#mail.push(write);
        this.#lastMail = write.number;
        return;
      case 'mail-drop':
        this.#mail = this.#mail.filter((row) => row.box !== write.box || row.number !== write.number);
        return;
      case 'mail-expire':
        this.#mail = this.#mail.filter((row) => row.expiresAtMs >= write.beforeMs);
        return;
    }
  }

  #putAcl({ space, counter, entries, removed }: AclWrite): void {
    const rows: SpaceRows = this.#spaces.get(space) ?? {
      acl: new Map(),
      aclCounter: 0,
      struck: new Map(),
      envelopes: [],
    };
    this.#spaces.set(space, rows);
    for (const entry of entries) {
      rows.acl.set(entry.key, entry);
      rows.struck.delete(entry.key);
    }
    for (const key of removed) {
      const couldRead = ((rows.acl.get(key)?.caps ?? 0) & CAPABILITY_READ) !== 0;
      rows.acl.delete(key);
      if (couldRead) rows.struck.set(key, this.#lastArrival);
    }
    for (const [oldest] of rows.struck) if (rows.struck.size > MAX_STRUCK_KEYS) rows.struck.delete(oldest);
    rows.aclCounter = counter;
  }

  #append({ space, key, seq, id, bytes }: AppendWrite): void {
    const rows = this.#spaces.get(space);
    assert(rows !== undefined, 'an append follows the access list');
    assert(rows.envelopes.filter((each) => each.key === key).length === seq, 'a chain is dense');
    rows.envelopes.push({ key, seq, id, arrival: ++this.#lastArrival, bytes: bytes.slice() });
  }
}

function byIndex(a: AclEntry, b: AclEntry): number {
  return a.idx - b.idx || (a.key < b.key ? -1 : 1);
}
