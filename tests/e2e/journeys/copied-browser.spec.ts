/** [C2] A browser's profile is copied, both are written in, and the copy meets the world again. */
import { expect, test } from '../support/journey.ts';
import { OwnBrowser } from '../support/own-browser.ts';
import { Person } from '../support/person.ts';

test('[C2] Alice’s browser is put back from a copy and written in offline: she is told, one press later she writes on, and her lost paragraph comes back', async ({
  relay,
  meet,
  launchOptions,
}) => {
  test.slow();
  const browser = new OwnBrowser(launchOptions);
  let alice = await Person.inContext('Alice', await browser.start(), relay.url);
  await alice.begin();
  await alice.newPage('Minutes');
  await alice.write('The dam is dry.\n');
  await alice.newBoard('Repairs');
  await alice.addTask('Sweep the spillway');
  const space = alice.spacePath();
  await alice.expectSynced();
  await alice.expectAppKept();
  await alice.writeWordsDown();
  const bob = await meet('Bob');
  await bob.join(await alice.invite(space, 'Editor'));
  await bob.openPage('Minutes');
  await expect(bob.text).toContainText('The dam is dry.');
  await alice.expectSynced();
  alice.watch.expectQuiet();
  const copy = await browser.copy();

  alice = await Person.inContext('Alice', await browser.start(), relay.url);
  await alice.openPage('Minutes');
  await alice.write('Written after the copy was made.\n');
  await alice.expectSynced();
  await expect(bob.text).toContainText('Written after the copy was made.');
  alice.watch.expectQuiet();
  await browser.dispose();

  await relay.kill();
  alice = await Person.inContext('Alice', await copy.start(), relay.url);
  await alice.openPage('Minutes');
  await alice.write('Only this browser has this.\n');
  await alice.expectSaved();
  await alice.openBoard('Repairs');
  await alice.addTask('Grease the gate');
  await alice.expectSaved();
  await relay.restart();

  const renew = alice.page.getByRole('button', { name: 'Go on with new keys' });
  await expect(renew).toBeVisible({ timeout: 60_000 });
  await alice.openPage('Minutes');
  await expect(alice.text).toHaveAttribute('contenteditable', 'false');
  await renew.click();
  await expect(alice.text).toContainText('Written after the copy was made.', { timeout: 60_000 });
  await expect(alice.text).not.toContainText('Only this browser has this.');
  await expect(alice.text).toHaveAttribute('contenteditable', 'true', { timeout: 60_000 });
  await alice.write('And on.\n');
  await expect(bob.text).toContainText('And on.', { timeout: 30_000 });

  await alice.page.getByRole('link', { name: 'See it' }).click();
  const minutes = alice.page.getByRole('article', { name: 'Minutes' });
  await expect(minutes).toContainText('Only this browser has this.');
  await expect(minutes).not.toContainText('The dam is dry.');
  await minutes.getByRole('button', { name: 'Put it back' }).click();
  await expect(minutes).toHaveCount(0);
  await expect(bob.text).toContainText('Only this browser has this.');
  const repairs = alice.page.getByRole('article', { name: 'Repairs' });
  await repairs.getByRole('button', { name: 'Put it back' }).click();
  await expect(alice.page.getByRole('heading', { name: 'Nothing is missing' })).toBeVisible();
  await bob.openBoard('Repairs');
  await expect(bob.task('Grease the gate')).toBeVisible();
  await alice.openPage('Minutes');
  await expect(alice.text).toContainText('Only this browser has this.');
  await alice.expectSynced();
  await expect(alice.page.getByRole('link', { name: 'See it' })).toHaveCount(0);
  alice.watch.expectQuiet();
  await copy.dispose();
});
