import { expect, test } from '../support/journey.ts';
import { Person } from '../support/person.ts';

test('the server goes before Alice’s device kept the whole app: a screen that is not there says so, loses nothing, and opens once she is connected', async ({
  browser,
  relay,
}) => {
  // As in a first visit cut short: nothing but what was on screen is on the device.
  const context = await browser.newContext({ locale: 'en-GB' });
  await context.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'serviceWorker'));
  const alice = await Person.inContext('Alice', context, relay.url);
  await alice.begin();
  await alice.newPage('Minutes');
  await alice.write('The dam is dry.');
  await relay.kill();
  await alice.write(' Nobody hears it yet.');

  // What is on the device goes on working, with every menu.
  await alice.page.getByRole('button', { name: /Offline|waiting/ }).click();
  await expect(alice.page.getByRole('menu')).toBeVisible();
  await alice.page.keyboard.press('Escape');

  await alice.page.getByRole('link', { name: 'Settings', exact: true }).click();
  await expect(
    alice.page.getByRole('heading', { level: 1, name: 'This part is not on this device yet' }),
  ).toBeVisible();
  const again = alice.page.getByRole('button', { name: 'Try again' });
  await again.click();
  await expect(alice.page.getByRole('status').filter({ hasText: 'There is still no connection' })).toBeVisible();

  await alice.page.goBack();
  await expect(alice.text).toHaveText('The dam is dry. Nobody hears it yet.');
  await alice.page.goForward();
  await expect(again).toBeVisible();

  await relay.restart();
  await again.click();
  await expect(alice.page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();
  await alice.page.goBack();
  await expect(alice.text).toHaveText('The dam is dry. Nobody hears it yet.');
  await alice.expectSynced();
  await alice.leave();
});
