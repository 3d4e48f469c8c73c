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
/** What a passphrase should cost whoever made it; on a phone five times slower that is two seconds still. */
const AIM_MS = 400;
const MOST_PASSES = 12;
export const PASSPHRASE_SALT_BYTES = 16;
const KEY_BYTES = 32;

/** Argon2id(NFKD(passphrase), salt, m, t): 0.1 s of work or more at the defaults. Only ever in the engine worker. */
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

/**
 * [V1] The cost that takes this device about 0.4 s: more passes where it is quick, never less than the default where it
 * is slow or busy. `nowMs` is a stopwatch.
 */
export function calibratedParameters(nowMs: () => number): PassphraseParameters {
  const { memoryBytes, passes } = DEFAULT_PASSPHRASE_PARAMETERS;
  // Once for nothing: the first time, the memory is still being fetched.
  spend(memoryBytes, 1);
  const start = nowMs();
  spend(memoryBytes, passes);
  const affordable = Math.floor((passes * AIM_MS) / Math.max(1, nowMs() - start));
  return { memoryBytes, passes: Math.min(MOST_PASSES, Math.max(passes, affordable)) };
}

function spend(memoryBytes: number, passes: number): void {
  const [text, salt] = [new Uint8Array(KEY_BYTES), new Uint8Array(PASSPHRASE_SALT_BYTES)];
  sodium.crypto_pwhash(KEY_BYTES, text, salt, passes, memoryBytes, sodium.crypto_pwhash_ALG_ARGON2ID13);
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
