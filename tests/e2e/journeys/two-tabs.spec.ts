import { expectSameText } from '../support/gathering.ts';
import { expect, test } from '../support/journey.ts';
import { Person } from '../support/person.ts';

/** Two tabs write into one page and one board, see each other, and after a reload both show the same. */
async function editInTwoTabs(first: Person): Promise<Person> {
  await first.begin();
  await first.newBoard('Repairs');
  await first.newPage('Minutes');
  await first.write('The dam is dry.');
  await first.expectSynced();
  const second = await first.inSecondTab();
  await expect(second.text).toContainText('The dam is dry.');

  await first.write(' From the first tab.');
  await expect(second.text).toContainText('From the first tab.');
  await second.write(' From the second.');
  await expect(first.text).toContainText('From the second.');
  // Both at the same moment, at two places of the same paragraph.
  await first.text.press('Control+Home');
  await second.text.press('Control+End');
  await Promise.all([first.page.keyboard.type('Notes. '), second.page.keyboard.type(' And more.')]);
  const written = ['Notes. The dam is dry. From the first tab. From the second. And more.'];
  await expect.poll(() => first.paragraphs()).toEqual(written);
  await expect.poll(() => second.paragraphs()).toEqual(written);

  await second.openBoard('Repairs');
  await second.addTask('Sweep the spillway');
  await first.openBoard('Repairs');
  await expect(first.task('Sweep the spillway')).toBeVisible();
  await first.addTask('Oil the gate');
  await expect(second.task('Oil the gate')).toBeVisible();
  await second.changeTask('Oil the gate', { title: 'Oil the gates', status: 'In progress' });
  await expect(first.task('Oil the gates')).toBeVisible();

  for (const tab of [first, second]) await tab.expectSynced();
  for (const tab of [first, second]) {
    await tab.page.reload();
    await expect(tab.task('Oil the gates')).toBeVisible();
    expect(await tab.tasksIn('To do')).toEqual(['Sweep the spillway']);
    expect(await tab.tasksIn('In progress')).toEqual(['Oil the gates']);
  }
  for (const tab of [first, second]) await tab.openPage('Minutes');
  expect(await expectSameText(first, second)).toEqual(written);
  // A log that forked would be told, and a relay would not take what follows.
  for (const tab of [first, second]) {
    await tab.expectSynced();
    await tab.expectCalm();
  }
  return second;
}

test('Alice works in two tabs at once: each sees the other’s edits, and both are the same after a reload', async ({
  meet,
}) => {
  test.slow();
  await editInTwoTabs(await meet('Alice'));
});

test('the same in a browser without SharedWorker; the tab whose engine runs is closed, and the other goes on', async ({
  browser,
  relay,
}) => {
  test.slow();
  const alice = await Person.meet('Alice', { browser, url: relay.url, lacks: ['SharedWorker'] });
  const second = await editInTwoTabs(alice);

  await second.write(' Before.');
  await expect(alice.text).toContainText('Before.');
  await alice.page.close();
  await second.write(' After.');
  await second.expectSynced();
  await second.openBoard('Repairs');
  await second.addTask('Paint the railing');
  await second.expectSynced();

  const third = await second.inSecondTab();
  await expect(third.task('Paint the railing')).toBeVisible();
  await third.addTask('Count the sandbags');
  await expect(second.task('Count the sandbags')).toBeVisible();
  await second.page.reload();
  await second.openPage('Minutes');
  await expect(second.text).toContainText('Before. After.');
  await second.expectSynced();
  await second.expectCalm();
  await second.leave();
});
