/**
 * The body of a testimony (type 7): an entry of a chain that forked, whole, as one who holds it tells it to those who hold
 * another one in its place. It travels clear: what it carries is sealed by its own author, or was clear already, and is
 * believed for that author's signature alone.
 */
import { concatBytes } from '../foundation/bytes.ts';
import { idToBytes } from '../foundation/ids.ts';
import type { EnvelopeId } from '../foundation/ids.ts';
import type { Result } from '../foundation/result.ts';
import { cborMap, encodeCbor } from './cbor.ts';
import { CborRecord } from './cbor-record.ts';
import { MAX_ENVELOPE_BYTES } from './envelope.ts';

/** The largest entry fits into two: a testimony is an entry too, and has no more room than what it tells. */
export const MAX_TESTIMONY_PARTS = 2;
export const TESTIMONY_PART_BYTES = Math.ceil(MAX_ENVELOPE_BYTES / MAX_TESTIMONY_PARTS);

export interface Testimony {
  /** Of the entry told. */
  readonly id: EnvelopeId;
  /** 0 … parts − 1. */
  readonly part: number;
  readonly parts: number;
  /** This part of the entry's bytes. */
  readonly bytes: Uint8Array;
}

/** An entry in as few parts as it fits into, in order. */
export function testimoniesOf(id: EnvelopeId, bytes: Uint8Array): readonly Testimony[] {
  const parts = Math.max(1, Math.ceil(bytes.length / TESTIMONY_PART_BYTES));
  return Array.from({ length: parts }, (_, part) => {
    const from = part * TESTIMONY_PART_BYTES;
    return { id, part, parts, bytes: bytes.subarray(from, from + TESTIMONY_PART_BYTES) };
  });
}

/** The entry's bytes, unverified, from all its parts in order. */
export function joinTestimonies(parts: readonly Testimony[]): Uint8Array {
  return concatBytes(...parts.map(({ bytes }) => bytes));
}

export function encodeTestimony({ id, part, parts, bytes }: Testimony): Uint8Array {
  return encodeCbor(cborMap([0, idToBytes(id)], [1, part], [2, parts], [3, bytes]));
}

export function decodeTestimony(bytes: Uint8Array): Result<Testimony> {
  return CborRecord.decode(bytes, 'testimony', (record) => {
    const testimony = {
      id: record.id(0, 'EnvelopeId'),
      part: record.uint(1, MAX_TESTIMONY_PARTS - 1),
      parts: record.uint(2, MAX_TESTIMONY_PARTS),
      bytes: record.bytesUpTo(3, TESTIMONY_PART_BYTES),
    };
    if (testimony.part >= testimony.parts) record.refuse('no such part');
    if (testimony.bytes.length === 0) record.refuse('an empty part');
    return testimony;
  });
}
