/**
 * [G1] Our own changes leave as plain change chunks: a gate must never inflate what it has not judged, and the engine
 * compresses whole bodies anyway.
 */
import { inflateSync } from 'fflate';
import { assert } from '../../foundation/assert.ts';
import { concatBytes } from '../../foundation/bytes.ts';
import { LebReader } from './columns.ts';
import { sha256 } from './sha256.ts';

const HEADER_BYTES = 9;

/** Only for chunks Automerge made on this device. */
export function toPlainChunk(chunk: Uint8Array): Uint8Array {
  if (chunk[8] !== 2) return chunk;
  const reader = new LebReader(chunk);
  reader.offset = HEADER_BYTES;
  const contents = inflateSync(reader.slice(reader.unsigned()));
  const body = concatBytes(Uint8Array.of(1), encodeUnsigned(contents.length), contents);
  const plain = concatBytes(chunk.subarray(0, 8), body);
  assert(
    sha256(body).every((byte, i) => i >= 4 || byte === chunk[4 + i]),
    'the checksum is that of the plain contents',
  );
  return plain;
}

function encodeUnsigned(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
