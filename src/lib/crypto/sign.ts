/** Ed25519. Every signed text begins with its context, which the verifier demands: a signature has one use [X1]. */
import { concatBytes, utf8 } from '../foundation/bytes.ts';
import { idFromBytes } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import type { Context } from '../protocol/contexts.ts';
import { SIGNATURE_BYTES } from '../protocol/envelope.ts';
import type { IdentityKeyPair, PlainSigningKeyPair, SigningKeyPair, SigningSecret } from './keys.ts';
import { sodium } from './sodium.ts';

const SEED_BYTES = 32;
const PUBLIC_KEY_BYTES = 32;

/** Ed25519(secret, context ‖ bytes). */
export function sign(secret: SigningSecret, context: Context, bytes: Uint8Array): Uint8Array {
  return signContexted(secret, concatBytes(utf8(context), bytes));
}

export function isSignedBy(
  publicKey: Uint8Array,
  context: Context,
  signed: { bytes: Uint8Array; signature: Uint8Array },
): boolean {
  return isContextedSignature(publicKey, concatBytes(utf8(context), signed.bytes), signed.signature);
}

/** For texts that a `…SignedBytes` of the protocol layer has built, context included. */
export function signContexted(secret: SigningSecret, text: Uint8Array): Uint8Array {
  return sodium.crypto_sign_detached(text, secret);
}

export function isContextedSignature(publicKey: Uint8Array, text: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== PUBLIC_KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  return sodium.crypto_sign_verify_detached(signature, text, publicKey);
}

export function newSigningKeyPair(random: Random): SigningKeyPair {
  return signingKeyPairFromSeed(random.bytes(SEED_BYTES));
}

export function signingKeyPairFromSeed(seed: Uint8Array): SigningKeyPair {
  const { publicKey, secret } = plainSigningKeyPairFromSeed(seed);
  return { device: idFromBytes('DeviceId', publicKey), secret };
}

export function identityKeyPairFromSeed(seed: Uint8Array): IdentityKeyPair {
  const { publicKey, secret } = plainSigningKeyPairFromSeed(seed);
  return { identity: idFromBytes('IdentityKey', publicKey), secret };
}

export function plainSigningKeyPairFromSeed(seed: Uint8Array): PlainSigningKeyPair {
  const { publicKey, privateKey } = sodium.crypto_sign_seed_keypair(seed);
  return { publicKey, secret: privateKey as SigningSecret };
}
