/** Security notices of one space as one sealed row. */
import { idToBytes, type DeviceId } from '../../foundation/ids.ts';
import { CborRecord } from '../../protocol/cbor-record.ts';
import { cborMap, encodeCbor } from '../../protocol/cbor.ts';

export const NOTICE_KINDS = ['gap', 'fork', 'stale', 'own-fork', 'wrong-box'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

export interface Notice {
  readonly id: string;
  readonly kind: NoticeKind;
  /** Whose entries are missing, or who forked. */
  readonly device: DeviceId | undefined;
  readonly seq: number;
  /** Of `stale`: the last confirmation. */
  readonly since: number | undefined;
  readonly at: number;
  readonly isSeen: boolean;
  readonly isResolved: boolean;
  readonly hasProof: boolean;
}

export const MAX_NOTICES = 64;
const MAX_ID_BYTES = 160;

export function encodeNotices(notices: readonly Notice[]): Uint8Array {
  const rows = notices.map((notice) =>
    cborMap(
      [0, notice.id],
      [1, NOTICE_KINDS.indexOf(notice.kind)],
      [2, notice.device === undefined ? undefined : idToBytes(notice.device)],
      [3, notice.seq],
      [4, notice.since],
      [5, notice.at],
      [6, notice.isSeen],
      [7, notice.isResolved],
      [8, notice.hasProof],
    ),
  );
  return encodeCbor(cborMap([0, rows]));
}

/** An edited row is as good as none. */
export function decodeNotices(row: Uint8Array): readonly Notice[] {
  const decoded = CborRecord.decode(row, 'notices', (record) =>
    record.records(0, MAX_NOTICES).map((item): Notice => {
      const notice = {
        id: item.text(0, MAX_ID_BYTES),
        kind: item.choice(1, NOTICE_KINDS),
        device: item.has(2) ? item.id(2, 'DeviceId') : undefined,
        seq: item.uint(3),
        since: item.has(4) ? timeIn(item, 4) : undefined,
        at: timeIn(item, 5),
        isSeen: item.bool(6),
        isResolved: item.bool(7),
        hasProof: item.bool(8),
      };
      item.end();
      return notice;
    }),
  );
  return decoded.ok ? decoded.value : [];
}

function timeIn(record: CborRecord, key: number): number {
  return record.int(key, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
}
