import { takeBundle } from '../support/carrying.ts';
import { expectSameText, gather } from '../support/gathering.ts';
import { expect, test } from '../support/journey.ts';
import { copyOfRelay } from '../support/relay-copy.ts';

test('[K4] Carol reads from her join on: nothing from before, what is said since, and the page that Alice shares', async ({
  relay,
  meetWithoutPeers,
}) => {
  test.slow();
  const { alice, bob, space } = await gather(meetWithoutPeers);
  await alice.openPeople();
  await alice.page.getByRole('radio', { name: 'Only from the day they join' }).check();
  await expect(alice.page.getByText('New members will read from the day they join.')).toBeVisible();
  await bob.openPeople();
  await expect(bob.page.getByText('A new member reads only what is written from the day they join.')).toBeVisible();

  const carol = await meetWithoutPeers('Carol');
  await carol.join(await alice.invite(space));
  // The name of the space, since when she reads, and not a title.
  await expect(carol.page.getByRole('heading', { level: 1, name: 'My space' })).toBeVisible({ timeout: 30_000 });
  await expect(carol.page.getByText('You read this space from the day you joined')).toBeVisible();
  await takeBundle(carol, copyOfRelay(relay.folder, space));
  for (const title of ['Minutes', 'Repairs', 'Site'])
    await expect(carol.page.getByText(title, { exact: true })).toHaveCount(0);

  await alice.openChannel('Site');
  await alice.say('Welcome, Carol');
  await carol.openChannel('Site');
  await carol.say('Thank you');
  await expect(alice.message('Thank you')).toBeVisible();
  expect(await carol.messages()).toEqual(['Welcome, Carol', 'Thank you']);
  expect(await alice.messages()).toEqual(['Good morning from the dam', 'Welcome, Carol', 'Thank you']);

  // Bob, apart, works on in the page as it was; meanwhile Alice shares it as it stands.
  await bob.openPage('Minutes');
  await expect(bob.text).toContainText('The dam is dry.');
  await bob.expectSynced();
  await bob.goOffline();
  await bob.write(' Bob measured it.');
  await bob.expectSaved();
  await alice.openPage('Minutes');
  await alice.page.getByRole('button', { name: /can read$/ }).click();
  await expect(alice.page.getByText('Cannot read this, written before they came: Carol')).toBeVisible();
  await alice.page.keyboard.press('Escape');
  await alice.page.getByRole('link', { name: 'People', exact: true }).click();
  await alice.page.getByRole('button', { name: 'Share today’s version of Minutes' }).click();
  await expect(alice.page.getByText('Today’s version is shared.')).toBeVisible();
  await expect(alice.page.getByRole('button', { name: 'Share today’s version of Minutes' })).toHaveCount(0);
  await expect(alice.page.getByRole('button', { name: 'Share today’s version of Repairs' })).toBeVisible();

  await carol.openPage('Minutes');
  await expect(carol.text).toContainText('The dam is dry.');
  await carol.text.click();
  await carol.page.keyboard.press('Control+Home');
  await carol.page.keyboard.type('Carol reads: ');
  await carol.expectSaved();

  await bob.goOnline();
  await alice.openPage('Minutes');
  await expect(alice.text).toContainText('Bob measured it.', { timeout: 60_000 });
  expect(await expectSameText(alice, bob, carol)).toEqual(['Carol reads: The dam is dry. Bob measured it.']);
  await bob.write(' All three.');
  await expect(carol.text).toContainText('All three.');
});
