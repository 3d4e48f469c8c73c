/** The body of a snapshot (type 5) [N1]: a document as saved, its heads, and how far each chain went into it. */
import { bytesToHex, hexToBytes } from '../foundation/bytes.ts';
import { idToBytes } from '../foundation/ids.ts';
import type { DeviceId, DocumentId } from '../foundation/ids.ts';
import type { Result } from '../foundation/result.ts';
import { cborMap, encodeCbor } from './cbor.ts';
import { CborRecord } from './cbor-record.ts';

const MAX_DOCUMENT_HEADS = 1024;
const MAX_FRONTIER = 4096;
const HEAD_BYTES = 32;
const MAX_SNAPSHOT_BODY_BYTES = 8 * 2 ** 20;

export interface SnapshotFrontier {
  readonly device: DeviceId;
  /** Every update of this document by the device up to and with this seq is inside. */
  readonly seq: number;
}

export interface Snapshot {
  readonly documentId: DocumentId;
  /** Change hashes as hex, sorted. */
  readonly heads: readonly string[];
  /** Sorted by device. */
  readonly frontier: readonly SnapshotFrontier[];
  readonly body: Uint8Array;
}

export function encodeSnapshot(snapshot: Snapshot): Uint8Array {
  return encodeCbor(
    cborMap(
      [0, idToBytes(snapshot.documentId)],
      [1, snapshot.heads.map(hexToBytes)],
      [2, snapshot.frontier.map(({ device, seq }) => cborMap([0, idToBytes(device)], [1, seq]))],
      [3, snapshot.body],
    ),
  );
}

export function decodeSnapshot(bytes: Uint8Array): Result<Snapshot> {
  return CborRecord.decode(bytes, 'snapshot', (record): Snapshot => {
    const documentId = record.id(0, 'DocumentId');
    const heads = record.list(1, MAX_DOCUMENT_HEADS).map((head) => {
      if (head instanceof Uint8Array && head.length === HEAD_BYTES) return bytesToHex(head);
      record.refuse('head is not a hash');
      return '';
    });
    const frontier = record.records(2, MAX_FRONTIER).map((item): SnapshotFrontier => {
      const entry = { device: item.id(0, 'DeviceId'), seq: item.uint(1) };
      item.end();
      return entry;
    });
    if (heads.some((head, i) => i > 0 && (heads[i - 1] ?? '') >= head)) record.refuse('heads are not sorted');
    if (frontier.some((entry, i) => i > 0 && (frontier[i - 1]?.device ?? '') >= entry.device))
      record.refuse('frontier is not sorted');
    return { documentId, heads, frontier, body: record.bytesUpTo(3, MAX_SNAPSHOT_BODY_BYTES) };
  });
}
