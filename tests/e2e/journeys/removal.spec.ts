import { saveBundle, takeBundle } from '../support/carrying.ts';
import { gather } from '../support/gathering.ts';
import { expect, test } from '../support/journey.ts';
import { copyOfRelay } from '../support/relay-copy.ts';

test('[M8] Bob writes on while he is away and removed: his work waits for Alice, is told to Carol, and is taken in', async ({
  meetWithoutPeers,
}) => {
  test.slow();
  const { alice, bob, space } = await gather(meetWithoutPeers);
  const carol = await meetWithoutPeers('Carol');
  await carol.join(await alice.invite(space));
  await bob.openPage('Minutes');
  await expect(bob.text).toContainText('The dam is dry.');
  await bob.expectSynced();
  await bob.goOffline();
  await bob.expectOffline();

  await alice.open(`${space}/people`);
  await alice.remove('Bob');
  await expect(alice.member('Bob')).toHaveCount(0);
  await alice.expectSynced();
  await bob.write(' Block 7 weeps again.');
  await bob.expectSaved();
  await alice.open(space);
  await takeBundle(alice, await saveBundle(bob));
  await alice.openPage('Minutes');
  await expect(alice.page.getByText('Work that arrived after a removal waits for your decision.')).toBeVisible();
  expect(await alice.paragraphs()).toEqual(['The dam is dry.']);

  await carol.openPeople();
  await expect(carol.page.getByText('waits for an admin’s decision')).toBeVisible();
  await carol.page.getByRole('link', { name: /^Work that arrived after the removal/ }).click();
  await expect(carol.lateWork('Bob')).toContainText('Minutes');
  await expect(carol.page.getByRole('button', { name: 'Take in' })).toHaveCount(0);

  await alice.page.getByRole('link', { name: 'Look at it' }).click();
  await expect(alice.lateWork('Bob')).toContainText('After: Alice (you) removed Bob.');
  await alice.lateWork('Bob').getByRole('button', { name: 'Take in' }).click();
  const dialog = alice.page.getByRole('dialog', { name: 'Take in Bob’s work?' });
  await dialog.getByLabel('Reason').fill('He could not know');
  await dialog.getByRole('button', { name: 'Take in' }).click();
  await expect(alice.page.getByText('Nothing waits')).toBeVisible();
  for (const person of [alice, carol]) {
    await person.openPage('Minutes');
    await expect(person.text).toContainText('Block 7 weeps again.');
  }
  await carol.openPeople();
  await carol.page.getByRole('link', { name: 'Membership history' }).click();
  await expect(carol.page.getByText('Reason: He could not know')).toBeVisible();
});

test('[K3] Bob, removed, holds a full copy of the relay’s database: it opens what was written before, and no word after', async ({
  meetWithoutPeers,
  relay,
}) => {
  test.slow();
  const { alice, bob, space } = await gather(meetWithoutPeers);
  const carol = await meetWithoutPeers('Carol');
  await carol.join(await alice.invite(space));
  await alice.openChannel('Site');
  for (const person of [bob, carol]) {
    await person.openChannel('Site');
    await expect(person.message('Good morning from the dam')).toBeVisible();
    await person.expectSynced();
    await person.goOffline();
    await person.expectOffline();
  }
  await alice.say('Written before the removal');
  await alice.open(`${space}/people`);
  await alice.remove('Bob');
  await expect(alice.member('Bob')).toHaveCount(0);
  await alice.openChannel('Site');
  await alice.say('Written after the removal');
  await alice.expectSaved();
  await alice.expectSynced();
  await relay.kill();
  const stolen = copyOfRelay(relay.folder, space);

  // That the copy holds both is shown by Carol, who reads both from the same file and nothing else.
  for (const person of [bob, carol]) {
    await takeBundle(person, stolen);
    await person.openChannel('Site');
    await expect(person.message('Written before the removal')).toBeVisible();
  }
  await expect(carol.message('Written after the removal')).toBeVisible();
  await expect(bob.page.getByText('You are no longer a member of this space.')).toBeVisible();
  await takeBundle(bob, stolen);
  await bob.openChannel('Site');
  await expect(bob.message('Written before the removal')).toBeVisible();
  expect(await bob.messages()).toEqual(['Good morning from the dam', 'Written before the removal']);
});

test('[M4][M5] Alice and Bob, owners both, remove each other while offline: both end alike, and each is told why', async ({
  meetWithoutPeers,
}) => {
  test.slow();
  const { alice, bob, space } = await gather(meetWithoutPeers);
  await alice.open(`${space}/people`);
  await alice.giveRole('Bob', 'Owner');
  await bob.openPeople();
  await expect(bob.member('Bob (you)')).toContainText('Owner');
  for (const person of [alice, bob]) {
    await person.expectSynced();
    await person.expectAppKept();
    await person.goOffline();
    await person.expectOffline();
  }
  await alice.remove('Bob');
  await expect(alice.member('Bob')).toHaveCount(0);
  await bob.remove('Alice');
  await expect(bob.member('Alice')).toHaveCount(0);
  await alice.page.getByRole('link', { name: 'Home', exact: true }).first().click();
  const [fromAlice, fromBob] = [await saveBundle(alice), await saveBundle(bob)];
  await takeBundle(alice, fromBob);
  await takeBundle(bob, fromAlice);

  await bob.openPeople();
  await alice.openPeople();
  for (const person of [alice, bob]) {
    await expect(person.page.getByRole('list', { name: 'Members' }).getByRole('listitem')).toHaveCount(1);
    const notice = person.page.getByRole('status', { name: 'Something that came late changed an outcome' });
    await expect(notice).toContainText(/“Bob( \(you\))? removed Alice( \(you\))?”\. Does not count/);
    await expect(notice).toContainText(
      /“Alice( \(you\))? removed Bob( \(you\))?” came at the same time and prevails\./,
    );
  }
  await expect(alice.member('Alice (you)')).toBeVisible();
  await expect(bob.member('Alice')).toBeVisible();
  await expect(bob.page.getByText('You are no longer a member of this space.')).toBeVisible();
  await expect(bob.page.getByRole('status', { name: /came late/ })).toContainText('Alice: a member again.');
  await expect(bob.page.getByRole('status', { name: /came late/ })).toContainText('Bob (you): no longer a member.');

  await alice.page.getByRole('button', { name: 'Understood' }).click();
  await expect(alice.page.getByRole('status', { name: /came late/ })).toHaveCount(0);
  await bob.page.reload();
  await expect(bob.page.getByRole('status', { name: /came late/ })).toContainText('Alice: a member again.');
});
