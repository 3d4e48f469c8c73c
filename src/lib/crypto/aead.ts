/** XChaCha20-Poly1305-IETF. The caller gives the nonce: fresh random bytes, or zero under a key used once. */
import { fail, ok } from '../foundation/result.ts';
import type { Result } from '../foundation/result.ts';
import { AEAD_TAG_BYTES, NONCE_BYTES } from '../protocol/envelope.ts';
import { sodium } from './sodium.ts';

export interface AeadInput {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  /** Context first [X1]. */
  readonly aad: Uint8Array;
}

/** Only for keys that seal exactly one message in their life. */
export const ONE_USE_NONCE = new Uint8Array(NONCE_BYTES);

export function aeadSeal(plain: Uint8Array, { key, nonce, aad }: AeadInput): Uint8Array {
  return sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, aad, null, nonce, key);
}

export function aeadOpen(sealed: Uint8Array, { key, nonce, aad }: AeadInput): Result<Uint8Array> {
  if (sealed.length < AEAD_TAG_BYTES) return fail('truncated', 'sealed bytes shorter than their tag');
  if (nonce.length !== NONCE_BYTES) return fail('malformed', 'nonce length');
  try {
    return ok(sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, sealed, aad, nonce, key));
  } catch {
    return fail('bad-seal');
  }
}
