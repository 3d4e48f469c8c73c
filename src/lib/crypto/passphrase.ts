/** [V1] Argon2id over the normalised passphrase. Parameters below the compiled floor are refused, whoever wrote them. */
import { utf8 } from '../foundation/bytes.ts';
import { fail, ok } from '../foundation/result.ts';
import type { Result } from '../foundation/result.ts';
import type { PassphraseKey } from './keys.ts';
import { sodium } from './sodium.ts';

export interface PassphraseParameters {
  readonly memoryBytes: number;
  readonly passes: number;
}

const MIB = 2 ** 20;
export const DEFAULT_PASSPHRASE_PARAMETERS: PassphraseParameters = { memoryBytes: 64 * MIB, passes: 3 };
export const FLOOR_PASSPHRASE_PARAMETERS: PassphraseParameters = { memoryBytes: 46 * MIB, passes: 2 };
/** Above these a written vault would rather be an attempt to freeze the opener. */
const CEILING: PassphraseParameters = { memoryBytes: 1024 * MIB, passes: 64 };
export const PASSPHRASE_SALT_BYTES = 16;
const KEY_BYTES = 32;

/** Argon2id(NFKD(passphrase), salt, m, t): 0.3–0.5 s of work at the defaults. Only ever in the engine worker. */
export function passphraseKey(
  passphrase: string,
  salt: Uint8Array,
  parameters: PassphraseParameters,
): Result<PassphraseKey> {
  if (!isWithinBounds(parameters)) return fail('weak-parameters', 'Argon2id parameters');
  if (salt.length !== PASSPHRASE_SALT_BYTES) return fail('malformed', 'salt length');
  const text = utf8(passphrase.normalize('NFKD'));
  const { memoryBytes, passes } = parameters;
  const key = sodium.crypto_pwhash(KEY_BYTES, text, salt, passes, memoryBytes, sodium.crypto_pwhash_ALG_ARGON2ID13);
  return ok(key as PassphraseKey);
}

function isWithinBounds({ memoryBytes, passes }: PassphraseParameters): boolean {
  return (
    Number.isSafeInteger(memoryBytes) &&
    Number.isSafeInteger(passes) &&
    memoryBytes >= FLOOR_PASSPHRASE_PARAMETERS.memoryBytes &&
    passes >= FLOOR_PASSPHRASE_PARAMETERS.passes &&
    memoryBytes <= CEILING.memoryBytes &&
    passes <= CEILING.passes
  );
}
