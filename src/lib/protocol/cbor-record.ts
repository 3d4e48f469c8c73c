/**
 * Reads a CBOR map as a record with a fixed set of fields. The first wrong field sticks: every later read gives a
 * harmless default and `result` refuses. Fields that nobody asked for are refused too, so a record has one reading.
 */
import { compareBytes, utf8 } from '../foundation/bytes.ts';
import { ID_BYTES, idFromBytes } from '../foundation/ids.ts';
import type { IdName } from '../foundation/ids.ts';
import { fail, ok } from '../foundation/result.ts';
import type { Result } from '../foundation/result.ts';
import { decodeCbor } from './cbor.ts';
import type { CborLimits, CborMap, CborValue } from './cbor.ts';

type IdOf<N extends IdName> = ReturnType<typeof idFromBytes<N>>;

interface Verdict {
  failure: string | undefined;
}

const NO_FIELDS: CborMap = new Map();

export class CborRecord {
  readonly #fields: CborMap;
  readonly #name: string;
  readonly #verdict: Verdict;
  readonly #read = new Set<number>();

  constructor(value: CborValue, name: string, verdict: Verdict = { failure: undefined }) {
    this.#name = name;
    this.#verdict = verdict;
    const isMap = value instanceof Map;
    this.#fields = isMap ? (value as CborMap) : NO_FIELDS;
    if (!isMap) this.refuse('is not a map');
  }

  /** Decodes `bytes`, hands the record to `read` and gives its value if every field was right and none was left over. */
  static decode<T>(bytes: Uint8Array, name: string, read: (record: CborRecord) => T, limits?: CborLimits): Result<T> {
    const decoded = decodeCbor(bytes, limits);
    if (!decoded.ok) return decoded;
    const record = new CborRecord(decoded.value, name);
    const value = read(record);
    return record.result(value);
  }

  get isRefused(): boolean {
    return this.#verdict.failure !== undefined;
  }

  has(key: number): boolean {
    return this.#fields.has(key);
  }

  uint(key: number, max = Number.MAX_SAFE_INTEGER): number {
    const value = this.#field(key);
    if (typeof value === 'number' && value >= 0 && value <= max) return value;
    this.refuse(`field ${String(key)} is not an integer in range`);
    return 0;
  }

  int(key: number, min: number, max: number): number {
    const value = this.#field(key);
    if (typeof value === 'number' && value >= min && value <= max) return value;
    this.refuse(`field ${String(key)} is not an integer in range`);
    return min;
  }

  bool(key: number): boolean {
    const value = this.#field(key);
    if (typeof value !== 'boolean') this.refuse(`field ${String(key)} is not a boolean`);
    return value === true;
  }

  /** Exactly `length` bytes: a view on the input. */
  bytes(key: number, length: number): Uint8Array {
    const value = this.#field(key);
    if (value instanceof Uint8Array && value.length === length) return value;
    this.refuse(`field ${String(key)} is not ${String(length)} bytes`);
    return new Uint8Array(0);
  }

  bytesUpTo(key: number, max: number): Uint8Array {
    const value = this.#field(key);
    if (value instanceof Uint8Array && value.length <= max) return value;
    this.refuse(`field ${String(key)} is not at most ${String(max)} bytes`);
    return new Uint8Array(0);
  }

  text(key: number, maxBytes: number): string {
    const value = this.#field(key);
    if (typeof value === 'string' && value.length <= maxBytes && utf8(value).length <= maxBytes) return value;
    this.refuse(`field ${String(key)} is not a text of at most ${String(maxBytes)} bytes`);
    return '';
  }

  choice<T extends string>(key: number, choices: readonly T[]): T {
    const index = this.uint(key, choices.length - 1);
    return choices[index] as T;
  }

  id<N extends IdName>(key: number, name: N): IdOf<N> {
    return this.#id(this.#field(key), key, name);
  }

  /** Ids in strictly ascending order. */
  sortedIds<N extends IdName>(key: number, name: N, max: number): readonly IdOf<N>[] {
    const ids: IdOf<N>[] = [];
    let last: Uint8Array | undefined;
    for (const item of this.list(key, max)) {
      const id = this.#id(item, key, name);
      if (item instanceof Uint8Array) {
        if (last !== undefined && compareBytes(last, item) >= 0) this.refuse(`field ${String(key)} is not sorted`);
        last = item;
      }
      ids.push(id);
    }
    return ids;
  }

  list(key: number, max: number): readonly CborValue[] {
    const value = this.#field(key);
    if (Array.isArray(value) && value.length <= max) return value as readonly CborValue[];
    this.refuse(`field ${String(key)} is not a list of at most ${String(max)}`);
    return [];
  }

  records(key: number, max: number): readonly CborRecord[] {
    return this.list(key, max).map((item) => new CborRecord(item, this.#name, this.#verdict));
  }

  record(key: number): CborRecord {
    return new CborRecord(this.#field(key), this.#name, this.#verdict);
  }

  value(key: number): CborValue {
    return this.#field(key);
  }

  /** Says that this (nested) record has no field beyond those read. */
  end(): void {
    if (this.#read.size !== this.#fields.size) this.refuse('has unknown fields');
  }

  refuse(why: string): void {
    this.#verdict.failure ??= `${this.#name}: ${why}`;
  }

  result<T>(value: T): Result<T> {
    this.end();
    return this.#verdict.failure === undefined ? ok(value) : fail('malformed', this.#verdict.failure);
  }

  #field(key: number): CborValue {
    const value = this.#fields.get(key);
    if (value === undefined) this.refuse(`field ${String(key)} is missing`);
    else this.#read.add(key);
    return value ?? null;
  }

  #id<N extends IdName>(value: CborValue, key: number, name: N): IdOf<N> {
    const length = ID_BYTES[name];
    if (value instanceof Uint8Array && value.length === length) return idFromBytes(name, value);
    this.refuse(`field ${String(key)} is not a ${name}`);
    return idFromBytes(name, new Uint8Array(length));
  }
}
