/** What can honestly be said about where an own message is: nothing, unless sync says it. */
import type { SyncStatus } from '$lib/engine/engine.ts';

export type Delivery = 'waiting' | 'sent' | 'unknown';

export function deliveryOf(sentAt: number, status: SyncStatus | undefined): Delivery {
  if (status === undefined || (status.relay === 'none' && status.peers === 0 && status.syncedAt === undefined))
    return 'unknown';
  if (status.syncedAt !== undefined && status.syncedAt >= sentAt) return 'sent';
  return status.pending > 0 ? 'waiting' : 'unknown';
}
