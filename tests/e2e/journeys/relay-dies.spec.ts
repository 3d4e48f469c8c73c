import { expectSameText, gather } from '../support/gathering.ts';
import { expect, test } from '../support/journey.ts';

test('the relay is killed: Alice and Bob go on together over the mesh; it comes back, nothing is lost, and Carol sees it all', async ({
  meet,
  relay,
}) => {
  test.slow();
  const { alice, bob, space } = await gather(meet);
  await alice.openPage('Minutes');
  await bob.openPage('Minutes');
  await alice.expectDirect(1);
  await bob.expectDirect(1);

  await relay.kill();
  for (const person of [alice, bob]) {
    await expect(person.syncLine('Connected to 1 device')).toBeVisible({ timeout: 30_000 });
    await person.expectCalm();
  }
  await alice.write(' Alice wrote without a relay.');
  await expect(bob.text).toContainText('Alice wrote without a relay.');
  await bob.write(' So did Bob.');
  await expect(alice.text).toContainText('So did Bob.');
  await bob.openChannel('Site');
  await bob.say('Is the relay gone?');
  await alice.openChannel('Site');
  await expect(alice.message('Is the relay gone?')).toBeVisible();
  await alice.say('It is, and we go on');
  await expect(bob.message('It is, and we go on')).toBeVisible();
  for (const person of [alice, bob]) await person.expectCalm();

  await relay.restart();
  for (const person of [alice, bob]) await person.expectSynced();
  await alice.openPage('Minutes');
  await bob.openPage('Minutes');
  const written = ['The dam is dry. Alice wrote without a relay. So did Bob.'];
  expect(await expectSameText(alice, bob)).toEqual(written);

  const carol = await meet('Carol');
  await carol.join(await alice.invite(space));
  await alice.open(space);
  await carol.openPage('Minutes');
  await expect(carol.text).toContainText('So did Bob.');
  expect(await carol.paragraphs()).toEqual(written);
  await carol.openChannel('Site');
  await expect(carol.message('It is, and we go on')).toBeVisible();
  expect(await carol.messages()).toEqual(['Good morning from the dam', 'Is the relay gone?', 'It is, and we go on']);
  await carol.openBoard('Repairs');
  await expect(carol.task('Sweep the spillway')).toBeVisible();
});
