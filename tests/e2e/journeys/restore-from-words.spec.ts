import { expect, test } from '../support/journey.ts';

test('Alice loses her computer and gets everything back from her words alone, in a blank browser', async ({
  meet,
  relay,
}) => {
  const alice = await meet('Alice');
  await alice.begin();
  await alice.newPage('Minutes');
  await alice.write('The dam is dry.');
  await alice.newBoard('Repairs');
  await alice.addTask('Sweep the spillway');
  await alice.newSpace('Neighbours');
  await alice.newChannel('Site');
  await alice.say('Good morning from the dam');
  await alice.expectSynced();
  const words = await alice.writeWordsDown();
  expect(words).toHaveLength(12);
  await alice.open('/');
  await alice.expectSynced();
  await alice.page.close();

  const again = await meet('Alice, in a blank browser');
  await again.page.getByRole('link', { name: 'I already have spaces' }).click();
  await expect(again.page.getByLabel('Relay address')).toHaveValue(relay.url);
  const field = again.page.getByLabel('Your words, in order');
  const restore = again.page.getByRole('button', { name: 'Get my spaces back' });

  // No word of any list: another word of the list would pass the checksum one time in sixteen.
  await field.fill([...words.slice(0, 11), 'zebrure'].join(' '));
  await restore.click();
  await expect(again.page.getByRole('alert')).toHaveText('These words do not match. Check their spelling and order.');

  await field.fill(words.join('  ').toUpperCase());
  await restore.click();
  await expect(again.page.getByRole('region', { name: 'Pages' })).toBeVisible({ timeout: 30_000 });
  await again.chooseSpace('My space');
  await again.openBoard('Repairs');
  await expect(again.task('Sweep the spillway')).toBeVisible();
  await again.openPage('Minutes');
  await expect(again.text).toHaveText('The dam is dry.');
  await again.chooseSpace('Neighbours');
  await again.openChannel('Site');
  await expect(again.message('Good morning from the dam')).toBeVisible();

  // She goes on as before.
  await again.say('Back again');
  await again.chooseSpace('My space');
  await again.openPage('Minutes');
  await again.write(' It rains.');
  await again.expectSaved();
  await again.expectSynced();
  await again.page.reload();
  await expect(again.text).toHaveText('The dam is dry. It rains.');
});

test('[V4] Alice, who was also invited by Bob, loses everything: her words bring every space back, his among them', async ({
  meet,
}) => {
  const bob = await meet('Bob');
  await bob.begin();
  await bob.newSpace('East Dam');
  await bob.newPage('Plans');
  await bob.write('By Bob.');
  await bob.expectSaved();
  const theirs = bob.spacePath();
  await bob.writeWordsDown();
  const link = await bob.invite(theirs);

  const alice = await meet('Alice');
  await alice.join(link);
  await alice.openPage('Plans');
  await expect(alice.text).toHaveText('By Bob.');
  await alice.newSpace('Neighbours');
  await alice.newChannel('Site');
  await alice.say('Good morning from the dam');
  await alice.newSpace('Family');
  await alice.newBoard('Chores');
  await alice.addTask('Sweep');
  const words = await alice.writeWordsDown();
  await alice.open('/');
  await alice.expectSynced();
  await alice.page.close();

  const again = await meet('Alice, in a blank browser');
  await again.page.getByRole('link', { name: 'I already have spaces' }).click();
  await again.page.getByLabel('Your words, in order').fill(words.join(' '));
  await again.page.getByRole('button', { name: 'Get my spaces back' }).click();
  await expect(again.page.getByRole('region', { name: 'Pages' })).toBeVisible({ timeout: 30_000 });
  await again.chooseSpace('Neighbours');
  await again.openChannel('Site');
  await expect(again.message('Good morning from the dam')).toBeVisible();
  await again.chooseSpace('Family');
  await again.openBoard('Chores');
  await expect(again.task('Sweep')).toBeVisible();
  await again.chooseSpace('East Dam');
  await again.openPage('Plans');
  await expect(again.text).toHaveText('By Bob.');
  await expect(again.page.getByText('Read only for now')).toBeHidden({ timeout: 60_000 });
  await again.write(' And by Alice.');
  await bob.open(theirs);
  await bob.openPage('Plans');
  await expect(bob.text).toHaveText('By Bob. And by Alice.', { timeout: 30_000 });
});
