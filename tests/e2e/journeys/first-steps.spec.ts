import type { Page } from '@playwright/test';
import { expect, test } from '../support/journey.ts';

test('Alice starts with no account, writes a page, a task and a message, reloads, and all is still there', async ({
  meet,
}) => {
  const alice = await meet('Alice');
  await alice.begin();
  await alice.newPage('Minutes');
  await alice.write('# Agenda\nThe **dam** is dry\n- pump\nvalve');
  await expect(alice.text.getByRole('heading', { name: 'Agenda' })).toBeVisible();
  await expect(alice.text.locator('strong')).toHaveText('dam');
  await alice.expectSaved();
  await alice.newBoard('Repairs');
  await alice.addTask('Sweep the spillway');
  await alice.newChannel('Site');
  await alice.say('Good morning from the dam');
  await alice.expectSynced();

  await alice.page.reload();
  await expect(alice.message('Good morning from the dam')).toBeVisible();
  await alice.openBoard('Repairs');
  await expect(alice.task('Sweep the spillway')).toBeVisible();
  await alice.openPage('Minutes');
  await expect(alice.text).toContainText('The dam is dry');
  await expect(alice.text).toContainText('valve');
});

test('[V4] Alice invites Bob by link once the browser was asked to keep what is here; both see each other’s edits and cursors', async ({
  meet,
}) => {
  const alice = await meet('Alice');
  const requests = await countRequestsToPersist(alice.page);
  await alice.begin();
  expect(await requests()).toBe(0);
  await alice.newPage('Minutes');
  await alice.write('Written by Alice.');
  await alice.expectSaved();
  const space = alice.spacePath();
  await alice.writeWordsDown();
  await expect.poll(requests).toBe(1);
  const link = await alice.invite(space);

  const bob = await meet('Bob');
  await bob.join(link);
  await bob.openPage('Minutes');
  await expect(bob.text).toContainText('Written by Alice.');
  await alice.openPage('Minutes');
  await bob.write(' And by Bob.');
  await expect(alice.text).toContainText('And by Bob.');
  await expect(alice.text.getByText('Bob', { exact: true })).toBeVisible();
  await alice.write(' Thanks.');
  await expect(bob.text).toContainText('Thanks.');
  await expect(bob.text.getByText('Alice', { exact: true })).toBeVisible();
});

/** How often a page asked its browser to keep the storage, over reloads; the browser itself answers. */
async function countRequestsToPersist(page: Page): Promise<() => Promise<number>> {
  let requests = 0;
  await page.exposeFunction('countRequestToPersist', () => requests++);
  await page.addInitScript(() => {
    const persist = navigator.storage.persist.bind(navigator.storage);
    navigator.storage.persist = () => {
      (globalThis as unknown as { countRequestToPersist: () => void }).countRequestToPersist();
      return persist();
    };
  });
  await page.reload();
  return () => Promise.resolve(requests);
}
