/**
 * Raw inflate (RFC 1951) straight into a buffer of the declared size: it can neither allocate more nor write past it,
 * whatever the input says [G1]. Strict as zlib is about code tables, and about bytes after the last block.
 * Libraries grow buffers while they inflate; a bomb then costs several times its bound in garbage.
 */
export type InflateOutcome = 'whole' | 'short' | 'over' | 'malformed';

const MAX_BITS = 15;
const LENGTH_CODES = 286;
const DISTANCE_CODES = 30;
const END_OF_BLOCK = 256;
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_EXTRA = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
const LENGTH_START = [...startsOf(LENGTH_EXTRA.slice(0, -1), 3), 258];
const DISTANCE_START = startsOf(DISTANCE_EXTRA, 1);

/** Looks up `bits` bits at once: symbol << 4 | code length; zero where no code begins so. */
interface CodeTable {
  readonly bits: number;
  readonly entries: Uint16Array;
}

/** Fills `output` from `input`. Only `whole` means that all of both was used. */
export function inflateInto(output: Uint8Array, input: Uint8Array): InflateOutcome {
  return new Inflater(output, input).run();
}

class Inflater {
  readonly #output: Uint8Array;
  readonly #input: Uint8Array;
  #at = 0;
  #filled = 0;
  #held = 0;
  #heldBits = 0;
  #stop: InflateOutcome | undefined;

  constructor(output: Uint8Array, input: Uint8Array) {
    this.#output = output;
    this.#input = input;
  }

  run(): InflateOutcome {
    let isLast = false;
    while (!isLast && !this.#hasStopped()) {
      isLast = this.#take(1) === 1;
      const type = this.#take(2);
      if (this.#hasStopped()) break;
      if (type === 0) this.#stored();
      else if (type === 1) this.#block(FIXED_LENGTHS, FIXED_DISTANCES);
      else if (type === 2) this.#dynamic();
      else this.#halt('malformed');
    }
    if (this.#stop !== undefined) return this.#stop;
    if (this.#at - (this.#heldBits >> 3) !== this.#input.length) return 'malformed';
    return this.#filled === this.#output.length ? 'whole' : 'short';
  }

  #hasStopped(): boolean {
    return this.#stop !== undefined;
  }

  #halt(outcome: InflateOutcome): 0 {
    this.#stop ??= outcome;
    return 0;
  }

  #fill(count: number): void {
    while (this.#heldBits < count && this.#at < this.#input.length) {
      this.#held |= (this.#input[this.#at++] ?? 0) << this.#heldBits;
      this.#heldBits += 8;
    }
  }

  #take(count: number): number {
    this.#fill(count);
    if (this.#heldBits < count) return this.#halt('malformed');
    const value = this.#held & ((1 << count) - 1);
    this.#held >>>= count;
    this.#heldBits -= count;
    return value;
  }

  #symbol({ bits, entries }: CodeTable): number {
    this.#fill(bits);
    const entry = entries[this.#held & ((1 << bits) - 1)] ?? 0;
    const length = entry & 15;
    if (length === 0 || length > this.#heldBits) return this.#halt('malformed');
    this.#held >>>= length;
    this.#heldBits -= length;
    return entry >> 4;
  }

  #stored(): void {
    this.#take(this.#heldBits & 7);
    const length = this.#take(16);
    if (this.#take(16) !== (~length & 0xffff)) this.#halt('malformed');
    if (this.#hasStopped()) return;
    this.#at -= this.#heldBits >> 3;
    this.#held = 0;
    this.#heldBits = 0;
    if (this.#at + length > this.#input.length) this.#halt('malformed');
    else if (this.#filled + length > this.#output.length) this.#halt('over');
    else this.#output.set(this.#input.subarray(this.#at, this.#at + length), this.#filled);
    this.#at += length;
    this.#filled += length;
  }

  #dynamic(): void {
    const lengths = this.#take(5) + 257;
    const distances = this.#take(5) + 1;
    const ordered = this.#take(4) + 4;
    if (lengths > LENGTH_CODES || distances > DISTANCE_CODES) this.#halt('malformed');
    const own = new Uint8Array(ORDER.length);
    for (const place of ORDER.slice(0, ordered)) own[place] = this.#take(3);
    const table = this.#hasStopped() ? undefined : tableOf(own, 'complete');
    if (table === undefined) {
      this.#halt('malformed');
      return;
    }
    const all = this.#codeLengths(table, lengths + distances);
    if (all[END_OF_BLOCK] === 0) this.#halt('malformed');
    const lengthTable = tableOf(all.subarray(0, lengths), 'single');
    const distanceTable = tableOf(all.subarray(lengths), 'single');
    if (lengthTable === undefined || distanceTable === undefined) this.#halt('malformed');
    else if (!this.#hasStopped()) this.#block(lengthTable, distanceTable);
  }

  #codeLengths(table: CodeTable, count: number): Uint8Array {
    const all = new Uint8Array(count);
    let at = 0;
    while (at < count && !this.#hasStopped()) {
      const symbol = this.#symbol(table);
      if (symbol < 16) {
        all[at++] = symbol;
        continue;
      }
      if (symbol === 16 && at === 0) this.#halt('malformed');
      const repeated = symbol === 16 ? (all[at - 1] ?? 0) : 0;
      const times = symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7);
      if (at + times > count) this.#halt('malformed');
      all.fill(repeated, at, at + times);
      at += times;
    }
    return all;
  }

  #block(lengths: CodeTable, distances: CodeTable): void {
    while (!this.#hasStopped()) {
      const symbol = this.#symbol(lengths);
      if (symbol === END_OF_BLOCK || this.#hasStopped()) return;
      if (symbol > END_OF_BLOCK) this.#copy(symbol - 257, distances);
      else if (this.#filled === this.#output.length) this.#halt('over');
      else this.#output[this.#filled++] = symbol;
    }
  }

  #copy(code: number, distances: CodeTable): void {
    const length = (LENGTH_START[code] ?? 0) + this.#take(LENGTH_EXTRA[code] ?? 0);
    const distanceCode = this.#symbol(distances);
    const distance = (DISTANCE_START[distanceCode] ?? 0) + this.#take(DISTANCE_EXTRA[distanceCode] ?? 0);
    if (code >= LENGTH_START.length || distanceCode >= DISTANCE_CODES || distance > this.#filled)
      this.#halt('malformed');
    else if (this.#filled + length > this.#output.length) this.#halt('over');
    if (this.#hasStopped()) return;
    const output = this.#output;
    const end = this.#filled + length;
    for (let at = this.#filled; at < end; at++) output[at] = output[at - distance] ?? 0;
    this.#filled = end;
  }
}

/**
 * Undefined unless the lengths form a prefix code: complete, or (`single`) a lone code of one bit or none at all,
 * which deflate permits where nothing or one thing is ever referred to.
 */
function tableOf(lengths: Uint8Array, need: 'complete' | 'single'): CodeTable | undefined {
  const counts = new Uint16Array(MAX_BITS + 1);
  for (const length of lengths) if (length > 0) counts[length] = (counts[length] ?? 0) + 1;
  const bits = Math.max(
    1,
    counts.findLastIndex((count) => count > 0),
  );
  let left = 1;
  for (let length = 1; length <= bits; length++) {
    left = left * 2 - (counts[length] ?? 0);
    if (left < 0) return undefined;
  }
  if (left > 0 && (need === 'complete' || bits > 1)) return undefined;
  return { bits, entries: entriesOf(lengths, counts, bits) };
}

function entriesOf(lengths: Uint8Array, counts: Uint16Array, bits: number): Uint16Array {
  const next = new Uint16Array(MAX_BITS + 2);
  for (let length = 1; length <= MAX_BITS; length++)
    next[length + 1] = ((next[length] ?? 0) + (counts[length] ?? 0)) << 1;
  const entries = new Uint16Array(1 << bits);
  lengths.forEach((length, symbol) => {
    if (length === 0) return;
    const code = next[length] ?? 0;
    next[length] = code + 1;
    for (let at = reversed(code, length); at < entries.length; at += 1 << length) entries[at] = (symbol << 4) | length;
  });
  return entries;
}

function reversed(code: number, length: number): number {
  let turned = 0;
  for (let bit = 0; bit < length; bit++) turned |= ((code >> bit) & 1) << (length - 1 - bit);
  return turned;
}

function startsOf(extras: readonly number[], first: number): readonly number[] {
  let start = first;
  return extras.map((extra) => {
    const own = start;
    start += 1 << extra;
    return own;
  });
}

function fixedTable(lengths: Uint8Array): CodeTable {
  const table = tableOf(lengths, 'complete');
  if (table === undefined) throw new RangeError('the fixed code is complete');
  return table;
}

const FIXED_LENGTHS = fixedTable(
  Uint8Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8)),
);
const FIXED_DISTANCES = fixedTable(new Uint8Array(32).fill(5));
