/** The body of an update: `u8 version · u32 generation of the actor · one uncompressed Automerge change chunk`. */
import { ByteReader, ByteWriter } from '../foundation/bytes.ts';
import { fail, ok, type Result } from '../foundation/result.ts';

const BODY_VERSION = 1;
export const MAX_UPDATE_BYTES = 8 * 2 ** 20;

export interface UpdateBody {
  readonly generation: number;
  readonly chunk: Uint8Array;
}

export function encodeUpdate({ generation, chunk }: UpdateBody): Uint8Array {
  return new ByteWriter(chunk.length + 5).u8(BODY_VERSION).u32(generation).bytes(chunk).finish();
}

/** The chunk is a view on `body`, not a copy, and not yet looked at. */
export function decodeUpdate(body: Uint8Array): Result<UpdateBody> {
  if (body.length > MAX_UPDATE_BYTES) return fail('oversized', 'update');
  const reader = new ByteReader(body);
  const version = reader.u8();
  const generation = reader.u32();
  if (reader.failed) return fail('truncated', 'update');
  if (version !== BODY_VERSION) return fail('unknown-version', 'update');
  return ok({ generation, chunk: reader.bytes(reader.remaining) });
}
