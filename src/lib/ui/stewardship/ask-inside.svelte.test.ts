import { beforeEach, expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { indexDocumentOf } from '$lib/documents/document-kind.ts';
import type { MemberId, SpaceId } from '$lib/foundation/ids.ts';
import People from '../people/People.svelte';
import { member } from '../testing/memory-engine.ts';
import { openWorld, putOnStage, type World } from '../testing/stage.ts';

beforeEach(async () => page.viewport(360, 640));

const INSIDE = 'c4'.repeat(32) as SpaceId;
const [DAN, CAROL] = ['d3'.repeat(16) as MemberId, 'c2'.repeat(16) as MemberId];
const ASK = { name: 'Ask people of East Dam in' } as const;

/** Alice and Bob in a private conversation inside “East Dam”, where Carol, a reader, and Dan, an editor, are as well. */
function worldInside(kind: 'private' | 'direct', role: 'owner' | 'editor' = 'owner'): World {
  const world = openWorld();
  const { engine, documents } = world;
  const [parent] = engine.all;
  if (parent === undefined) throw new Error('no parent');
  engine.people = [...engine.people, member('d3', 'Dan', 'editor')];
  engine.peopleIn.set(INSIDE, [member('a0', 'Alice', role), member('b1', 'Bob', 'editor')]);
  engine.outsiders = [CAROL, DAN];
  const index = indexDocumentOf(INSIDE);
  engine.all = [
    { ...parent, space: INSIDE, index, role, memberCount: 2, parent: { space: parent.space, kind } },
    { ...parent, memberCount: 4 },
  ];
  documents.put(INSIDE, index, { kind: 'index', name: 'Night watch', conflicts: [], items: [] });
  return world;
}

test('Alice asks Dan in by keyboard, is told why Carol is not in the list, and sees that Dan was asked', async () => {
  await putOnStage(worldInside('private'), People, { isInviting: false });
  const button = page.getByRole('button', ASK);
  await expect.element(button).toBeVisible();
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(360);
  button.element().focus();
  await userEvent.keyboard('{Enter}');
  const dialog = page.getByRole('dialog', ASK);
  await expect.element(dialog.getByText(/Readers write nothing.*Invite them by a link/u)).toBeVisible();
  const group = dialog.getByRole('group', { name: 'Who' });
  await expect.element(group.getByRole('checkbox', { name: 'Dan' })).toBeVisible();
  expect(group.getByRole('checkbox').elements()).toHaveLength(1);
  await expect.element(dialog.getByRole('button', { name: 'Ask in' })).toBeDisabled();
  group.getByRole('checkbox').element().focus();
  await userEvent.keyboard(' {Enter}');
  await expect.element(dialog).not.toBeInTheDocument();
  await expect.element(page.getByText('Asked in: Dan.')).toBeVisible();
  const pending = page.getByRole('list', { name: 'Pending invitations' });
  await expect.element(pending.getByText('Invitation for Dan: Editor')).toBeVisible();
  // A link that is passed on would cost Dan his place.
  expect(pending.getByRole('button', { name: 'Show link' }).elements()).toHaveLength(0);

  await button.click();
  await expect.element(dialog.getByText(/Nobody is left to ask/u)).toBeVisible();
});

test('who may not invite there is not offered it', async () => {
  await putOnStage(worldInside('private', 'editor'), People, { isInviting: false });
  await expect.element(page.getByRole('list', { name: 'Members' })).toBeVisible();
  expect(page.getByRole('button', ASK).elements()).toHaveLength(0);
});

test('a direct message offers nothing of the kind, and neither does a space that stands in no other', async () => {
  for (const world of [worldInside('direct'), openWorld()]) {
    await putOnStage(world, People, { isInviting: false });
    await expect.element(page.getByRole('button', { name: 'Invite', exact: true }).last()).toBeVisible();
    expect(page.getByRole('button', { name: /^Ask people of/u }).elements()).toHaveLength(0);
  }
});

test('in French it fits a small screen as well', async () => {
  const world = worldInside('private');
  world.preferences.setLanguage('fr');
  await putOnStage(world, People, { isInviting: false });
  await page.getByRole('button', { name: 'Faire entrer des membres de East Dam' }).click();
  const dialog = page.getByRole('dialog', { name: 'Faire entrer des membres de East Dam' });
  await expect.element(dialog.getByRole('checkbox', { name: 'Dan' })).toBeVisible();
  await expect.element(dialog.getByRole('button', { name: 'Faire entrer' })).toBeInViewport({ ratio: 1 });
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(360);
});
