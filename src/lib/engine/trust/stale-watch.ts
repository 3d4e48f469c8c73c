/**
 * [C4] Whether anyone but the relay confirms what this device sees. A relay can hold a device in the past by keeping the
 * others' words back, and looks level all the while. Another device confirms by attesting entries that this one wrote, or
 * by being reached directly. What stays unconfirmed for three days, over a relay that is level, is told, once.
 */
import type { DeviceId, SpaceId } from '../../foundation/ids.ts';
import type { ChainHead } from '../../log/log-store.ts';
import type { Attest } from '../../membership/membership-graph.ts';
import { CborRecord } from '../../protocol/cbor-record.ts';
import { cborMap, encodeCbor } from '../../protocol/cbor.ts';
import type { LocalRecords } from '../local-records.ts';

export const STALE_AFTER_MS = 3 * 86_400_000;
const TABLE = 'engine-confirmations';

/** What is known of one space: kept over restarts, or three days would begin anew each morning. */
interface Confirmation {
  /** A moment after which another device is known to have been there. */
  readonly confirmedAt: number | undefined;
  /** The own entry that waits to be attested, and since when. */
  readonly waiting: { readonly seq: number; readonly since: number } | undefined;
}

export interface Look {
  readonly self: DeviceId;
  /** Other devices that could confirm. */
  readonly others: ReadonlySet<DeviceId>;
  readonly attests: readonly Attest[];
  readonly heads: ReadonlyMap<DeviceId, ChainHead>;
  readonly hasPeer: boolean;
  readonly isLevel: boolean;
  readonly nowMs: number;
}

export type StaleVerdict =
  { readonly kind: 'confirmed' | 'unknown' } | { readonly kind: 'stale'; readonly since: number };

export class StaleWatch {
  readonly #records: LocalRecords;

  constructor(records: LocalRecords) {
    this.#records = records;
  }

  async look(space: SpaceId, look: Look): Promise<StaleVerdict> {
    const before = await this.#load(space);
    const now = advance(before, look);
    if (now !== before) await this.#records.put(TABLE, space, encode(now));
    if (look.others.size === 0 || now.waiting === undefined) return { kind: 'confirmed' };
    const isOverdue = look.nowMs - now.waiting.since > STALE_AFTER_MS;
    return isOverdue && look.isLevel
      ? { kind: 'stale', since: now.confirmedAt ?? now.waiting.since }
      : { kind: 'unknown' };
  }

  forgetSpace(space: SpaceId): Promise<void> {
    return this.#records.delete(TABLE, space);
  }

  async #load(space: SpaceId): Promise<Confirmation> {
    const row = await this.#records.find(TABLE, space);
    return (row === undefined ? undefined : decode(row)) ?? { confirmedAt: undefined, waiting: undefined };
  }
}

function advance(before: Confirmation, look: Look): Confirmation {
  const { self, others, attests, heads, hasPeer, nowMs } = look;
  if (hasPeer) return { confirmedAt: nowMs, waiting: undefined };
  if (others.size === 0) return before.waiting === undefined ? before : { ...before, waiting: undefined };
  const attested = Math.max(
    -1,
    ...attests
      .filter(({ author }) => others.has(author))
      .flatMap(({ held }) => held.filter(({ device }) => device === self).map(({ seq }) => seq)),
  );
  const { waiting } = before;
  const isAnswered = waiting !== undefined && attested >= waiting.seq;
  const after: Confirmation = isAnswered ? { confirmedAt: waiting.since, waiting: undefined } : before;
  const head = heads.get(self)?.seq ?? -1;
  if (after.waiting !== undefined || head <= attested) return after;
  return { ...after, waiting: { seq: head, since: nowMs } };
}

function encode({ confirmedAt, waiting }: Confirmation): Uint8Array {
  return encodeCbor(cborMap([0, confirmedAt], [1, waiting?.seq], [2, waiting?.since]));
}

function decode(row: Uint8Array): Confirmation | undefined {
  const time = (record: CborRecord, key: number): number =>
    record.int(key, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const read = CborRecord.decode(row, 'confirmation', (record) => ({
    confirmedAt: record.has(0) ? time(record, 0) : undefined,
    waiting: record.has(1) ? { seq: record.uint(1), since: time(record, 2) } : undefined,
  }));
  return read.ok ? read.value : undefined;
}
