/** Bytes: hex, comparison, and a bounded big-endian cursor. Nothing here knows a format. */

const HEX_PIECE_BYTES = 1024;
const ID_DIGITS = 64;
/** Digits of the id that is being written, used again for each: a list of its own for each id is ten times the garbage. */
const idDigits = new Array<number>(ID_DIGITS).fill(0);

/** A flat string: appended digit by digit it would be a tree of a kilobyte for each id, and live as long as the id. */
export function bytesToHex(bytes: Uint8Array, from = 0, to = bytes.length): string {
  let text = '';
  for (let at = from; at < to; at += HEX_PIECE_BYTES) {
    const count = 2 * Math.min(to - at, HEX_PIECE_BYTES);
    const digits = count === ID_DIGITS ? idDigits : new Array<number>(count);
    for (let i = 0; i < count; i += 2) {
      const byte = bytes[at + (i >> 1)] ?? 0;
      digits[i] = digitCode(byte >> 4);
      digits[i + 1] = digitCode(byte & 15);
    }
    text += String.fromCharCode(...digits);
  }
  return text;
}

function digitCode(nibble: number): number {
  return nibble < 10 ? 48 + nibble : 87 + nibble;
}

export function isHex(text: string): boolean {
  return text.length % 2 === 0 && /^[0-9a-f]*$/.test(text);
}

/** Decodes lower-case hex; the caller has checked it with `isHex` or holds a branded id. */
export function hexToBytes(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length >> 1);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = (nibble(hex.charCodeAt(2 * i)) << 4) | nibble(hex.charCodeAt(2 * i + 1));
  return bytes;
}

function nibble(code: number): number {
  return code <= 57 ? code - 48 : code - 87;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Not constant-time: for public bytes only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Lexicographic order, shorter first on a shared prefix. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

const encoder = new TextEncoder();
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Decodes UTF-8 strictly: undefined on any ill-formed sequence. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Reads big-endian fields; once a read passes the end, `failed` stays true and every read gives zeros. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;
  #failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get failed(): boolean {
    return this.#failed;
  }
  get offset(): number {
    return this.#offset;
  }
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }
  /** True when all was read and nothing was missing. */
  get isComplete(): boolean {
    return !this.#failed && this.remaining === 0;
  }

  u8(): number {
    return this.#take(1) ? this.#view.getUint8(this.#offset - 1) : 0;
  }
  u16(): number {
    return this.#take(2) ? this.#view.getUint16(this.#offset - 2) : 0;
  }
  u32(): number {
    return this.#take(4) ? this.#view.getUint32(this.#offset - 4) : 0;
  }
  /** A 64-bit unsigned integer; fails above 2⁵³ − 1. */
  u64(): number {
    if (!this.#take(8)) return 0;
    const value = this.#view.getUint32(this.#offset - 8) * 2 ** 32 + this.#view.getUint32(this.#offset - 4);
    if (!Number.isSafeInteger(value)) this.#failed = true;
    return Number.isSafeInteger(value) ? value : 0;
  }
  /** The next `length` bytes as hex. */
  hex(length: number): string {
    return this.#take(length) ? bytesToHex(this.#bytes, this.#offset - length, this.#offset) : '00'.repeat(length);
  }
  /** A view on the next `length` bytes, not a copy. */
  bytes(length: number): Uint8Array {
    return this.#take(length)
      ? this.#bytes.subarray(this.#offset - length, this.#offset)
      : new Uint8Array(Math.min(length, 64));
  }

  #take(length: number): boolean {
    if (this.#failed || length > this.remaining) {
      this.#failed = true;
      return false;
    }
    this.#offset += length;
    return true;
  }
}

/** Writes big-endian fields into a growing buffer. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  u8(value: number): this {
    this.#grow(1);
    this.#view.setUint8(this.#length - 1, value);
    return this;
  }
  u16(value: number): this {
    this.#grow(2);
    this.#view.setUint16(this.#length - 2, value);
    return this;
  }
  u32(value: number): this {
    this.#grow(4);
    this.#view.setUint32(this.#length - 4, value);
    return this;
  }
  u64(value: number): this {
    this.#grow(8);
    this.#view.setUint32(this.#length - 8, Math.floor(value / 2 ** 32));
    this.#view.setUint32(this.#length - 4, value >>> 0);
    return this;
  }
  bytes(value: Uint8Array): this {
    this.#grow(value.length);
    this.#bytes.set(value, this.#length - value.length);
    return this;
  }
  /** The bytes written so far; the writer must not be used afterwards. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(by: number): void {
    this.#length += by;
    if (this.#length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
