/**
 * Brings one listener up to date with one space: everything it lacks, in the order in which the relay learned it, so that
 * causes mostly precede effects [S2]. Meanwhile the listener gets nothing live; at the end it has everything.
 */
import type { DeviceId, SpaceId } from '../../src/lib/foundation/ids.ts';
import type { FrontierChain, Interval } from '../../src/lib/protocol/sync-frames.ts';
import type { ChainHead, EnvelopeStore, StoredEnvelope } from './envelope-store.ts';

const READ_ENTRIES = 32;

export interface CatchUp {
  readonly space: SpaceId;
  /** Chain by chain, the last seq the listener holds. */
  readonly held: Map<DeviceId, number>;
  nextArrival: number;
  /** The last arrival that the listener may read. */
  until: number;
}

/** Undefined when the listener lacks nothing that is committed. */
export function planCatchUp(
  store: EnvelopeStore,
  space: { readonly id: SpaceId; readonly heads: ReadonlyMap<DeviceId, ChainHead> },
  frontier: readonly FrontierChain[],
  until = Infinity,
): CatchUp | undefined {
  const held = new Map(frontier.map((chain) => [chain.device, heldUpTo(chain.intervals)]));
  let nextArrival = Infinity;
  for (const [key, head] of space.heads) {
    const fromSeq = (held.get(key) ?? -1) + 1;
    if (fromSeq > head.seq) continue;
    const [first] = store.read({ by: 'chain', space: space.id, key, fromSeq, toSeq: fromSeq, limit: 1 });
    if (first !== undefined) nextArrival = Math.min(nextArrival, first.arrival);
  }
  return nextArrival === Infinity ? undefined : { space: space.id, held, nextArrival, until };
}

/** The next entries to send, and whether that was all. */
export function nextOfCatchUp(
  store: EnvelopeStore,
  catchUp: CatchUp,
): { readonly entries: readonly StoredEnvelope[]; readonly isDone: boolean } {
  const { space, held, nextArrival, until } = catchUp;
  const range = { fromArrival: nextArrival, untilArrival: until };
  const found = store.read({ by: 'arrival', space, ...range, limit: READ_ENTRIES });
  const last = found.at(-1);
  if (last !== undefined) catchUp.nextArrival = last.arrival + 1;
  const entries = found.filter(({ key, seq }) => seq > (held.get(key) ?? -1));
  return { entries, isDone: found.length < READ_ENTRIES };
}

/** Chains are dense: only what is held from the start counts. */
function heldUpTo(intervals: readonly Interval[]): number {
  const [first] = intervals;
  return first?.[0] === 0 ? first[1] : -1;
}
