/** BLAKE2b-256, keyed for derivation and plain for identifiers; both with their context in front [X1]. */
import { concatBytes, utf8 } from '../foundation/bytes.ts';
import type { Context, KdfLabel } from '../protocol/contexts.ts';
import { sodium } from './sodium.ts';

const HASH_BYTES = 32;
const NOTHING = new Uint8Array(0);
const SEPARATOR = '\u0000';

/** BLAKE2b-256(key, "lf/v1/" ‖ label ‖ 0x00 ‖ context). */
export function kdf(key: Uint8Array, label: KdfLabel, context: Uint8Array = NOTHING): Uint8Array {
  return sodium.crypto_generichash(HASH_BYTES, concatBytes(utf8(`lf/v1/${label}${SEPARATOR}`), context), key);
}

/** BLAKE2b-256(context ‖ parts…). Parts must be of fixed length, or the last the only one that is not. */
export function hash(context: Context, ...parts: readonly Uint8Array[]): Uint8Array {
  return sodium.crypto_generichash(HASH_BYTES, concatBytes(utf8(context), ...parts), null);
}
