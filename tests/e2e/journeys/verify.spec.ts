import { gather } from '../support/gathering.ts';
import { expect, test } from '../support/journey.ts';
import type { Person } from '../support/person.ts';

async function openContact(person: Person, name: string): Promise<void> {
  await person.open('/contacts');
  await person.page.getByRole('list', { name: 'People' }).getByRole('link', { name }).click();
  await expect(person.page.getByRole('list', { name: 'Safety number' })).toBeVisible();
}

const numberOf = async (person: Person): Promise<string> =>
  (await person.page.getByRole('list', { name: 'Safety number' }).getByRole('listitem').allInnerTexts()).join(' ');

test('[I6] Alice and Bob compare their safety number, the mark stays; a stranger under Bob’s name covers the space until she has looked', async ({
  meet,
}) => {
  test.slow();
  const { alice, bob, space } = await gather(meet);
  await openContact(alice, 'Bob');
  await openContact(bob, 'Alice');
  const number = await numberOf(alice);
  expect(number).toMatch(/^(\d{5} ){11}\d{5}$/);
  expect(await numberOf(bob)).toBe(number);

  // What is not their number sets no mark.
  const field = alice.page.getByLabel('Number from their screen');
  const wrong = number.startsWith('00000') ? `00001${number.slice(5)}` : `00000${number.slice(5)}`;
  await field.fill(wrong);
  await alice.page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(alice.page.getByText('The two safety numbers differ')).toBeVisible();
  await expect(alice.page.getByText('Not verified')).toBeVisible();
  await field.fill(await numberOf(bob));
  await alice.page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(alice.page.getByText('Verified', { exact: true })).toBeVisible();
  await alice.page.reload();
  await expect(alice.page.getByText('Verified', { exact: true })).toBeVisible();
  await bob.page.getByRole('button', { name: 'All digits are the same' }).click();
  await expect(bob.page.getByText('Verified', { exact: true })).toBeVisible();
  await alice.open(`${space}/people`);
  await expect(alice.member('Bob')).toContainText('Verified');

  // Someone else takes Bob’s name, and a link that was meant for another.
  const link = await alice.invite(space);
  const mallory = await meet('Mallory');
  await mallory.askToJoin(link, 'Bob');
  const door = alice.page.getByRole('region', { name: 'Waiting to be let in' });
  await expect(door.getByText('You verified Bob under another key.')).toBeVisible({ timeout: 45_000 });
  await expect(door.getByRole('button', { name: 'Same digits: let in' })).toHaveCount(0);
  await door.getByRole('button', { name: 'I have seen this' }).click();
  await door.getByRole('button', { name: 'Same digits: let in' }).click();
  await expect(mallory.page.getByRole('region', { name: 'Pages' })).toBeVisible({ timeout: 45_000 });
  await expect(alice.page.getByText('Not the person you verified')).toBeVisible();

  // Bob has verified Alice only: an Alice who is not her covers his space until he decides.
  await mallory.open('/settings');
  await mallory.page.getByRole('textbox', { name: 'Your name' }).fill('Alice');
  await mallory.page.getByRole('button', { name: 'Save' }).first().click();
  await bob.open(space);
  const cover = bob.page.getByRole('heading', { name: 'Alice is not the person you verified' });
  await expect(cover).toBeVisible({ timeout: 45_000 });
  await bob.page.getByRole('tree', { name: 'Pages' }).getByRole('link', { name: 'Minutes', exact: true }).click();
  await expect(bob.page).toHaveURL(/\/p\//);
  await expect(cover).toBeVisible();
  await expect(bob.text).toHaveCount(0);
  await bob.page.reload();
  await expect(cover).toBeVisible();
  await bob.page.getByRole('button', { name: 'Go on without verifying' }).click();
  await expect(bob.text).toContainText('The dam is dry.');
  await bob.page.reload();
  await expect(bob.text).toContainText('The dam is dry.');
  await expect(cover).toHaveCount(0);
});
