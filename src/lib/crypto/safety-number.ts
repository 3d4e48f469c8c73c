/**
 * Safety numbers [I6]: 60 digits that two people compare once. Both see the same digits, whoever asks; half of them
 * belong to each person, so a changed key changes its half.
 */
import { concatBytes } from '../foundation/bytes.ts';
import { idToBytes } from '../foundation/ids.ts';
import type { IdentityKey } from '../foundation/ids.ts';
import { CONTEXTS } from '../protocol/contexts.ts';
import { hash } from './kdf.ts';

const GROUPS_EACH = 6;
const GROUP_DIGITS = 5;
const BYTES_PER_GROUP = 5;
/** Makes a search for a key with a look-alike number cost 2¹² hashes a try. */
const ROUNDS = 4096;

/** Twelve groups of five digits. */
export function safetyNumberOf(one: IdentityKey, other: IdentityKey): readonly string[] {
  const [first, second] = one < other ? [one, other] : [other, one];
  return [...groupsOf(first), ...groupsOf(second)];
}

function groupsOf(identity: IdentityKey): readonly string[] {
  const key = idToBytes(identity);
  let digest = hash(CONTEXTS.safetyNumber, key);
  for (let round = 1; round < ROUNDS; round++) digest = hash(CONTEXTS.safetyNumber, concatBytes(digest, key));
  return Array.from({ length: GROUPS_EACH }, (_, i) =>
    groupOf(digest.subarray(i * BYTES_PER_GROUP, (i + 1) * BYTES_PER_GROUP)),
  );
}

function groupOf(bytes: Uint8Array): string {
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return String(value % 10 ** GROUP_DIGITS).padStart(GROUP_DIGITS, '0');
}
