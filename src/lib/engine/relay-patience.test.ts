import { expect, it } from 'vitest';
import { RELAY_SILENCE_MS, SILENCE_MS } from '../sync/limits.ts';
import { RelayPatience } from './relay-patience.ts';

it('[S3] waits longer where a silent relay answers again at once, and not where it was out of reach', () => {
  const patience = new RelayPatience();
  let nowMs = 0;
  const fallSilent = (livedMs: number): void => patience.end((nowMs += livedMs), 'timeout');
  const returnAfter = (ms: number): number => patience.begin((nowMs += ms));

  expect(returnAfter(0)).toBe(RELAY_SILENCE_MS);
  fallSilent(30_000);
  expect(returnAfter(60_000)).toBe(RELAY_SILENCE_MS);
  fallSilent(30_000);
  for (const longer of [2 * RELAY_SILENCE_MS, 4 * RELAY_SILENCE_MS, SILENCE_MS]) {
    expect(returnAfter(500)).toBe(longer);
    fallSilent(70_000);
  }
  // It worked for long, and was closed as a session ends.
  returnAfter(500);
  patience.end((nowMs += 600_000), undefined);
  expect(returnAfter(500)).toBe(RELAY_SILENCE_MS);
});
