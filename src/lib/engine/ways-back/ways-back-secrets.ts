/** What the vault keeps of the ways back in: when the words were last practised, whom the person trusts, whose cards lie here. */
import type { CborRecord } from '../../protocol/cbor-record.ts';
import { cborMap, type CborMap } from '../../protocol/cbor.ts';
import { MAX_TRUSTEES, SET_BYTES } from '../../protocol/trustee-codes.ts';

export interface ChosenTrustees {
  readonly set: Uint8Array;
  readonly threshold: number;
  readonly names: readonly string[];
  readonly madeAt: number;
}

export interface WaysBackSecrets {
  /** Milliseconds since 1970, 0 for never; so for the others. */
  readonly rehearsedAt: number;
  readonly remindAfter: number;
  readonly backedUpAt: number;
  readonly trustees: ChosenTrustees | undefined;
  /** Cards of other people, as they were handed over. */
  readonly kept: readonly Uint8Array[];
}

export const NO_WAYS_BACK: WaysBackSecrets = {
  rehearsedAt: 0,
  remindAfter: 0,
  backedUpAt: 0,
  trustees: undefined,
  kept: [],
};

export const MAX_KEPT_CARDS = 100;
const MAX_CARD_BYTES = 1024;
const MAX_NAME_BYTES = 200;

export function waysBackToCbor({ rehearsedAt, remindAfter, backedUpAt, trustees, kept }: WaysBackSecrets): CborMap {
  const chosen =
    trustees && cborMap([0, trustees.set], [1, trustees.threshold], [2, [...trustees.names]], [3, trustees.madeAt]);
  return cborMap([0, rehearsedAt], [1, remindAfter], [2, backedUpAt], [3, chosen], [4, [...kept]]);
}

export function readWaysBack(record: CborRecord): WaysBackSecrets {
  const read = {
    rehearsedAt: record.uint(0),
    remindAfter: record.uint(1),
    backedUpAt: record.uint(2),
    trustees: record.has(3) ? readTrustees(record.record(3)) : undefined,
    kept: record.list(4, MAX_KEPT_CARDS).map((card) => {
      if (card instanceof Uint8Array && card.length <= MAX_CARD_BYTES) return card;
      record.refuse('card');
      return new Uint8Array(0);
    }),
  };
  record.end();
  return read;
}

function readTrustees(record: CborRecord): ChosenTrustees {
  const read = {
    set: record.bytes(0, SET_BYTES),
    threshold: record.uint(1, MAX_TRUSTEES),
    names: record.list(2, MAX_TRUSTEES).map((name) => {
      if (typeof name === 'string' && name.length <= MAX_NAME_BYTES) return name;
      record.refuse('name');
      return '';
    }),
    madeAt: record.uint(3),
  };
  record.end();
  return read;
}
