import type { Locator } from '@playwright/test';
import { expect, test } from '../support/journey.ts';
import type { Person } from '../support/person.ts';

const spoken = async (digits: Locator): Promise<string> =>
  ((await digits.getAttribute('aria-label')) ?? '').replace(/\D/g, '');

/** What somebody who waits reads aloud. */
const digitsOf = (person: Person): Locator => person.page.getByRole('img', { name: /^Your six digits/ });

const request = (host: Person, name: string): Locator =>
  host.page.getByRole('region', { name: 'Waiting to be let in' }).getByRole('listitem').filter({ hasText: name });

test('[I3] Alice invites Bob as admin: both screens show the same digits; Mallory with the leaked link shows others and is refused', async ({
  meet,
}) => {
  test.slow();
  const alice = await meet('Alice');
  await alice.begin();
  await alice.newPage('Minutes');
  await alice.write('The dam is dry.');
  await alice.expectSaved();
  const space = alice.spacePath();
  await alice.expectSynced();
  await alice.writeWordsDown();
  const link = await alice.invite(space, 'Admin');
  await alice.open(space);

  const bob = await meet('Bob');
  await bob.askToJoin(link);
  await expect(digitsOf(bob)).toBeVisible({ timeout: 30_000 });
  // [I1] The secret is nowhere in Bob’s address bar, nor behind the back button.
  expect(new URL(bob.page.url()).hash).toBe('');
  const mallory = await meet('Mallory');
  await mallory.askToJoin(link);
  await expect(digitsOf(mallory)).toBeVisible({ timeout: 30_000 });

  await expect(alice.page.getByText('waits to be let in.')).toBeVisible();
  await alice.page.getByRole('link', { name: 'See', exact: true }).click();
  const his = request(alice, 'Bob');
  const hers = request(alice, 'Mallory');
  await expect(his.getByText('Several devices use this link')).toBeVisible();
  expect(await spoken(his.getByRole('img', { name: /^Digits of/ }))).toBe(await spoken(digitsOf(bob)));
  expect(await spoken(hers.getByRole('img', { name: /^Digits of/ }))).toBe(await spoken(digitsOf(mallory)));
  expect(await spoken(digitsOf(bob))).toMatch(/^\d{6}$/);
  expect(await spoken(digitsOf(mallory))).not.toBe(await spoken(digitsOf(bob)));

  // The digits are the same after a reload on either side.
  const before = await spoken(digitsOf(bob));
  await bob.page.reload();
  await expect(digitsOf(bob)).toBeVisible();
  expect(await spoken(digitsOf(bob))).toBe(before);

  await hers.getByRole('button', { name: 'Refuse' }).click();
  await expect(mallory.page.getByRole('heading', { name: 'Your request was refused' })).toBeVisible({
    timeout: 45_000,
  });
  await his.getByRole('button', { name: 'Same digits: let in' }).click();
  await expect(alice.member('Bob')).toContainText('Admin');
  await expect(bob.page.getByRole('region', { name: 'Pages' })).toBeVisible({ timeout: 45_000 });
  await bob.openPage('Minutes');
  await expect(bob.text).toContainText('The dam is dry.');
  await expect(alice.page.getByRole('region', { name: 'Waiting to be let in' })).toHaveCount(0);
  await expect(alice.member('Mallory')).toHaveCount(0);

  await mallory.page.getByRole('button', { name: 'Remove this request' }).click();
  await expect(mallory.page.getByRole('heading', { name: 'Your request was refused' })).toHaveCount(0);
});

test('[I1] the secret of a link leaves the address and the history as soon as it was read', async ({ meet }) => {
  const alice = await meet('Alice');
  await alice.begin();
  const space = alice.spacePath();
  await alice.expectSynced();
  await alice.writeWordsDown();
  const link = await alice.invite(space);
  const bob = await meet('Bob');
  await bob.page.goto(link);
  await expect(bob.page.getByLabel('Your name')).toBeVisible();
  await expect.poll(() => new URL(bob.page.url()).hash).toBe('');
  const secret = new URL(link).hash.slice(1);
  const kept = await bob.page.evaluate(() => JSON.stringify([history.state, location.href]));
  expect(kept).not.toContain(secret);
  await bob.page.getByLabel('Your name').fill('Bob');
  await bob.page.getByRole('button', { name: 'Join', exact: true }).click();
  await expect(bob.page.getByRole('region', { name: 'Pages' })).toBeVisible({ timeout: 45_000 });
  await bob.page.goBack();
  expect(bob.page.url()).not.toContain(secret);
});
