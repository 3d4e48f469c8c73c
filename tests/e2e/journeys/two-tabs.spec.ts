import { expectSameText } from '../support/gathering.ts';
import { expect, test } from '../support/journey.ts';
import { makeBuildWithoutSharedKeys } from '../support/other-build.ts';
import { Person } from '../support/person.ts';

const PASSPHRASE = 'spillway gravel heron lantern';

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

  const words = ` Written while the other tab goes: ${Array.from({ length: 30 }, (_, at) => String(at)).join(' ')}.`;
  await second.text.press('Control+End');
  await Promise.all([second.page.keyboard.type(words, { delay: 20 }), alice.page.close()]);
  await second.expectSynced();
  // What the engine says is heard again, too.
  await second.goOffline();
  await second.expectOffline();
  await second.goOnline();
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
  await expect(second.text).toContainText(words);
  await second.expectSynced();
  await second.expectCalm();
  await second.leave();
});

test('without SharedWorker and with a passphrase, the tab that is left asks for it: keys do not move', async ({
  browser,
  relay,
}) => {
  const alice = await Person.meet('Alice', { browser, url: relay.url, lacks: ['SharedWorker'] });
  await alice.begin();
  await alice.newPage('Minutes');
  await alice.write('The dam is dry.');
  await alice.expectSynced();
  const second = await alice.inSecondTab();
  await expect(second.text).toContainText('The dam is dry.');
  const place = new URL(second.page.url()).pathname;
  await second.choosePassphrase(PASSPHRASE);
  await second.open(place);
  await expect(second.text).toHaveText('The dam is dry.');

  await alice.page.close();
  await expect(second.page.getByRole('heading', { name: 'Archipel is locked' })).toBeVisible();
  await expect(second.page.getByText('The dam is dry.')).toHaveCount(0);
  await second.unlock(PASSPHRASE);
  await expect(second.text).toHaveText('The dam is dry.');
  await second.write(' It rains.');
  await second.expectSaved();
  await second.page.reload();
  await second.unlock(PASSPHRASE);
  await expect(second.text).toHaveText('The dam is dry. It rains.');
  await second.leave();
});

test('[V2] in a browser whose SharedWorker keeps no keys, every tab gets an engine of its own, once and for all', async ({
  browser,
  relay,
}) => {
  const build = makeBuildWithoutSharedKeys();
  try {
    await relay.kill();
    relay.serve(build.folder);
    await relay.restart();
    const alice = await Person.meet('Alice', { browser, url: relay.url });
    await alice.begin();
    await alice.newPage('Minutes');
    await alice.write('The dam is dry.');
    await alice.expectSynced();
    const second = await alice.inSecondTab();
    await expect(second.text).toContainText('The dam is dry.');
    await second.write(' It rains.');
    await expect(alice.text).toHaveText('The dam is dry. It rains.');
    await second.expectSynced();
    await second.page.reload();
    await expect(second.text).toHaveText('The dam is dry. It rains.');
    await alice.leave();
  } finally {
    build.dispose();
  }
});
