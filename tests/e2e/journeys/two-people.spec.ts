import { gather } from '../support/gathering.ts';
import { expect, test } from '../support/journey.ts';

test('Bob joins as a reader: he sees everything and changes nothing, until Alice makes him an editor', async ({
  meet,
}) => {
  test.slow();
  const { alice, bob, space } = await gather(meet, 'Reader');
  await bob.openPage('Minutes');
  await expect(bob.text).toContainText('The dam is dry.');
  await expect(bob.page.getByText('You can read this page but not change it.')).toBeVisible();
  await expect(bob.text).toHaveAttribute('contenteditable', 'false');
  await bob.text.click();
  await bob.page.keyboard.type('Bob was here.');
  await expect(bob.text).toHaveText('The dam is dry.');
  await expect(bob.page.getByRole('button', { name: /^New (page|board|channel)$/ })).toHaveCount(0);
  await bob.openBoard('Repairs');
  await expect(bob.task('Sweep the spillway')).toBeVisible();
  await expect(bob.page.getByRole('checkbox', { name: 'Complete “Sweep the spillway”' })).toBeDisabled();
  await expect(bob.page.getByRole('textbox', { name: 'Add a task' })).toHaveCount(0);
  await bob.openChannel('Site');
  await expect(bob.message('Good morning from the dam')).toBeVisible();
  await expect(bob.page.getByRole('textbox', { name: 'Write a message' })).toHaveCount(0);
  await bob.openPeople();
  await expect(bob.member('Bob (you)')).toContainText('Reader');
  await expect(bob.member('Alice')).toContainText('Owner');
  await expect(bob.page.getByRole('button', { name: 'Invite' })).toHaveCount(0);
  await bob.openPage('Minutes');

  await alice.open(`${space}/people`);
  await expect(alice.member('Bob')).toContainText('Reader');
  await alice.giveRole('Bob', 'Editor');
  await expect(bob.text).toHaveAttribute('contenteditable', 'true');
  await bob.write(' Bob agrees.');
  await alice.openPage('Minutes');
  await expect.poll(() => alice.paragraphs()).toEqual(['The dam is dry. Bob agrees.']);
});

test('Alice removes Bob: what she writes afterwards never reaches him, and his screen says why', async ({ meet }) => {
  test.slow();
  const { alice, bob, space } = await gather(meet);
  await bob.openPage('Minutes');
  await expect(bob.text).toContainText('The dam is dry.');
  const carol = await meet('Carol');
  await carol.join(await alice.invite(space));
  await carol.openPage('Minutes');

  await alice.open(`${space}/people`);
  await alice.remove('Bob');
  await expect(alice.member('Bob')).toHaveCount(0);
  await expect(bob.page.getByText('You are no longer a member of this space.')).toBeVisible();
  await expect(bob.text).toHaveAttribute('contenteditable', 'false');

  await alice.openPage('Minutes');
  await alice.write(' For us two only.');
  await alice.openChannel('Site');
  await alice.say('Without Bob now');
  // Carol shows when it has travelled as far as it goes.
  await expect(carol.text).toContainText('For us two only.');
  await carol.openChannel('Site');
  await expect(carol.message('Without Bob now')).toBeVisible();
  await alice.expectSynced();

  await expect(bob.text).toHaveText('The dam is dry.');
  await bob.page.reload();
  await expect(bob.page.getByText('You are no longer a member of this space.')).toBeVisible();
  await expect(bob.text).toHaveText('The dam is dry.');
  await bob.openChannel('Site');
  await expect(bob.message('Good morning from the dam')).toBeVisible();
  await expect(bob.message('Without Bob now')).toHaveCount(0);
});

test('Bob is removed while he is offline: when he comes back, the app says why nothing arrives', async ({ meet }) => {
  test.slow();
  const { alice, bob, space } = await gather(meet);
  await bob.openPage('Minutes');
  await expect(bob.text).toContainText('The dam is dry.');
  await bob.expectSynced();
  await bob.goOffline();
  await bob.expectOffline();

  await alice.open(`${space}/people`);
  await alice.remove('Bob');
  await expect(alice.member('Bob')).toHaveCount(0);
  await alice.openPage('Minutes');
  await alice.write(' Not for Bob.');
  await alice.expectSaved();
  await alice.expectSynced();

  await bob.goOnline();
  await expect(bob.syncLine('Relay refused')).toBeVisible({ timeout: 45_000 });
  await bob.syncLine('Relay refused').click();
  await expect(bob.page.getByRole('menu')).toContainText('If you were removed, nothing new arrives');
  await bob.page.keyboard.press('Escape');
  await bob.expectCalm();
  expect(await bob.paragraphs()).toEqual(['The dam is dry.']);
});
