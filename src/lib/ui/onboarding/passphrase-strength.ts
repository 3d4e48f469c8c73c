/**
 * A rough, honest judgement of a passphrase. Whoever holds the disk may guess offline against Argon2id (about 0.3 s a
 * guess on one core): below 40 bits is a matter of days for a farm, above 65 of centuries.
 */
export type Strength = 'empty' | 'weak' | 'fair' | 'good';

const FAIR_BITS = 40;
const GOOD_BITS = 55;

export function strengthOf(passphrase: string): Strength {
  if (passphrase === '') return 'empty';
  const bits = estimateBits(passphrase);
  if (bits < FAIR_BITS) return 'weak';
  return bits < GOOD_BITS ? 'fair' : 'good';
}

/**
 * Runs of letters count as words (about one in 2,000), digits as dates, and what comes twice counts once: so a capital
 * at the start and a year at the end do not make a password of one word strong.
 */
export function estimateBits(passphrase: string): number {
  const runs = new Set(passphrase.match(/\p{L}+|\p{N}+|[^\p{L}\p{N}]/gu) ?? []);
  let bits = 0;
  for (const run of runs) bits += bitsOfRun(run);
  return bits;
}

function bitsOfRun(run: string): number {
  const length = Math.min(Array.from(run).length, new Set(run).size * 2);
  if (/^\p{N}/u.test(run)) return length * 2.5;
  if (!/^\p{L}/u.test(run)) return 4;
  if (length <= 2) return length * 5.5;
  return Math.min(length * 3.3, 11 + Math.max(0, length - 9) * 3);
}
