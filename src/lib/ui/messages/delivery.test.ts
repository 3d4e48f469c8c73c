import { expect, test } from 'vitest';
import type { SyncStatus } from '../../engine/engine.ts';
import type { SpaceId } from '../../foundation/ids.ts';
import { deliveryOf } from './delivery.ts';

const status = (fields: Partial<SyncStatus>): SyncStatus => ({
  space: 's' as SpaceId,
  relay: 'connected',
  peers: 0,
  pending: 0,
  syncedAt: undefined,
  ...fields,
});

test('a message from before the last full sync is said to be sent', () => {
  expect(deliveryOf(10, status({ syncedAt: 10 }))).toBe('sent');
});
test('a later one waits while something waits', () => {
  expect(deliveryOf(11, status({ syncedAt: 10, pending: 1, relay: 'offline' }))).toBe('waiting');
});
test('nothing is said where nothing is known', () => {
  expect(deliveryOf(11, undefined)).toBe('unknown');
  expect(deliveryOf(11, status({ relay: 'none', pending: 4 }))).toBe('unknown');
  expect(deliveryOf(11, status({ syncedAt: 10, pending: 0 }))).toBe('unknown');
});
