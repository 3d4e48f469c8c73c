/** When the words should be practised again: 90 days after the last time, or at once for who never did. */
import type { Secrets } from '../vault-secrets.ts';

export interface Rehearsal {
  readonly isDue: boolean;
  readonly wordCount: number;
}

const DAY_MS = 86_400_000;
const REHEARSE_EVERY_MS = 90 * DAY_MS;
export const REMIND_AGAIN_MS = 7 * DAY_MS;
/** Three words for each four bytes of entropy. */
const WORDS_PER_BYTE = 3 / 4;

export function rehearsalOf(secrets: Secrets | undefined, nowMs: number): Rehearsal {
  if (secrets === undefined) return { isDue: false, wordCount: 0 };
  const { rehearsedAt = 0, remindAfter = 0 } = secrets.waysBack ?? {};
  const isDue = secrets.areWordsConfirmed && nowMs >= Math.max(rehearsedAt + REHEARSE_EVERY_MS, remindAfter);
  return { isDue, wordCount: secrets.entropy.length * WORDS_PER_BYTE };
}
