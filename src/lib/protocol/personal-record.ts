/**
 * A batch of personal records: what one of a person's devices tells the others, and how each keeps them at rest. A
 * record is the last word on one key of one table; `counter` then `writer` order the words [C5], and no value says "gone".
 */
import type { Result } from '../foundation/result.ts';
import { CborRecord } from './cbor-record.ts';
import { cborMap, encodeCbor } from './cbor.ts';

export interface PersonalRecord {
  readonly table: string;
  readonly key: string;
  /** A Lamport counter: higher than any that its writer had seen. */
  readonly counter: number;
  /** 16 random bytes of the device that wrote it, as the tie break. */
  readonly writer: Uint8Array;
  /** Absent: deleted. */
  readonly value: Uint8Array | undefined;
}

export const MAX_PERSONAL_TABLE_BYTES = 32;
export const MAX_PERSONAL_KEY_BYTES = 200;
export const MAX_PERSONAL_VALUE_BYTES = 65_536;
export const PERSONAL_WRITER_BYTES = 16;
export const MAX_PERSONAL_BATCH = 8_192;
/** As far as a counter may go: a writer that claims more would leave no room for the next word. */
export const MAX_PERSONAL_COUNTER = 2 ** 48;

const LIMITS = { maxDepth: 4, maxItems: 8 * MAX_PERSONAL_BATCH };

export function encodePersonalRecords(records: readonly PersonalRecord[]): Uint8Array {
  const items = records.map(({ table, key, counter, writer, value }) =>
    cborMap([0, table], [1, key], [2, counter], [3, writer], [4, value]),
  );
  return encodeCbor(cborMap([0, items]));
}

export function decodePersonalRecords(bytes: Uint8Array): Result<readonly PersonalRecord[]> {
  return CborRecord.decode(
    bytes,
    'personal records',
    (record) =>
      record.records(0, MAX_PERSONAL_BATCH).map((item): PersonalRecord => {
        const read = {
          table: item.text(0, MAX_PERSONAL_TABLE_BYTES),
          key: item.text(1, MAX_PERSONAL_KEY_BYTES),
          counter: item.uint(2, MAX_PERSONAL_COUNTER),
          writer: item.bytes(3, PERSONAL_WRITER_BYTES),
          value: item.has(4) ? item.bytesUpTo(4, MAX_PERSONAL_VALUE_BYTES) : undefined,
        };
        item.end();
        return read;
      }),
    LIMITS,
  );
}
