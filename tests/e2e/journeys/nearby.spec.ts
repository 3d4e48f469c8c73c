import { plugCamera, showToCamera } from '../support/camera.ts';
import { expectSameText, gather } from '../support/gathering.ts';
import { expect, test } from '../support/journey.ts';
import { endPeerConnections } from '../support/peer-connections.ts';
import type { Person } from '../support/person.ts';

const QR = { name: 'QR code for the other device' };

/** Everything the app needs is kept by the browser: the server may go. */
async function expectShellKept({ page }: Person): Promise<void> {
  await expect
    .poll(() => page.evaluate(() => navigator.serviceWorker.controller?.state), { timeout: 30_000 })
    .toBe('activated');
}

/** A person with a camera, whose app is open. */
async function withCamera(person: Person): Promise<Person> {
  await plugCamera(person.context);
  await person.page.reload();
  return person;
}

/** `first` shows a code, `second` pastes it and has one in return, for which `first` stands ready. */
async function exchangeCodes(
  first: Person,
  second: Person,
): Promise<{ readonly offer: string; readonly answer: string }> {
  for (const { page } of [first, second]) {
    await page.getByRole('button', { name: /Offline|waiting/ }).click();
    await page.getByRole('menuitem', { name: 'Connect nearby' }).click();
  }
  await first.page.getByRole('button', { name: 'Show a code' }).click();
  const offer = await first.page.getByLabel('The code as text').inputValue();
  await second.page.getByRole('button', { name: 'Scan a code' }).click();
  await second.page.getByLabel('Or paste the code').fill(offer);
  await second.page.getByRole('button', { name: 'Use this code' }).click();
  const answer = await second.page.getByLabel('The code as text').inputValue();
  await first.page.getByRole('button', { name: 'Scan their code' }).click();
  return { offer, answer };
}

test('[P3][I2][I4] with every server gone, Alice admits Bob who stands beside her: their cameras read each other’s codes, and both write', async ({
  meet,
  relay,
}) => {
  test.setTimeout(100_000);
  const alice = await withCamera(await meet('Alice'));
  await alice.begin();
  await alice.newPage('Minutes');
  await alice.write('The dam is dry.');
  const space = alice.spacePath();
  await alice.expectSynced();
  await alice.writeWordsDown();
  await alice.open(`${space}/people`);
  const bob = await withCamera(await meet('Bob'));
  await expectShellKept(alice);
  await expectShellKept(bob);
  await relay.kill();

  const begun = Date.now();
  await alice.page.getByRole('button', { name: 'Invite someone nearby' }).click();
  await alice.page.getByRole('dialog').getByLabel('Your name').fill('Alice');
  await alice.page.getByRole('button', { name: 'Show a code' }).click();
  await bob.page.getByRole('link', { name: 'Join someone nearby' }).click();
  await expect(bob.page.getByLabel('Camera picture')).toBeVisible();
  await showToCamera(bob.page, alice.page.getByRole('img', QR));
  await bob.page.getByLabel('Your name').fill('Bob');
  await bob.page.getByRole('button', { name: 'Show my code' }).click();
  await alice.page.getByRole('button', { name: 'Scan their code' }).click();
  await showToCamera(alice.page, bob.page.getByRole('img', QR));
  await expect(alice.page.getByText('Bob is in.')).toBeVisible();
  await alice.page.getByRole('button', { name: 'Done', exact: true }).click();
  await expect(alice.member('Bob')).toBeVisible();
  await bob.openPage('Minutes');
  await expect(bob.text).toContainText('The dam is dry.');
  const seconds = (Date.now() - begun) / 1000;
  console.log(`from the first gesture to the shared page: ${seconds.toFixed(1)} s`);
  expect(seconds).toBeLessThan(20);

  await alice.openPage('Minutes');
  await alice.write(' Alice wrote in the basement.');
  await expect(bob.text).toContainText('Alice wrote in the basement.');
  await bob.write(' So did Bob.');
  await expect(alice.text).toContainText('So did Bob.');
  await expectSameText(alice, bob);
  await expect(bob.syncLine('Connected to 1 device')).toBeVisible();

  // They part, both write, and meet again by pasted codes: no camera is needed.
  await bob.page.reload();
  await expect(alice.page.getByText('The direct link to the device nearby has ended.')).toBeVisible({
    timeout: 30_000,
  });
  await bob.write(' Bob alone.');
  await alice.write(' Alice alone.');
  await bob.expectSaved();
  await alice.expectSaved();
  const { offer, answer } = await exchangeCodes(bob, alice);
  // Alice's camera still holds nothing of this meeting: a wrong code is told, and the right one is taken after it.
  await bob.page.getByLabel('Or paste the code').fill(offer);
  await bob.page.getByRole('button', { name: 'Use this code' }).click();
  await expect(bob.page.getByText('This code belongs to another meeting.')).toBeVisible();
  await bob.page.getByLabel('Or paste the code').fill(answer);
  await bob.page.getByRole('button', { name: 'Use this code' }).click();
  for (const person of [alice, bob]) {
    await expect(person.page.getByText('What one of you writes reaches the other at once')).toBeVisible();
    await person.page.getByRole('button', { name: 'Done', exact: true }).click();
    await person.openPage('Minutes');
    await expect(person.text).toContainText('Bob alone.');
    await expect(person.text).toContainText('Alice alone.');
  }
  await expectSameText(alice, bob);

  // When the relay is back it gets all of it, Bob's admission included.
  await relay.restart();
  for (const person of [alice, bob]) await person.expectSynced();
});

test('[I5][P3] with every server gone, Alice’s blank laptop becomes hers by a code each way, in less than half a minute', async ({
  meet,
  relay,
}) => {
  const phone = await withCamera(await meet('Alice'));
  await phone.begin();
  await phone.newPage('Minutes');
  await phone.write('The dam is dry.');
  await phone.expectSaved();
  const laptop = await withCamera(await meet('Alice'));
  await expectShellKept(phone);
  await expectShellKept(laptop);
  await relay.kill();

  const begun = Date.now();
  await phone.open('/nearby?pair');
  await laptop.page.getByRole('link', { name: 'Join someone nearby' }).click();
  await showToCamera(laptop.page, phone.page.getByRole('img', QR));
  await phone.page.getByRole('button', { name: 'Scan their code' }).click();
  await showToCamera(phone.page, laptop.page.getByRole('img', QR));
  await expect(phone.page.getByText('The new device is yours.')).toBeVisible({ timeout: 30_000 });
  await laptop.openPage('Minutes');
  await expect(laptop.text).toContainText('The dam is dry.');
  const seconds = (Date.now() - begun) / 1000;
  console.log(`from the code to the page on the second device: ${seconds.toFixed(1)} s`);
  expect(seconds).toBeLessThan(30);
  await laptop.write(' Written on the laptop.');
  await laptop.expectSaved();
  await phone.page.getByRole('button', { name: 'Done', exact: true }).click();
  await phone.openPage('Minutes');
  await expect(phone.text).toContainText('Written on the laptop.');
});

test('[M4][M5][S5] with every server gone, Alice and Bob, owners both, remove each other and meet by codes: both end alike, and each is told why', async ({
  meet,
  relay,
}) => {
  test.slow();
  const { alice, bob, space } = await gather(meet);
  await alice.open(`${space}/people`);
  await alice.giveRole('Bob', 'Owner');
  await bob.openPeople();
  await expect(bob.member('Bob (you)')).toContainText('Owner');
  for (const person of [alice, bob]) await person.expectSynced();
  await relay.kill();
  for (const { context } of [alice, bob]) await endPeerConnections(context);
  for (const person of [alice, bob]) await person.expectOffline();
  await alice.remove('Bob');
  await expect(alice.member('Bob')).toHaveCount(0);
  await bob.remove('Alice');
  await expect(bob.member('Alice')).toHaveCount(0);

  const { answer } = await exchangeCodes(bob, alice);
  await bob.page.getByLabel('Or paste the code').fill(answer);
  await bob.page.getByRole('button', { name: 'Use this code' }).click();
  for (const person of [alice, bob]) {
    await person.page.getByRole('button', { name: 'Done', exact: true }).click();
    await person.openPeople();
    await expect(person.page.getByRole('list', { name: 'Members' }).getByRole('listitem')).toHaveCount(1);
    const notice = person.page.getByRole('status', { name: 'Something that came late changed an outcome' });
    await expect(notice).toContainText(/“Bob( \(you\))? removed Alice( \(you\))?”\. Does not count/);
  }
  await expect(alice.member('Alice (you)')).toBeVisible();
  await expect(bob.member('Alice')).toBeVisible();
  await expect(bob.page.getByText('You are no longer a member of this space.')).toBeVisible();
});
