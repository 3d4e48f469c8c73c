import { expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import QrCode from './QrCode.svelte';

// As when the app is offline and this part of it was never fetched.
vi.mock('qr', () => {
  throw new TypeError('Failed to fetch dynamically imported module');
});

test('a QR code whose part of the app is missing is said to be, in its place', async () => {
  await render(QrCode, { text: 'https://archipel.test/j#x', label: 'QR code' });
  await expect.element(page.getByRole('status')).toBeVisible();
  await expect.element(page.getByRole('img')).not.toBeInTheDocument();
});
