import { expect, test } from '../support/journey.ts';
import type { Person } from '../support/person.ts';

/** Shows a code on the device at hand and pastes it into a blank browser, until that one is the person's too. */
async function link(first: Person, second: Person): Promise<void> {
  await first.open('/settings/devices');
  await first.page.getByRole('button', { name: 'Add a device' }).click();
  const code = await first.page.getByLabel('Device code', { exact: true }).inputValue();
  await second.page.getByRole('link', { name: 'I already have a device' }).click();
  await second.page.getByLabel('Code or digits of the other device').fill(code);
  await second.page.getByLabel('Name of this device').fill('The laptop');
  await second.page.getByRole('button', { name: 'Link', exact: true }).click();
  await expect(first.page.getByText('The laptop is now one of your devices.')).toBeVisible({ timeout: 20_000 });
  await first.page.getByRole('button', { name: 'Close', exact: true }).last().click();
  await second.page.getByRole('button', { name: 'Open my spaces' }).click();
}

test('[I5] Alice links her laptop by a code, works on both, and puts it out when it is stolen', async ({ meet }) => {
  const phone = await meet('Alice, on her phone');
  await phone.begin();
  const space = phone.spacePath();
  await phone.newChannel('Site');
  await phone.say('Good morning from the dam');
  await phone.expectSynced();

  const laptop = await meet('Alice, on her laptop');
  const begun = Date.now();
  await link(phone, laptop);
  await expect(laptop.page.getByRole('region', { name: 'Pages' })).toBeVisible({ timeout: 30_000 });
  await laptop.open(space);
  await laptop.openChannel('Site');
  await expect(laptop.message('Good morning from the dam')).toBeVisible({ timeout: 20_000 });
  expect(Date.now() - begun).toBeLessThan(30_000);
  await laptop.say('And from the laptop');
  await phone.open(space);
  await phone.openChannel('Site');
  await expect(phone.message('And from the laptop')).toBeVisible({ timeout: 20_000 });

  // Seen and named on each other.
  await phone.open('/settings/devices');
  const devices = phone.page.getByRole('list', { name: 'Your devices' });
  await expect(devices.getByRole('listitem')).toHaveCount(2, { timeout: 20_000 });
  await phone.page.getByRole('button', { name: 'More about The laptop' }).click();
  await phone.page.getByRole('menuitem', { name: 'Rename…' }).click();
  await phone.page.getByLabel('Device name').fill('The old laptop');
  await phone.page.getByRole('button', { name: 'Rename', exact: true }).click();
  await laptop.open('/settings/devices');
  await expect(laptop.page.getByText('The old laptop')).toBeVisible({ timeout: 20_000 });

  // Stolen: out of everything, and the words are replaced.
  await phone.page.getByRole('button', { name: 'More about The old laptop' }).click();
  await phone.page.getByRole('menuitem', { name: 'Remove this device…' }).click();
  await phone.page.getByRole('button', { name: 'Remove the device' }).click();
  await expect(phone.page.getByRole('heading', { name: 'Replace your recovery words too?' })).toBeVisible();
  await phone.page.getByRole('button', { name: 'Replace the words' }).last().click();
  await expect(phone.page).toHaveURL(/\/settings\/words$/u);
  await phone.open(space);
  await phone.openChannel('Site');
  await phone.say('The laptop is gone, careful');
  await phone.expectSynced();

  await laptop.open(space);
  await laptop.openChannel('Site');
  await expect(laptop.page.getByText('This device was removed from your devices.')).toBeVisible();
  await expect(laptop.message('And from the laptop')).toBeVisible();
  await expect(laptop.message('The laptop is gone, careful')).toHaveCount(0);
  await laptop.page.getByRole('link', { name: 'See the history' }).click();
  await expect(laptop.page.getByText(/removed a device/).first()).toBeVisible();
});

test('[I5] by digits: both screens agree before anything is handed over', async ({ meet }) => {
  const phone = await meet('Alice, on her phone');
  await phone.begin();
  await phone.expectSynced();
  const laptop = await meet('Alice, on her laptop');
  await phone.open('/settings/devices');
  await phone.page.getByRole('button', { name: 'Add a device' }).click();
  await phone.page.getByRole('button', { name: 'Use digits' }).click();
  const digits = await phone.page.getByText(/^\d{3} \d{3}$/u).innerText();
  await laptop.page.getByRole('link', { name: 'I already have a device' }).click();
  await laptop.page.getByLabel('Code or digits of the other device').fill(digits);
  await laptop.page.getByRole('button', { name: 'Link', exact: true }).click();
  const shown = await laptop.page.getByText(/^\d{3} \d{3}$/u).innerText({ timeout: 20_000 });
  expect(shown).not.toBe(digits);
  await phone.page.getByLabel('Digits shown on the other device').fill(shown);
  await phone.page.getByRole('button', { name: 'Compare' }).click();
  await laptop.page.getByRole('button', { name: 'The other device accepted them' }).click();
  await expect(laptop.page.getByRole('button', { name: 'Open my spaces' })).toBeVisible({ timeout: 20_000 });
  await laptop.page.getByRole('button', { name: 'Open my spaces' }).click();
  await expect(laptop.page.getByRole('region', { name: 'Pages' })).toBeVisible({ timeout: 30_000 });
});
