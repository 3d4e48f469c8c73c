/** What the person decided about one identity key, as it lies in the table `contacts` of the personal records. */
import type { Result } from '../../foundation/result.ts';
import { CborRecord } from '../../protocol/cbor-record.ts';
import { cborMap, encodeCbor } from '../../protocol/cbor.ts';
import { MAX_NAME_BYTES } from '../../protocol/membership-claim.ts';

export interface ContactMark {
  /** As they called themselves when the mark was set. */
  readonly name: string;
  /** When safety numbers were compared and found equal. */
  readonly verifiedAt: number | undefined;
  /** When the person looked at this key in place of a verified one, and went on without the mark. */
  readonly seenAt: number | undefined;
}

export function encodeMark({ name, verifiedAt, seenAt }: ContactMark): Uint8Array {
  return encodeCbor(cborMap([0, name], [1, verifiedAt], [2, seenAt]));
}

export function decodeMark(bytes: Uint8Array): Result<ContactMark> {
  const time = (record: CborRecord, key: number): number | undefined =>
    record.has(key) ? record.int(key, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER) : undefined;
  return CborRecord.decode(bytes, 'contact mark', (record) => ({
    name: record.text(0, MAX_NAME_BYTES),
    verifiedAt: time(record, 1),
    seenAt: time(record, 2),
  }));
}
