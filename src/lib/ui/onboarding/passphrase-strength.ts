/**
 * A rough, honest judgement of a passphrase. Whoever holds the disk may guess offline against Argon2id (about 0.3 s a
 * guess on one core): below 40 bits is a matter of days for a farm, above 65 of centuries.
 */
export type Strength = 'empty' | 'weak' | 'fair' | 'good';

const BITS_PER_WORD = 11;
const FAIR_BITS = 40;
const GOOD_BITS = 60;

export function strengthOf(passphrase: string): Strength {
  if (passphrase === '') return 'empty';
  const bits = estimateBits(passphrase);
  if (bits < FAIR_BITS) return 'weak';
  return bits < GOOD_BITS ? 'fair' : 'good';
}

/** Never more than the text could hold: words count as words, and a repeated character as nothing. */
export function estimateBits(passphrase: string): number {
  const words = new Set(
    passphrase
      .toLowerCase()
      .split(/[\s\-_.,]+/u)
      .filter((word) => word.length > 2),
  );
  const distinct = new Set(passphrase).size;
  const alphabet = alphabetOf(passphrase);
  const byCharacters = Math.min([...passphrase].length, distinct * 1.5) * Math.log2(alphabet) * 0.7;
  return words.size > 1 ? Math.min(byCharacters, words.size * BITS_PER_WORD + 6) : byCharacters;
}

function alphabetOf(text: string): number {
  let size = 0;
  if (/\p{Ll}/u.test(text)) size += 26;
  if (/\p{Lu}/u.test(text)) size += 26;
  if (/\p{N}/u.test(text)) size += 10;
  if (/[^\p{L}\p{N}]/u.test(text)) size += 20;
  return Math.max(size, 2);
}
