/**
 * [C4] Two envelopes that one device signed and that cannot both stand in one chain, as a file that anyone can check
 * without a key of the space: "LFF1" ‖ (length u32 ‖ envelope) twice, the lesser bytes first.
 */
import { ByteReader, ByteWriter, compareBytes, decodeUtf8, utf8 } from '../foundation/bytes.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import { MAX_ENVELOPE_BYTES } from './envelope.ts';

const MAGIC = 'LFF1';
export const MAX_FORK_PROOF_BYTES = MAGIC.length + 2 * (4 + MAX_ENVELOPE_BYTES);

export function encodeForkProof(one: Uint8Array, other: Uint8Array): Uint8Array {
  const writer = new ByteWriter().bytes(utf8(MAGIC));
  for (const envelope of [one, other].sort(compareBytes)) writer.u32(envelope.length).bytes(envelope);
  return writer.finish();
}

/** The two envelopes, unverified. */
export function decodeForkProof(bytes: Uint8Array): Result<readonly [Uint8Array, Uint8Array]> {
  if (bytes.length > MAX_FORK_PROOF_BYTES) return fail('oversized', 'fork proof');
  const reader = new ByteReader(bytes);
  if (decodeUtf8(reader.bytes(MAGIC.length)) !== MAGIC) return fail('unknown-type', 'fork proof');
  const [one, other] = [reader.bytes(reader.u32()), reader.bytes(reader.u32())];
  if (!reader.isComplete) return fail('truncated', 'fork proof');
  return compareBytes(one, other) < 0 ? ok([one, other]) : fail('not-canonical', 'fork proof');
}
