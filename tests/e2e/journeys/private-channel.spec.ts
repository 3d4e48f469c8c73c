import { dumpStorage } from '../support/browser-dump.ts';
import { exportSpace } from '../support/carrying.ts';
import { gather } from '../support/gathering.ts';
import { expect, test } from '../support/journey.ts';
import type { Person } from '../support/person.ts';

/** Whether anything this browser keeps names the space, as text or as bytes. */
async function knowsSpace(person: Person, space: string): Promise<boolean> {
  const id = space.replace('/s/', '');
  const { text } = await dumpStorage(person.page);
  return text.includes(id) || text.includes(Buffer.from(id, 'hex').toString('latin1'));
}

test('Alice opens a private channel with Bob: he is in without a link, and Carol sees and holds nothing of it until she is asked in', async ({
  meet,
}) => {
  test.slow();
  const { alice, bob, space } = await gather(meet);
  const carol = await meet('Carol');
  await carol.join(await alice.invite(space));
  await alice.open(space);
  await alice.newPrivate('Night watch', ['Bob']);
  await alice.say('The siren is broken, between us');
  const inside = alice.spacePath();
  expect(inside).not.toBe(space);

  await expect(bob.privateLink(/Night watch/)).toBeVisible({ timeout: 30_000 });
  await bob.privateLink(/Night watch/).click();
  await expect(bob.message('The siren is broken, between us')).toBeVisible();
  // It stands inside its parent: the sidebar is still that of the space.
  await expect(bob.page.getByRole('tree', { name: 'Pages' }).getByRole('link', { name: 'Minutes' })).toBeVisible();
  await bob.say('I shall look at it tonight');
  await expect(alice.message('I shall look at it tonight')).toBeVisible();
  await alice.page.getByRole('button', { name: '2 people can read' }).click();
  const readers = alice.page.getByRole('menu');
  await expect(readers.getByRole('menuitem', { name: /^Bob/ })).toContainText('Editor, 1 device');
  await expect(readers).toContainText('Recovery words of 2 people');
  await expect(readers).toContainText('The relay can read nothing.');
  await expect(readers.getByRole('menuitem', { name: /^Carol/ })).toHaveCount(0);
  await alice.page.keyboard.press('Escape');

  // What is public travels to Carol; when it has, the private words had their time, too.
  await alice.openChannel('Site');
  await alice.say('For everyone');
  await carol.openChannel('Site');
  await expect(carol.message('For everyone')).toBeVisible();
  await carol.expectSynced();
  await expect(carol.page.getByText('Night watch')).toHaveCount(0);
  await expect(carol.page.getByText('siren')).toHaveCount(0);
  const archive = await exportSpace(carol);
  expect(archive.bytes.toString('latin1')).not.toContain('Night watch');
  expect(await knowsSpace(bob, inside)).toBe(true);
  expect(await knowsSpace(carol, inside)).toBe(false);

  // Asked in later, she reads what was said; Bob, who is in, and Alice are not there to be asked.
  await alice.open(`${inside}/people`);
  await alice.askInside(['Carol']);
  await expect(carol.privateLink(/Night watch/)).toBeVisible({ timeout: 30_000 });
  await carol.privateLink(/Night watch/).click();
  await expect(carol.message('The siren is broken, between us')).toBeVisible();

  // Removing Bob from the space proposes to remove him here as well.
  await alice.open(`${space}/people`);
  await alice.page.getByRole('button', { name: 'Actions for Bob' }).click();
  await alice.page.getByRole('menuitem', { name: 'Remove from space' }).click();
  const dialog = alice.page.getByRole('dialog', { name: 'Remove Bob?' });
  await expect(dialog.getByRole('checkbox', { name: 'Night watch' })).toBeChecked();
  await dialog.getByRole('button', { name: 'Remove from space' }).click();
  await expect(alice.member('Bob')).toHaveCount(0);
  await expect(alice.page.getByText('Bob is no longer a member.')).toBeVisible();
  await alice.open(`${inside}/people`);
  await expect(alice.page.getByRole('list', { name: 'Members' }).getByRole('listitem')).toHaveText([/Alice/, /Carol/]);
});

test('a direct message opens again instead of being made twice, and shows that it is unread', async ({ meet }) => {
  test.slow();
  const { alice, bob } = await gather(meet);
  await alice.newPrivate('', ['Bob']);
  await alice.say('Are you there?');
  const first = alice.spacePath();
  await expect(bob.privateLink('Alice 1 unread message')).toBeVisible({ timeout: 30_000 });
  await alice.openChannel('Site');
  await alice.newPrivate('', ['Bob']);
  await expect(alice.message('Are you there?')).toBeVisible();
  expect(alice.spacePath()).toBe(first);
  await bob.privateLink(/^Alice/).click();
  await expect(bob.message('Are you there?')).toBeVisible();
});
