import { expectSameText, gather } from '../support/gathering.ts';
import { expect, test } from '../support/journey.ts';

test('Alice and Bob, both offline, edit the same paragraph, task and channel; once back, both hold all of it', async ({
  meet,
}) => {
  test.slow();
  const { alice, bob } = await gather(meet);
  await bob.openBoard('Repairs');
  await expect(bob.task('Sweep the spillway')).toBeVisible();
  await bob.openChannel('Site');
  await expect(bob.message('Good morning from the dam')).toBeVisible();
  await bob.openPage('Minutes');
  await expect(bob.text).toContainText('The dam is dry.');
  await alice.openPage('Minutes');
  for (const person of [alice, bob]) await person.expectSynced();

  for (const person of [alice, bob]) {
    await person.goOffline();
    await person.expectOffline();
  }
  await alice.write(' Alice saw rain.');
  await bob.text.click();
  await bob.page.keyboard.press('Control+Home');
  await bob.page.keyboard.type('Bob was there. ');
  await alice.openBoard('Repairs');
  await alice.changeTask('Sweep the spillway', { title: 'Sweep the north spillway', status: 'In progress' });
  await bob.openBoard('Repairs');
  await bob.changeTask('Sweep the spillway', { title: 'Sweep the south spillway', status: 'Done' });
  await alice.openChannel('Site');
  await bob.openChannel('Site');
  for (const number of ['one', 'two', 'three']) {
    await alice.say(`Alice offline ${number}`);
    await bob.say(`Bob offline ${number}`);
  }
  for (const person of [alice, bob]) await person.expectOffline();

  for (const person of [alice, bob]) await person.goOnline();
  for (const person of [alice, bob]) await person.expectSynced();

  await expect(alice.message('Bob offline three')).toBeVisible();
  await expect(bob.message('Alice offline three')).toBeVisible();
  const messages = await alice.messages();
  expect(messages).toHaveLength(7);
  expect(await bob.messages()).toEqual(messages);
  for (const author of ['Alice', 'Bob'])
    expect(messages.filter((message) => message.startsWith(author))).toEqual(
      ['one', 'two', 'three'].map((number) => `${author} offline ${number}`),
    );

  const panels: string[] = [];
  for (const person of [alice, bob]) {
    await person.openBoard('Repairs');
    await person.openTask(/^Sweep the (north|south) spillway$/);
    await expect(person.conflict('Sweep the north spillway', 'Sweep the south spillway')).toBeVisible();
    await expect(person.conflict('In progress', 'Done')).toBeVisible();
    panels.push(await person.taskPanel.getByRole('textbox', { name: 'Title' }).inputValue());
    await person.closeTask();
  }
  expect(panels[0]).toBe(panels[1]);
  for (const status of ['To do', 'In progress', 'Done'] as const)
    expect(await bob.tasksIn(status)).toEqual(await alice.tasksIn(status));

  await alice.openPage('Minutes');
  await bob.openPage('Minutes');
  expect(await expectSameText(alice, bob)).toEqual(['Bob was there. The dam is dry. Alice saw rain.']);

  await alice.page.reload();
  await bob.page.reload();
  expect(await expectSameText(alice, bob)).toEqual(['Bob was there. The dam is dry. Alice saw rain.']);
});
