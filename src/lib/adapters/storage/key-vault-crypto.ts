/** The non-extractable half of a key vault: HMAC and AES-GCM through WebCrypto, the same for memory and IndexedDB. */
import { fail, ok, type Result } from '../../foundation/result.ts';

export interface ProfileKeys {
  readonly hmac: CryptoKey;
  readonly wrapping: CryptoKey;
}

const GCM_NONCE_BYTES = 12;
const GCM_TAG_BYTES = 16;

export async function newProfileKeys(): Promise<ProfileKeys> {
  const [hmac, wrapping] = await Promise.all([
    crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']),
    crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']),
  ]);
  return { hmac, wrapping };
}

export async function pepperWith({ hmac }: ProfileKeys, message: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', hmac, owned(message)));
}

export async function wrapWith({ wrapping }: ProfileKeys, plain: Uint8Array, aad: Uint8Array): Promise<Uint8Array> {
  const iv = crypto.getRandomValues(new Uint8Array(GCM_NONCE_BYTES));
  const sealed = new Uint8Array(
    await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: owned(aad) }, wrapping, owned(plain)),
  );
  const wrapped = new Uint8Array(iv.length + sealed.length);
  wrapped.set(iv);
  wrapped.set(sealed, iv.length);
  return wrapped;
}

export async function unwrapWith(
  { wrapping }: ProfileKeys,
  wrapped: Uint8Array,
  aad: Uint8Array,
): Promise<Result<Uint8Array>> {
  if (wrapped.length < GCM_NONCE_BYTES + GCM_TAG_BYTES) return fail('truncated', 'wrapped key');
  const iv = owned(wrapped.subarray(0, GCM_NONCE_BYTES));
  try {
    const plain = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv, additionalData: owned(aad) },
      wrapping,
      owned(wrapped.subarray(GCM_NONCE_BYTES)),
    );
    return ok(new Uint8Array(plain));
  } catch {
    return fail('bad-seal', 'wrapped key');
  }
}

/** WebCrypto wants bytes that no other thread can share. */
function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
