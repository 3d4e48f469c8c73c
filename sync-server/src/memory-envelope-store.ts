import type { DeviceId, SpaceId } from '../../src/lib/foundation/ids.ts';
import { assert } from '../../src/lib/foundation/assert.ts';
import type {
  AclEntry,
  ChainHead,
  ChainRange,
  EnvelopeStore,
  StoredEnvelope,
  StoredMail,
  StoredSpace,
  StoreWrite,
} from './envelope-store.ts';

interface SpaceRows {
  acl: Map<DeviceId, AclEntry>;
  aclVersion: number;
  chains: Map<DeviceId, StoredEnvelope[]>;
  bytes: number;
}
interface MailRow extends StoredMail {
  readonly box: string;
  readonly expiresAtMs: number;
}

/** For tests of the pure relay: the same contract, gone with the process. */
export class MemoryEnvelopeStore implements EnvelopeStore {
  readonly #spaces = new Map<SpaceId, SpaceRows>();
  #mail: MailRow[] = [];
  #lastMail = 0;

  loadSpace(space: SpaceId): StoredSpace | undefined {
    const rows = this.#spaces.get(space);
    if (rows === undefined) return undefined;
    const heads = new Map<DeviceId, ChainHead>();
    for (const [key, chain] of rows.chains) {
      const last = chain.at(-1);
      if (last !== undefined) heads.set(key, { seq: last.seq, id: last.id });
    }
    return {
      acl: [...rows.acl.values()].sort((a, b) => a.idx - b.idx),
      aclVersion: rows.aclVersion,
      heads,
      bytes: rows.bytes,
    };
  }

  commit(batch: readonly StoreWrite[]): void {
    for (const write of batch) this.#apply(write);
  }

  readChain(range: ChainRange): readonly StoredEnvelope[] {
    const chain = this.#spaces.get(range.space)?.chains.get(range.key) ?? [];
    return chain.slice(range.fromSeq, Math.min(range.toSeq + 1, range.fromSeq + range.limit));
  }

  readMail(box: string, limit: number): readonly StoredMail[] {
    return this.#mail.filter((row) => row.box === box).slice(0, limit);
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
        const rows = this.#spaces.get(write.space) ?? { acl: new Map(), aclVersion: 0, chains: new Map(), bytes: 0 };
        this.#spaces.set(write.space, rows);
        for (const entry of write.entries) rows.acl.set(entry.key, entry);
        rows.aclVersion = write.version;
        return;
      }
      case 'append': {
        const rows = this.#spaces.get(write.space);
        assert(rows !== undefined, 'an append follows the access list');
        const chain = rows.chains.get(write.key) ?? [];
        assert(chain.length === write.seq, 'a chain is dense');
        chain.push({ seq: write.seq, id: write.id, bytes: write.bytes });
        rows.chains.set(write.key, chain);
        rows.bytes += write.bytes.length;
        return;
      }
      case 'mail-put':
        this.#mail.push({ box: write.box, number: write.number, bytes: write.bytes, expiresAtMs: write.expiresAtMs });
        this.#lastMail = write.number;
        return;
      case 'mail-drop':
        this.#mail = this.#mail.filter((row) => row.box !== write.box || row.number > write.upTo);
        return;
      case 'mail-expire':
        this.#mail = this.#mail.filter((row) => row.expiresAtMs >= write.beforeMs);
        return;
    }
  }
}
