/**
 * X-Wing (X25519 + ML-KEM-768) boxes for epoch secrets [K2]: one encapsulation, one derived key, one box, bound to
 * space, epoch and recipient.
 * [Note: one box] The encapsulation's randomness follows from the boxed secret, as in the Fujisaki–Okamoto transform, so
 * there is one right box for a device and every holder can tell it from a wrong one without the device's key. See
 * docs/decisions/0011-one-box-for-a-device.md.
 */
import { concatBytes, equalBytes, utf8 } from '../foundation/bytes.ts';
import { idToBytes } from '../foundation/ids.ts';
import type { DeviceId, EpochId, SpaceId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import { fail, ok } from '../foundation/result.ts';
import type { Result } from '../foundation/result.ts';
import { CONTEXTS } from '../protocol/contexts.ts';
import { EPOCH_SECRET_BYTES } from '../protocol/epoch-op.ts';
import type { Keybox } from '../protocol/keybox.ts';
import { KEM_CIPHERTEXT_BYTES } from '../protocol/keybox.ts';
import type { DeviceKeys } from '../protocol/membership-op.ts';
import { aeadOpen, aeadSeal, ONE_USE_NONCE } from './aead.ts';
import { kdf } from './kdf.ts';
import type { EpochSecret, KemKeyPair, KemSecret } from './keys.ts';
import { sodium } from './sodium.ts';

const SEED_BYTES = 32;
const ENCAPSULATION_SEED_BYTES = 64;

export function newKemKeyPair(random: Random): KemKeyPair {
  return kemKeyPairFromSeed(random.bytes(SEED_BYTES));
}

export function kemKeyPairFromSeed(seed: Uint8Array): KemKeyPair {
  const { publicKey, privateKey } = sodium.crypto_kem_xwing_seed_keypair(seed);
  return { publicKey, secret: privateKey as KemSecret };
}

export interface BoxedEpoch {
  readonly space: SpaceId;
  readonly epoch: EpochId;
  readonly secret: EpochSecret;
}

/**
 * The one box of this secret for this device and key. `bad-box` when the recipient's public key is not a valid one: a
 * member may have published nonsense.
 */
export function boxEpochFor(recipient: DeviceKeys, { space, epoch, secret }: BoxedEpoch): Result<Keybox> {
  const place = placeOf(space, epoch, recipient.device);
  const encapsulated = encapsulate(recipient.kem, encapsulationSeedOf(secret, place, recipient.kem));
  if (!encapsulated.ok) return encapsulated;
  const { ciphertext, shared } = encapsulated.value;
  const box = aeadSeal(secret, { key: kdf(shared, 'keybox', place), nonce: ONE_USE_NONCE, aad: aadOf(place) });
  return ok({ recipient: recipient.device, epoch, encapsulation: ciphertext, box });
}

/** The secret inside; the opener still compares it with the epoch's `commit` [K2]. */
export function openKeybox(space: SpaceId, keybox: Keybox, kem: KemSecret): Result<EpochSecret> {
  if (keybox.encapsulation.length !== KEM_CIPHERTEXT_BYTES) return fail('bad-box', 'encapsulation length');
  const shared = decapsulate(keybox.encapsulation, kem);
  if (!shared.ok) return shared;
  const place = placeOf(space, keybox.epoch, keybox.recipient);
  const opened = aeadOpen(keybox.box, {
    key: kdf(shared.value, 'keybox', place),
    nonce: ONE_USE_NONCE,
    aad: aadOf(place),
  });
  if (!opened.ok || opened.value.length !== EPOCH_SECRET_BYTES) return fail('bad-box');
  return ok(opened.value as EpochSecret);
}

/** A fresh shared secret for whoever holds the key's other half; `bad-box` for a key that is none. */
export function encapsulateFor(
  publicKey: Uint8Array,
  random: Random,
): Result<{ readonly ciphertext: Uint8Array; readonly shared: Uint8Array }> {
  return encapsulate(publicKey, random.bytes(ENCAPSULATION_SEED_BYTES));
}

/** Whether a box is the one that `recipient` can open: whoever holds the secret can tell. */
export function isBoxFor(keybox: Keybox, recipient: DeviceKeys, boxed: BoxedEpoch): boolean {
  const right = boxEpochFor(recipient, boxed);
  return (
    right.ok && equalBytes(right.value.encapsulation, keybox.encapsulation) && equalBytes(right.value.box, keybox.box)
  );
}

/** 64 bytes that only who knows the secret can compute, another pair for every box. */
function encapsulationSeedOf(secret: EpochSecret, place: Uint8Array, kem: Uint8Array): Uint8Array {
  const half = (which: number): Uint8Array => kdf(secret, 'box-seed', concatBytes(Uint8Array.of(which), place, kem));
  return concatBytes(half(0), half(1));
}

function encapsulate(publicKey: Uint8Array, seed: Uint8Array): Result<{ ciphertext: Uint8Array; shared: Uint8Array }> {
  try {
    const { ciphertext, sharedSecret } = sodium.crypto_kem_xwing_enc_deterministic(publicKey, seed);
    return ok({ ciphertext, shared: sharedSecret });
  } catch {
    return fail('bad-box', 'recipient key');
  }
}

export function decapsulate(ciphertext: Uint8Array, secret: KemSecret): Result<Uint8Array> {
  try {
    return ok(sodium.crypto_kem_xwing_dec(ciphertext, secret));
  } catch {
    return fail('bad-box', 'encapsulation');
  }
}

function placeOf(space: SpaceId, epoch: EpochId, recipient: DeviceId): Uint8Array {
  return concatBytes(idToBytes(space), idToBytes(epoch), idToBytes(recipient));
}

function aadOf(place: Uint8Array): Uint8Array {
  return concatBytes(utf8(CONTEXTS.keybox), place);
}
