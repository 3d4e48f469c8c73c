/**
 * Deterministic CBOR, the subset that payloads and frames use [X2]: integers within ±(2⁵³ − 1), bytes, text, arrays,
 * maps with ascending unsigned integer keys, booleans and null. One value has exactly one encoding; the decoder
 * refuses every other one, as well as floats, tags, indefinite lengths and whatever passes its limits.
 */
import { ByteReader, ByteWriter, decodeUtf8, utf8 } from '../foundation/bytes.ts';
import { assert } from '../foundation/assert.ts';
import type { ErrorCode } from '../foundation/error-codes.ts';
import { fail, ok } from '../foundation/result.ts';
import type { Result } from '../foundation/result.ts';

export type CborField = readonly [key: number, value: CborValue | undefined];
export type CborMap = ReadonlyMap<number, CborValue>;
export type CborValue = number | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap;

export interface CborLimits {
  readonly maxDepth: number;
  /** Of all arrays and maps together. */
  readonly maxItems: number;
}

const DEFAULT_LIMITS: CborLimits = { maxDepth: 8, maxItems: 65_536 };

const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const FALSE_BYTE = 0xf4;
const TRUE_BYTE = 0xf5;
const NULL_BYTE = 0xf6;

export function encodeCbor(value: CborValue): Uint8Array {
  const writer = new ByteWriter();
  writeValue(writer, value);
  return writer.finish();
}

/** The value in `bytes`, all of them. Byte strings are views on the input, not copies. */
export function decodeCbor(bytes: Uint8Array, limits: CborLimits = DEFAULT_LIMITS): Result<CborValue> {
  return new Decoder(bytes, limits).decode();
}

/** A map from the given pairs, in key order; undefined values are left out. */
export function cborMap(...pairs: readonly CborField[]): CborMap {
  const present = pairs.filter((pair): pair is readonly [number, CborValue] => pair[1] !== undefined);
  return new Map(present.sort((a, b) => a[0] - b[0]));
}

/** What `encodeCbor(cborMap(...fields))` gives, behind what was written before; without a map where keys ascend. */
export function writeCborFields(writer: ByteWriter, fields: readonly CborField[]): void {
  let count = 0;
  let last = -1;
  for (const field of fields) {
    if (field[0] <= last) {
      writeValue(writer, cborMap(...fields));
      return;
    }
    last = field[0];
    if (field[1] !== undefined) count++;
  }
  writeHead(writer, MAP, count);
  for (const field of fields) if (field[1] !== undefined) writeField(writer, field[0], field[1]);
}

function writeValue(writer: ByteWriter, value: CborValue): void {
  if (typeof value === 'number') writeInteger(writer, value);
  else if (typeof value === 'string') {
    const text = utf8(value);
    writeHead(writer, TEXT, text.length);
    writer.bytes(text);
  } else if (typeof value === 'boolean') writer.u8(value ? TRUE_BYTE : FALSE_BYTE);
  else if (value === null) writer.u8(NULL_BYTE);
  else if (value instanceof Uint8Array) {
    writeHead(writer, BYTES, value.length);
    writer.bytes(value);
  } else if (isList(value)) {
    writeHead(writer, ARRAY, value.length);
    for (const item of value) writeValue(writer, item);
  } else writeMap(writer, value);
}

function isList(value: readonly CborValue[] | CborMap): value is readonly CborValue[] {
  return Array.isArray(value);
}

function writeInteger(writer: ByteWriter, value: number): void {
  assert(Number.isSafeInteger(value) && !Object.is(value, -0), 'CBOR numbers are safe integers');
  if (value >= 0) writeHead(writer, UNSIGNED, value);
  else writeHead(writer, NEGATIVE, -1 - value);
}

function writeMap(writer: ByteWriter, map: CborMap): void {
  const keys = [...map.keys()].sort((a, b) => a - b);
  writeHead(writer, MAP, keys.length);
  for (const key of keys) writeField(writer, key, map.get(key) ?? null);
}

function writeField(writer: ByteWriter, key: number, value: CborValue): void {
  assert(Number.isSafeInteger(key) && key >= 0, 'CBOR map keys are unsigned integers');
  writeHead(writer, UNSIGNED, key);
  writeValue(writer, value);
}

function writeHead(writer: ByteWriter, major: number, argument: number): void {
  const top = major << 5;
  if (argument < 24) writer.u8(top | argument);
  else if (argument < 2 ** 8) writer.u8(top | 24).u8(argument);
  else if (argument < 2 ** 16) writer.u8(top | 25).u16(argument);
  else if (argument < 2 ** 32) writer.u8(top | 26).u32(argument);
  else writer.u8(top | 27).u64(argument);
}

class Decoder {
  readonly #reader: ByteReader;
  readonly #limits: CborLimits;
  #items = 0;
  #refusal: { code: ErrorCode; detail: string } | undefined;

  constructor(bytes: Uint8Array, limits: CborLimits) {
    this.#reader = new ByteReader(bytes);
    this.#limits = limits;
  }

  decode(): Result<CborValue> {
    const value = this.#value(0);
    if (this.#refusal !== undefined) return fail(this.#refusal.code, this.#refusal.detail);
    if (this.#reader.failed) return fail('truncated', 'CBOR ends early');
    if (!this.#reader.isComplete) return fail('malformed', 'bytes after the CBOR value');
    return ok(value);
  }

  #value(depth: number): CborValue {
    const initial = this.#reader.u8();
    if (initial === FALSE_BYTE) return false;
    if (initial === TRUE_BYTE) return true;
    if (initial === NULL_BYTE) return null;
    const major = initial >> 5;
    if (major > MAP) return this.#refuse('malformed', 'CBOR tags, floats and simple values are not in the subset');
    const argument = this.#argument(initial & 0x1f);
    if (this.#hasStopped()) return null;
    if (major === UNSIGNED) return argument;
    if (major === NEGATIVE) return this.#negative(argument);
    if (major === BYTES) return this.#bytes(argument);
    if (major === TEXT) return this.#text(argument);
    if (depth >= this.#limits.maxDepth) return this.#refuse('oversized', 'CBOR nests too deep');
    return major === ARRAY ? this.#array(argument, depth) : this.#map(argument, depth);
  }

  #hasStopped(): boolean {
    return this.#reader.failed || this.#refusal !== undefined;
  }

  #argument(short: number): number {
    if (short < 24) return short;
    if (short > 27) return this.#refuse('malformed', 'CBOR indefinite or reserved length');
    const isLong = short === 27;
    if (isLong && this.#reader.remaining >= 8) {
      const value = this.#reader.u64();
      if (this.#reader.failed) return this.#refuse('malformed', 'CBOR integer above 2^53 - 1');
      return this.#shortest(value, 2 ** 32);
    }
    if (short === 24) return this.#shortest(this.#reader.u8(), 24);
    if (short === 25) return this.#shortest(this.#reader.u16(), 2 ** 8);
    if (short === 26) return this.#shortest(this.#reader.u32(), 2 ** 16);
    return this.#reader.u64();
  }

  #shortest(value: number, floor: number): number {
    if (value < floor && !this.#reader.failed)
      this.#refuse('not-canonical', 'CBOR integer is not in its shortest form');
    return value;
  }

  #negative(argument: number): CborValue {
    const value = -1 - argument;
    return Number.isSafeInteger(value) ? value : this.#refuse('malformed', 'CBOR integer below -(2^53 - 1)');
  }

  #bytes(length: number): Uint8Array {
    return this.#reader.bytes(length);
  }

  #text(length: number): CborValue {
    const bytes = this.#reader.bytes(length);
    if (this.#reader.failed) return null;
    return decodeUtf8(bytes) ?? this.#refuse('malformed', 'CBOR text is not UTF-8');
  }

  #array(length: number, depth: number): CborValue {
    if (!this.#admits(length)) return null;
    const items: CborValue[] = [];
    for (let i = 0; i < length && !this.#hasStopped(); i++) items.push(this.#value(depth + 1));
    return items;
  }

  #map(length: number, depth: number): CborValue {
    if (!this.#admits(length * 2)) return null;
    const map = new Map<number, CborValue>();
    let last = -1;
    for (let i = 0; i < length && !this.#hasStopped(); i++) {
      const key = this.#value(this.#limits.maxDepth);
      if (this.#hasStopped()) break;
      if (typeof key !== 'number' || key < 0)
        return this.#refuse('malformed', 'CBOR map key is not an unsigned integer');
      if (key <= last) return this.#refuse('not-canonical', 'CBOR map keys are not ascending');
      last = key;
      map.set(key, this.#value(depth + 1));
    }
    return map;
  }

  /** Each item is at least one byte, so a count above what is left is a lie told to make us allocate. */
  #admits(count: number): boolean {
    this.#items += count;
    if (count > this.#reader.remaining) this.#refuse('truncated', 'CBOR counts more items than there are bytes');
    else if (this.#items > this.#limits.maxItems) this.#refuse('oversized', 'CBOR holds too many items');
    return !this.#hasStopped();
  }

  #refuse(code: ErrorCode, detail: string): 0 {
    this.#refusal ??= { code, detail };
    return 0;
  }
}
