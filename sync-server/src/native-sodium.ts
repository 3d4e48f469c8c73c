/**
 * libsodium compiled for this machine, where there is such a build: it checks a signature in half the time that the same
 * library takes in WebAssembly. Optional: a relay without it is slower under load, and nothing else.
 */
import { createRequire } from 'node:module';
import { SIGNATURE_BYTES } from '../../src/lib/protocol/envelope.ts';

export type VerifySignature = (key: Uint8Array, text: Uint8Array, signature: Uint8Array) => boolean;

interface NativeSodium {
  crypto_sign_verify_detached(signature: Uint8Array, text: Uint8Array, key: Uint8Array): boolean;
}

export const KEY_BYTES = 32;

/** Undefined where there is no build for this machine. */
export const verifyNatively: VerifySignature | undefined = loaded();

function loaded(): VerifySignature | undefined {
  let sodium: NativeSodium;
  try {
    sodium = createRequire(import.meta.url)('sodium-native') as NativeSodium;
  } catch {
    return undefined;
  }
  return (key, text, signature) =>
    key.length === KEY_BYTES &&
    signature.length === SIGNATURE_BYTES &&
    sodium.crypto_sign_verify_detached(signature, text, key);
}
