/**
 * [C2] What this device wrote on a branch of its own chain that nobody else has. A change names the actor of its author,
 * so it cannot be sent again under other keys: what was written is kept here, sealed, by document, until the person has
 * put it back as a new edit or let it go.
 */
import { idToBytes, type DeviceId, type DocumentId, type SpaceId } from '../../foundation/ids.ts';
import { CborRecord } from '../../protocol/cbor-record.ts';
import { cborMap, encodeCbor } from '../../protocol/cbor.ts';
import type { OpenedEntry } from '../engine.ts';
import type { LocalRecords } from '../local-records.ts';
import { Turns } from '../turns.ts';

/** Of one document what one branch held. */
export interface LostWork {
  /** Whose chain forked: keys that this device had. */
  readonly device: DeviceId;
  readonly document: DocumentId;
  readonly changes: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

interface LostRow extends LostWork {
  /** Where the branch left the chain that others hold. */
  readonly fromSeq: number;
}

export interface LostDocument {
  readonly fromSeq: number;
  readonly entries: readonly OpenedEntry[];
}

const TABLE = 'engine-lost-work';
const ENTRIES_TABLE = 'engine-lost-entries';
const MAX_DOCUMENTS = 4096;
const MAX_ENTRIES = 65_536;
const MAX_BODY_BYTES = 16 * 2 ** 20;

export class LostWorkShelf {
  readonly #records: LocalRecords;
  readonly #turns = new Turns();

  constructor(records: LocalRecords) {
    this.#records = records;
  }

  /** Keeping the same branch twice keeps it once. */
  keep(space: SpaceId, { device, fromSeq }: { device: DeviceId; fromSeq: number }, lost: readonly OpenedEntry[]) {
    return this.#turns.run(async () => {
      const byDocument = new Map<DocumentId, OpenedEntry[]>();
      for (const entry of lost) byDocument.set(entry.document, [...(byDocument.get(entry.document) ?? []), entry]);
      let rows = await this.#load(space);
      for (const [document, entries] of byDocument) {
        const times = entries.map(({ claimedTime }) => claimedTime);
        const changes = entries.filter(({ type }) => type === 'update').length;
        if (changes === 0) continue;
        await this.#records.put(ENTRIES_TABLE, rowOf(space, device, document), encodeEntries(entries));
        const row = { device, document, fromSeq, changes, firstAt: Math.min(...times), lastAt: Math.max(...times) };
        rows = [...rows.filter((each) => each.device !== device || each.document !== document), row];
      }
      await this.#save(space, rows.slice(-MAX_DOCUMENTS));
    });
  }

  list(space: SpaceId): Promise<readonly LostWork[]> {
    return this.#turns.run(async () => (await this.#load(space)).map(({ fromSeq: _, ...work }) => work));
  }

  find(space: SpaceId, device: DeviceId, document: DocumentId): Promise<LostDocument | undefined> {
    return this.#turns.run(async () => {
      const row = (await this.#load(space)).find((each) => each.device === device && each.document === document);
      const bytes = await this.#records.find(ENTRIES_TABLE, rowOf(space, device, document));
      if (row === undefined || bytes === undefined) return undefined;
      return { fromSeq: row.fromSeq, entries: decodeEntries(bytes, { space, device, document }) };
    });
  }

  drop(space: SpaceId, device: DeviceId, document: DocumentId): Promise<void> {
    return this.#turns.run(async () => {
      const rows = await this.#load(space);
      await this.#save(
        space,
        rows.filter((each) => each.device !== device || each.document !== document),
      );
      await this.#records.delete(ENTRIES_TABLE, rowOf(space, device, document));
    });
  }

  forgetSpace(space: SpaceId): Promise<void> {
    return this.#turns.run(async () => {
      for (const { device, document } of await this.#load(space))
        await this.#records.delete(ENTRIES_TABLE, rowOf(space, device, document));
      await this.#records.delete(TABLE, space);
    });
  }

  async #load(space: SpaceId): Promise<readonly LostRow[]> {
    const bytes = await this.#records.find(TABLE, space);
    if (bytes === undefined) return [];
    const rows = CborRecord.decode(bytes, 'lost work', (record) =>
      record.records(0, MAX_DOCUMENTS).map((row): LostRow => {
        const work = {
          device: row.id(0, 'DeviceId'),
          document: row.id(1, 'DocumentId'),
          fromSeq: row.uint(2),
          changes: row.uint(3),
          firstAt: timeIn(row, 4),
          lastAt: timeIn(row, 5),
        };
        row.end();
        return work;
      }),
    );
    return rows.ok ? rows.value : [];
  }

  async #save(space: SpaceId, rows: readonly LostRow[]): Promise<void> {
    if (rows.length === 0) return this.#records.delete(TABLE, space);
    const items = rows.map((row) =>
      cborMap(
        [0, idToBytes(row.device)],
        [1, idToBytes(row.document)],
        [2, row.fromSeq],
        [3, row.changes],
        [4, row.firstAt],
        [5, row.lastAt],
      ),
    );
    return this.#records.put(TABLE, space, encodeCbor(cborMap([0, items])));
  }
}

function rowOf(space: SpaceId, device: DeviceId, document: DocumentId): string {
  return `${space}/${device}/${document}`;
}

function encodeEntries(entries: readonly OpenedEntry[]): Uint8Array {
  const rows = entries
    .filter(({ type }) => type === 'update')
    .map(({ id, position, claimedTime, body, member }) =>
      cborMap([0, idToBytes(id)], [1, position], [2, claimedTime], [3, body], [4, idToBytes(member)]),
    );
  return encodeCbor(cborMap([0, rows]));
}

function decodeEntries(
  bytes: Uint8Array,
  { space, device, document }: { space: SpaceId; device: DeviceId; document: DocumentId },
): readonly OpenedEntry[] {
  const limits = { maxDepth: 4, maxItems: 16 * MAX_ENTRIES };
  const decoded = CborRecord.decode(
    bytes,
    'lost entries',
    (record) =>
      record.records(0, MAX_ENTRIES).map((row): OpenedEntry => {
        const entry: OpenedEntry = {
          ...{ space, document, author: device, type: 'update', isOwn: false },
          id: row.id(0, 'EnvelopeId'),
          position: row.uint(1),
          claimedTime: timeIn(row, 2),
          body: row.bytesUpTo(3, MAX_BODY_BYTES).slice(),
          member: row.id(4, 'MemberId'),
        };
        row.end();
        return entry;
      }),
    limits,
  );
  return decoded.ok ? decoded.value : [];
}

function timeIn(record: CborRecord, key: number): number {
  return record.int(key, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
}
