/** Seeded ids for the frozen vectors. */
import { idFromBytes } from '../../src/lib/foundation/ids.ts';
import type { IdName } from '../../src/lib/foundation/ids.ts';
import type { Random } from '../../src/lib/foundation/random.ts';

/** Name → hex, or plain text where the format is text. */
export type Vectors = Readonly<Record<string, string>>;

export function someId<N extends IdName>(name: N, random: Random): ReturnType<typeof idFromBytes<N>> {
  const isShort = ['MemberId', 'DocumentId', 'DocumentTag', 'InviteId', 'ActorId'].includes(name);
  return idFromBytes(name, random.bytes(isShort ? 16 : 32));
}

export function sortedIds<N extends IdName>(
  name: N,
  count: number,
  random: Random,
): ReturnType<typeof idFromBytes<N>>[] {
  return Array.from({ length: count }, () => someId(name, random)).sort();
}
