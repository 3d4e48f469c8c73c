/** Seals a letter for single devices of a space: one encapsulation, one key, one box for each, bound to space and device. */
import { concatBytes, utf8 } from '../foundation/bytes.ts';
import { idToBytes, type DeviceId, type SpaceId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import { CONTEXTS } from '../protocol/contexts.ts';
import type { DeviceKeys } from '../protocol/membership-op.ts';
import { pad, unpad } from '../protocol/padding.ts';
import type { SealedLetter } from '../protocol/space-letter.ts';
import { aeadOpen, aeadSeal, ONE_USE_NONCE } from './aead.ts';
import { kdf } from './kdf.ts';
import { decapsulate, encapsulateFor } from './kem.ts';
import type { KemSecret } from './keys.ts';

/** An offer and a claim look alike from outside. */
const MIN_PADDED_BYTES = 4096;

export function sealSpaceLetter(
  letter: Uint8Array,
  recipient: DeviceKeys,
  { space, random }: { readonly space: SpaceId; readonly random: Random },
): Result<SealedLetter> {
  const made = encapsulateFor(recipient.kem, random);
  if (!made.ok) return made;
  const { ciphertext, shared } = made.value;
  const place = placeOf(space, recipient.device);
  const box = aeadSeal(pad(letter, MIN_PADDED_BYTES), {
    key: kdf(shared, 'letter', place),
    nonce: ONE_USE_NONCE,
    aad: concatBytes(utf8(CONTEXTS.letter), place),
  });
  return ok({ encapsulation: ciphertext, box });
}

/** Fails for every device but the one it was sealed for. */
export function openSpaceLetter(
  sealed: SealedLetter,
  { space, device, kem }: { readonly space: SpaceId; readonly device: DeviceId; readonly kem: KemSecret },
): Result<Uint8Array> {
  const shared = decapsulate(sealed.encapsulation, kem);
  if (!shared.ok) return shared;
  const place = placeOf(space, device);
  const opened = aeadOpen(sealed.box, {
    key: kdf(shared.value, 'letter', place),
    nonce: ONE_USE_NONCE,
    aad: concatBytes(utf8(CONTEXTS.letter), place),
  });
  return opened.ok ? unpad(opened.value, MIN_PADDED_BYTES) : fail('bad-seal');
}

function placeOf(space: SpaceId, device: DeviceId): Uint8Array {
  return concatBytes(idToBytes(space), idToBytes(device));
}
