/**
 * Places in a list as strings that compare like numbers between 0 and 1: four digits of base 62 that count, then a
 * fraction. A random step keeps two people who append at once from choosing the same key; where keys collide all the
 * same, or are nonsense, the whole row gets new ones.
 */
import type { Random } from '../foundation/random.ts';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const HEAD_DIGITS = 4;
const HEAD_LIMIT = 62 ** HEAD_DIGITS;
const MAX_KEY_CHARS = 64;
const VALID = /^[0-9A-Za-z]{4}([0-9A-Za-z]{0,59}[1-9A-Za-z])?$/;

export interface Placed {
  readonly id: string;
  readonly key: string;
}

/** Orders by key, then id: total and equal on every replica, whatever the keys are. */
export function comparePlaced(a: Placed, b: Placed): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

export interface Placement {
  /** Keys of the new things, in order. */
  readonly keys: readonly string[];
  /** Rows that had to get another key; almost always empty. */
  readonly moved: readonly Placed[];
}

/** Keys for `count` new things at `index` of the sorted `row`. */
export function placeAt(row: readonly Placed[], index: number, count: number, random: Random): Placement {
  const keys: string[] = [];
  const above = row[index]?.key;
  let below = row[index - 1]?.key;
  for (let i = 0; i < count; i++) {
    const key = keyBetween(below, above, random);
    if (key === undefined) return spreadAgain(row, index, count);
    keys.push(key);
    below = key;
  }
  return { keys, moved: [] };
}

/** A key strictly between the two (undefined = the open end), or undefined where there is no good one. */
export function keyBetween(below: string | undefined, above: string | undefined, random: Random): string | undefined {
  if ((below !== undefined && !VALID.test(below)) || (above !== undefined && !VALID.test(above))) return undefined;
  if (below !== undefined && above !== undefined && below >= above) return undefined;
  const step = 1 + ((random.bytes(1)[0] ?? 0) & 127);
  let key: string | undefined;
  if (above === undefined) key = headKey(below === undefined ? HEAD_LIMIT / 2 : headOf(below) + step);
  else if (below === undefined) key = headKey(headOf(above) - step);
  key ??= jitter(midpoint(below ?? '', above), above, step);
  return key.length <= MAX_KEY_CHARS && VALID.test(key) ? key : undefined;
}

function jitter(key: string, above: string | undefined, step: number): string {
  const padded = key.padEnd(HEAD_DIGITS, '0');
  const digit = DIGITS[1 + (step % 61)] ?? 'V';
  return above?.startsWith(padded) === true ? padded : padded + digit;
}

function headOf(key: string): number {
  let head = 0;
  for (let i = 0; i < HEAD_DIGITS; i++) head = head * 62 + digitAt(key, i);
  return head;
}

function headKey(head: number): string | undefined {
  if (head <= 0 || head >= HEAD_LIMIT) return undefined;
  let key = '';
  for (let rest = Math.floor(head), i = 0; i < HEAD_DIGITS; i++, rest = Math.floor(rest / 62)) {
    key = (DIGITS[rest % 62] ?? '0') + key;
  }
  return key;
}

function digitAt(key: string, index: number): number {
  return index < key.length ? Math.max(0, DIGITS.indexOf(key.charAt(index))) : 0;
}

/** Halfway between two fractions, `below` < `above`; `above` undefined = 1. */
function midpoint(below: string, above: string | undefined): string {
  let shared = 0;
  if (above !== undefined) while (digitAt(below, shared) === digitAt(above, shared)) shared++;
  const low = digitAt(below, shared);
  const high = above === undefined ? DIGITS.length : digitAt(above, shared);
  const prefix = above === undefined ? '' : above.slice(0, shared).padEnd(shared, '0');
  if (high - low > 1) return prefix + (DIGITS[(low + high) >> 1] ?? 'V');
  return prefix + (DIGITS[low] ?? '0') + midpoint(below.slice(shared + 1), undefined);
}

function spreadAgain(row: readonly Placed[], index: number, count: number): Placement {
  const step = Math.floor(HEAD_LIMIT / (row.length + count + 1));
  const keyOf = (place: number): string => headKey((place + 1) * step) ?? DIGITS.slice(-1).repeat(HEAD_DIGITS);
  return {
    keys: Array.from({ length: count }, (_, i) => keyOf(index + i)),
    moved: row.map((placed, i) => ({ id: placed.id, key: keyOf(i < index ? i : i + count) })),
  };
}
