import { expect, test } from '../support/journey.ts';

const PASSPHRASE = 'spillway gravel heron lantern';

test('Alice sets a passphrase, locks, mistypes, unlocks, and is asked again after a reload', async ({ meet }) => {
  const alice = await meet('Alice');
  await alice.begin();
  await alice.newPage('Minutes');
  await alice.write('The dam is dry.');
  await alice.expectSaved();
  const place = new URL(alice.page.url()).pathname;

  await alice.choosePassphrase(PASSPHRASE);
  await alice.page.getByRole('button', { name: 'Lock now' }).click();
  const locked = alice.page.getByRole('heading', { name: 'Archipel is locked' });
  await expect(locked).toBeVisible();
  await alice.open(place);
  await expect(locked).toBeVisible();
  await expect(alice.page.getByText('The dam is dry.')).toHaveCount(0);

  await alice.unlock('spillway gravel heron lamp');
  await expect(alice.page.getByRole('alert')).toHaveText('That is not the passphrase. Check capitals and keyboard.');
  await expect(locked).toBeVisible();
  await alice.unlock(PASSPHRASE);
  await expect(alice.text).toHaveText('The dam is dry.');
  await alice.write(' It rains.');
  await alice.expectSaved();

  await alice.page.reload();
  await expect(locked).toBeVisible();
  await alice.unlock(PASSPHRASE);
  await expect(alice.text).toHaveText('The dam is dry. It rains.');
});
