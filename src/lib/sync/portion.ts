/** How much of a space the other side of a link may learn [S5]. What leaves a device is held against it entry by entry. */
import type { DeviceId } from '../foundation/ids.ts';

/**
 * `all`: an active device, a relay, a tab, a file. `ends`: where our chains end, so that it can serve us; nothing else.
 * A past: a device that was put out is told of it, and gets what stands before that word.
 */
export type Portion = 'all' | 'ends' | 'nothing' | RemovalPast;

export interface RemovalPast {
  /** Who was put out: what it wrote itself is no secret to it. */
  readonly device: DeviceId;
  /** Of each chain the last seq on which the removal rests; its own entry is the last of its author's. */
  readonly upTo: ReadonlyMap<DeviceId, number>;
}

/** The last seq of a chain that may be served: −1 for none, infinite for all of it. */
export function lastServed(portion: Portion, chain: DeviceId): number {
  if (portion === 'all') return Infinity;
  if (typeof portion === 'string') return -1;
  return chain === portion.device ? Infinity : (portion.upTo.get(chain) ?? -1);
}
