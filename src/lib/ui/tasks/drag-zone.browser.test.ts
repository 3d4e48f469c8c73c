import { expect, test, vi } from 'vitest';
import { dragZone } from './drag-zone.ts';

// As when the app is offline and this part of it was never fetched.
vi.mock('svelte-dnd-action', () => {
  throw new TypeError('Failed to fetch dynamically imported module');
});

// A rejection that nobody handles would fail the run.
test('a board whose dragging cannot be fetched has none, and no fault is told', async () => {
  const zone = dragZone(document.createElement('ul'), { items: [] });
  await expect(import('svelte-dnd-action')).rejects.toThrow();
  expect(() => {
    zone.update?.({ items: [] });
    zone.destroy?.();
  }).not.toThrow();
});
