import { beforeEach, describe, expect, test } from 'vitest';
import type { SyncStatus } from '$lib/engine/engine.ts';
import type { SpaceId } from '$lib/foundation/ids.ts';
import { overwriteGetLocale } from '$lib/paraglide/runtime';
import { syncWords } from './sync-words.ts';

const status = (fields: Partial<SyncStatus>): SyncStatus => ({
  space: 's' as SpaceId,
  relay: 'connected',
  peers: 0,
  pending: 0,
  syncedAt: undefined,
  ...fields,
});
const short = (fields: Partial<SyncStatus>): string => syncWords(status(fields)).short;

describe('where the work is, in words', () => {
  beforeEach(() => overwriteGetLocale(() => 'fr'));

  test('"synchronised" is said only when a relay holds everything', () => {
    expect(short({})).toBe('Synchronisé');
    for (const relay of ['none', 'offline', 'connecting', 'refused'] as const)
      expect(short({ relay })).not.toBe('Synchronisé');
    expect(short({ pending: 1 })).toBe('1 modification en attente');
    expect(short({ pending: 3 })).toBe('3 modifications en attente');
  });

  test('offline is calm, and says that work goes on', () => {
    expect(syncWords(status({ relay: 'offline', pending: 3 }))).toMatchObject({ tone: 'offline', short: 'Hors ligne' });
    expect(syncWords(status({ relay: 'offline', pending: 3 })).lines).toContain('3 modifications en attente');
  });

  test('without a relay the device is named as the only place', () => {
    expect(short({ relay: 'none' })).toBe('Enregistré sur cet appareil');
    expect(syncWords(undefined).short).toBe('Enregistré sur cet appareil');
  });

  test('devices reached directly count when there is no relay', () => {
    expect(short({ relay: 'offline', peers: 2 })).toBe('Relié à 2 appareils');
  });
});
