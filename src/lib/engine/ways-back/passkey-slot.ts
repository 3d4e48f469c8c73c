/**
 * The slot that a passkey opens: KEK = KDF(WebAuthn PRF output, "vault-prf", rpId ‖ credential id). The page asks the
 * authenticator and hands the output over; both sides zero it. Such a slot is only ever an additional one.
 */
import { concatBytes, utf8 } from '../../foundation/bytes.ts';
import type { Random } from '../../foundation/random.ts';
import { fail, type Result } from '../../foundation/result.ts';
import { aeadOpen, aeadSeal } from '../../crypto/aead.ts';
import { kdf } from '../../crypto/kdf.ts';
import type { VaultKey } from '../../crypto/keys.ts';
import { NONCE_BYTES } from '../../protocol/envelope.ts';
import { slotAad, type PasskeyPlace, type VaultSlot } from '../vault-record.ts';

/** What the authenticator answered. `output` belongs to the callee, which zeroes it. */
export interface PasskeyOutput {
  readonly credentialId: Uint8Array;
  readonly output: Uint8Array;
}

export const PRF_OUTPUT_BYTES = 32;

export function makePasskeySlot(
  vault: { readonly vaultId: Uint8Array; readonly key: VaultKey },
  passkey: { readonly place: PasskeyPlace; readonly salt: Uint8Array; readonly output: Uint8Array },
  random: Random,
): VaultSlot {
  const { place, salt, output } = passkey;
  const nonce = random.bytes(NONCE_BYTES);
  const slot = { type: 'prf', memoryBytes: 0, passes: 0, salt, nonce, passkey: place } as const;
  return {
    ...slot,
    wrap: aeadSeal(vault.key, { key: wrappingKey(place, output), nonce, aad: slotAad(vault.vaultId, slot) }),
  };
}

export function openPasskeySlot(vaultId: Uint8Array, slot: VaultSlot, output: Uint8Array): Result<Uint8Array> {
  if (slot.passkey === undefined || output.length !== PRF_OUTPUT_BYTES) return fail('passkey-refused');
  const key = wrappingKey(slot.passkey, output);
  const opened = aeadOpen(slot.wrap, { key, nonce: slot.nonce, aad: slotAad(vaultId, slot) });
  return opened.ok ? opened : fail('passkey-refused');
}

function wrappingKey({ rpId, credentialId }: PasskeyPlace, output: Uint8Array): Uint8Array {
  return kdf(output, 'vault-prf', concatBytes(utf8(rpId), credentialId));
}
