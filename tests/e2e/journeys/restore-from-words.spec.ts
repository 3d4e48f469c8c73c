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
