/**
 * Automerge's column encodings, read with bounds: whatever a run claims, no more than `limit` rows are made. LEB128 in
 * its shortest form only, so that equal columns are equal bytes.
 */
import { decodeUtf8 } from '../../foundation/bytes.ts';

/** Thrown inside the decoder only; `decodeChangeChunk` turns it into a Result. */
export class ColumnError extends Error {
  readonly code: 'malformed' | 'gate-op-count' | 'gate-inflation';
  constructor(code: 'malformed' | 'gate-op-count' | 'gate-inflation', detail: string) {
    super(detail);
    this.name = 'ColumnError';
    this.code = code;
  }
}

export class LebReader {
  readonly bytes: Uint8Array;
  offset = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.offset >= this.bytes.length;
  }

  byte(): number {
    const byte = this.bytes[this.offset];
    if (byte === undefined) throw new ColumnError('malformed', 'column ends early');
    this.offset++;
    return byte;
  }

  /** Unsigned, at most 2⁵³ − 1. */
  unsigned(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw new ColumnError('malformed', 'number too large');
      if (byte < 128) {
        if (byte === 0 && scale > 1) throw new ColumnError('malformed', 'padded number');
        return value;
      }
      scale *= 128;
    }
  }

  /** Signed, within ±(2⁵³ − 1). */
  signed(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (value > 2 * Number.MAX_SAFE_INTEGER) throw new ColumnError('malformed', 'number too large');
      scale *= 128;
      if (byte >= 128) continue;
      const result = (byte & 64) === 0 ? value : value - scale;
      if (!Number.isSafeInteger(result)) throw new ColumnError('malformed', 'number too large');
      return result;
    }
  }

  slice(length: number): Uint8Array {
    if (length > this.bytes.length - this.offset) throw new ColumnError('malformed', 'length past the end');
    this.offset += length;
    return this.bytes.subarray(this.offset - length, this.offset);
  }

  text(): string {
    const text = decodeUtf8(this.slice(this.unsigned()));
    if (text === undefined) throw new ColumnError('malformed', 'text is not UTF-8');
    return text;
  }
}

/** Rows of a run-length column; fewer than `limit` rows mean nulls, more are refused with `gate-op-count`. */
export function readRuns<T>(bytes: Uint8Array, limit: number, readValue: (reader: LebReader) => T): (T | null)[] {
  const reader = new LebReader(bytes);
  const rows: (T | null)[] = [];
  const room = (count: number): void => {
    if (count > limit - rows.length) throw new ColumnError('gate-op-count', 'run past the last row');
  };
  while (!reader.isAtEnd) {
    const count = reader.signed();
    if (count > 0) {
      room(count);
      const value = readValue(reader);
      for (let i = 0; i < count; i++) rows.push(value);
    } else if (count < 0) {
      room(-count);
      for (let i = count; i < 0; i++) rows.push(readValue(reader));
    } else {
      const nulls = reader.unsigned();
      if (nulls === 0) throw new ColumnError('malformed', 'empty run');
      room(nulls);
      for (let i = 0; i < nulls; i++) rows.push(null);
    }
  }
  return rows;
}

export function readNumbers(bytes: Uint8Array, limit: number): (number | null)[] {
  return readRuns(bytes, limit, (reader) => reader.unsigned());
}

/** A column of differences, summed up. */
export function readDeltas(bytes: Uint8Array, limit: number): (number | null)[] {
  let sum = 0;
  return readRuns(bytes, limit, (reader) => reader.signed()).map((delta) => {
    if (delta === null) return null;
    sum += delta;
    if (!Number.isSafeInteger(sum)) throw new ColumnError('malformed', 'number too large');
    return sum;
  });
}

/** Alternating counts of false and true; missing rows are false. */
export function readFlags(bytes: Uint8Array, limit: number): boolean[] {
  const reader = new LebReader(bytes);
  const rows: boolean[] = [];
  for (let value = false; !reader.isAtEnd; value = !value) {
    const count = reader.unsigned();
    if (count > limit - rows.length) throw new ColumnError('gate-op-count', 'run past the last row');
    if (count === 0 && rows.length > 0) throw new ColumnError('malformed', 'empty run');
    for (let i = 0; i < count; i++) rows.push(value);
  }
  return rows;
}

/** Texts of a run-length column, refused once what they expand to passes `maxChars`. */
export function readTexts(bytes: Uint8Array, limit: number, maxChars: number): (string | null)[] {
  const rows = readRuns(bytes, limit, (reader) => reader.text());
  let chars = 0;
  for (const row of rows) {
    chars += row?.length ?? 0;
    if (chars > maxChars) throw new ColumnError('gate-inflation', 'keys expand too far');
  }
  return rows;
}
