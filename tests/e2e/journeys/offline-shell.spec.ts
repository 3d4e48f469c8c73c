import type { Page } from '@playwright/test';
import { expect, test } from '../support/journey.ts';
import { makeNewerBuild, NEWER_MARK } from '../support/other-build.ts';
import type { Person } from '../support/person.ts';

test('Alice’s app opens after the server is gone: reload, deep link, and she goes on writing', async ({
  meet,
  relay,
}) => {
  const alice = await meet('Alice');
  await alice.begin();
  await alice.newPage('Minutes');
  await alice.write('The dam is dry.');
  await alice.newBoard('Repairs');
  await alice.addTask('Sweep the spillway');
  const board = alice.page.url();
  await alice.openPage('Minutes');
  await expectShellKept(alice);

  await relay.kill();
  await alice.page.reload();
  await expect(alice.text).toHaveText('The dam is dry.');
  await alice.write(' Written with no server.');
  await alice.expectSaved();
  await expect(alice.page.getByRole('button', { name: /Offline|waiting/ })).toBeVisible();

  const deep = await alice.context.newPage();
  await deep.goto(board);
  await expect(deep.getByText('Sweep the spillway')).toBeVisible();
  await deep.close();
  await alice.page.reload();
  await expect(alice.text).toHaveText('The dam is dry. Written with no server.');
});

test('A new version waits, is announced in every tab, and comes in at Alice’s word without losing what two tabs hold', async ({
  meet,
  relay,
}) => {
  const newer = makeNewerBuild();
  try {
    const alice = await meet('Alice');
    await alice.begin();
    await alice.newPage('Minutes');
    await alice.write('First tab.');
    const minutes = alice.page.url();
    await alice.newPage('Log');
    await alice.write('Second tab.');
    await alice.expectSaved();
    await expectShellKept(alice);
    const second = await alice.newTab();
    await alice.page.goto(minutes);
    await expect(alice.text).toHaveText('First tab.');

    await relay.kill('SIGTERM');
    relay.serve(newer.folder);
    await relay.restart();
    await alice.page.reload();
    for (const page of [alice.page, second]) {
      await expect(page.getByText('A new version is ready.')).toBeVisible();
      await expect(page.locator(`meta[content="${NEWER_MARK}"]`)).toHaveCount(0);
    }
    // Nothing changes before she says so, and her tabs are not reloaded under her hands.
    const log = second.getByRole('textbox', { name: 'Page text' });
    await log.click();
    await second.keyboard.press('Control+End');
    await second.keyboard.type(' Typed just before.');
    await alice.write(' Typed at the last moment.');
    await alice.page.getByRole('button', { name: 'Update', exact: true }).click();

    await expectNewer(alice.page);
    await expectNewer(second);
    await expect(alice.text).toHaveText('First tab. Typed at the last moment.');
    await expect(log).toHaveText('Second tab. Typed just before.');
  } finally {
    newer.dispose();
  }
});

/** The service worker has everything that the app needs, and serves this page. */
async function expectShellKept({ page }: Person): Promise<void> {
  await expect
    .poll(() => page.evaluate(() => navigator.serviceWorker.controller?.state), { timeout: 30_000 })
    .toBe('activated');
}

async function expectNewer(page: Page): Promise<void> {
  await expect(page.locator(`meta[content="${NEWER_MARK}"]`)).toHaveCount(1);
  await expect(page.getByText('A new version is ready.')).toHaveCount(0);
}
