/** [V1] Argon2id over the normalised passphrase. Parameters below the compiled floor are refused, whoever wrote them. */
import { utf8 } from '../foundation/bytes.ts';
import { fail, ok } from '../foundation/result.ts';
import type { Result } from '../foundation/result.ts';
import { kdf } from './kdf.ts';
import type { PassphraseKey } from './keys.ts';
import { sodium } from './sodium.ts';

export interface Argon2Cost {
  readonly memoryKiB: number;
  readonly passes: number;
}

const MIB = 1024;
export const DEFAULT_ARGON2_COST: Argon2Cost = { memoryKiB: 64 * MIB, passes: 3 };
export const FLOOR_ARGON2_COST: Argon2Cost = { memoryKiB: 46 * MIB, passes: 2 };
/** Above these a written vault would rather be an attempt to freeze the opener. */
const CEILING_ARGON2_COST: Argon2Cost = { memoryKiB: 1024 * MIB, passes: 64 };
export const PASSPHRASE_SALT_BYTES = 16;
const KEY_BYTES = 32;

export interface PassphraseSlot {
  readonly salt: Uint8Array;
  readonly cost: Argon2Cost;
  /** What this device's own key makes of the salt, so that a stolen record alone cannot be searched. */
  readonly pepper: Uint8Array;
}

/** KDF(Argon2id(NFKD(passphrase), salt, m, t), "vault-pass", pepper): 0.3–0.5 s at the default cost. */
export function derivePassphraseKey(passphrase: string, { salt, cost, pepper }: PassphraseSlot): Result<PassphraseKey> {
  const stretched = stretchPassphrase(passphrase, salt, cost);
  return stretched.ok ? ok(kdf(stretched.value, 'vault-pass', pepper) as PassphraseKey) : stretched;
}

export function stretchPassphrase(passphrase: string, salt: Uint8Array, cost: Argon2Cost): Result<Uint8Array> {
  if (!isWithinBounds(cost)) return fail('weak-parameters', 'Argon2id cost');
  if (salt.length !== PASSPHRASE_SALT_BYTES) return fail('malformed', 'salt length');
  const text = utf8(passphrase.normalize('NFKD'));
  const algorithm = sodium.crypto_pwhash_ALG_ARGON2ID13;
  return ok(sodium.crypto_pwhash(KEY_BYTES, text, salt, cost.passes, cost.memoryKiB * 1024, algorithm));
}

function isWithinBounds({ memoryKiB, passes }: Argon2Cost): boolean {
  return (
    Number.isSafeInteger(memoryKiB) &&
    Number.isSafeInteger(passes) &&
    memoryKiB >= FLOOR_ARGON2_COST.memoryKiB &&
    passes >= FLOOR_ARGON2_COST.passes &&
    memoryKiB <= CEILING_ARGON2_COST.memoryKiB &&
    passes <= CEILING_ARGON2_COST.passes
  );
}
