import type { AclEntry } from '../../src/lib/protocol/relay-frames.ts';
import type { DeviceId, SpaceId } from '../../src/lib/foundation/ids.ts';
import { assert } from '../../src/lib/foundation/assert.ts';
import type {
  AppendWrite,
  ChainHead,
  EnvelopeStore,
  MailWrite,
  StoredEnvelope,
  StoredMail,
  StoredSpace,
  StoreQuery,
  StoreWrite,
  SyncSteps,
} from './envelope-store.ts';

interface SpaceRows {
  readonly acl: Map<DeviceId, AclEntry>;
  aclCounter: number;
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
        ? each.arrival >= query.fromArrival
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
      case 'acl': {
        const rows = this.#spaces.get(write.space) ?? { acl: new Map(), aclCounter: 0, envelopes: [] };
        this.#spaces.set(write.space, rows);
        for (const entry of write.entries) rows.acl.set(entry.key, entry);
        for (const key of write.removed) rows.acl.delete(key);
        rows.aclCounter = write.counter;
        return;
      }
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
