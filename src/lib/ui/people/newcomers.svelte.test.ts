import { beforeEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import type { DocumentId, MemberId } from '$lib/foundation/ids.ts';
import BoardPage from '../tasks/BoardPage.svelte';
import { LiveDocument } from '$lib/state/document-view.svelte.ts';
import SpaceHome from '../shell/SpaceHome.svelte';
import { member, SPACE } from '../testing/memory-engine.ts';
import { BOARD, indexItem, openWorld, putOnStage, type World } from '../testing/stage.ts';
import People from './People.svelte';

const CAROL = 'c2'.repeat(16) as MemberId;

beforeEach(async () => page.viewport(1200, 800));

/** A board that Carol, who came later, cannot read. */
function closedWorld(): World {
  const world = openWorld([indexItem(BOARD, 'board', 'Repairs')]);
  world.engine.policy = 'join';
  world.engine.closed.set(BOARD, [CAROL]);
  return world;
}

test('[K4] an owner closes the past at once; to open it again she is told first who will read it', async () => {
  const world = openWorld();
  await putOnStage(world, People, { isInviting: false });
  const choice = page.getByRole('radiogroup', { name: 'What a new member reads' });
  await expect.element(choice.getByRole('radio', { name: 'Everything that was ever written' })).toBeChecked();
  await choice.getByRole('radio', { name: 'Only from the day they join' }).click();
  await expect.poll(() => world.engine.policy).toBe('join');
  await expect.element(choice.getByRole('radio', { name: 'Only from the day they join' })).toBeChecked();
  await choice.getByRole('radio', { name: 'Everything that was ever written' }).click();
  const dialog = page.getByRole('dialog', { name: 'Open the past again?' });
  await expect.element(dialog.getByText(/So will those who came in between/u)).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect(world.engine.policy).toBe('join');
  await expect.element(choice.getByRole('radio', { name: 'Only from the day they join' })).toBeChecked();
  await choice.getByRole('radio', { name: 'Everything that was ever written' }).click();
  await dialog.getByRole('button', { name: 'Open the past' }).click();
  await expect.poll(() => world.engine.policy).toBe('start');
});

test('[K4] [M9] who is no owner reads what holds, and chooses nothing', async () => {
  const world = closedWorld();
  world.engine.people = [member('a0', 'Alice', 'editor'), member('b1', 'Bob', 'owner')];
  world.engine.all = world.engine.all.map((each) => ({ ...each, role: 'editor' }));
  await putOnStage(world, People, { isInviting: false });
  await expect.element(page.getByText(/A new member reads only what is written from the day/u)).toBeVisible();
  expect(page.getByRole('radio').elements()).toEqual([]);
});

test('[K4] an invitation says what its guest will read', async () => {
  await putOnStage(closedWorld(), People, { isInviting: true });
  await expect
    .element(page.getByRole('dialog').getByText('This person will read only what is written after they join.'))
    .toBeVisible();
});

test('[K4] today’s version is shared from the list of what Carol cannot read, which then is empty', async () => {
  const world = closedWorld();
  await putOnStage(world, People, { isInviting: false });
  const list = page.getByRole('list', { name: 'Written before some people came' });
  await expect.element(list.getByText('Not readable for: Carol')).toBeVisible();
  await list.getByRole('button', { name: 'Share today’s version of Repairs' }).click();
  await expect.element(page.getByText('Today’s version is shared.')).toBeVisible();
  await expect.poll(() => list.elements()).toHaveLength(0);
  const content = `03${'ee'.repeat(15)}`;
  expect(world.documents.edits).toContainEqual({ edit: 'item.share', document: BOARD, content });
});

test('[K4] a board says who cannot read it, and whose work waits in the version before', async () => {
  const world = closedWorld();
  const content = `03${'ee'.repeat(15)}` as DocumentId;
  world.documents.put(SPACE, `01${SPACE.slice(0, 30)}` as DocumentId, {
    kind: 'index',
    name: 'East Dam',
    conflicts: [],
    items: [indexItem(BOARD, 'board', 'Repairs', { content })],
  });
  world.engine.closed.set(content, [CAROL]);
  world.documents.waiting = ['b1'.repeat(16) as MemberId];
  const live = new LiveDocument(world.documents, { space: SPACE, document: content, kind: 'board' });
  await putOnStage(world, BoardPage, { live, document: BOARD, layout: 'list' as const });
  await page.getByRole('button', { name: 'Add it here' }).click();
  await expect.element(page.getByText('The work is added.')).toBeVisible();
  await page.getByRole('button', { name: '2 people can read' }).click();
  await expect.element(page.getByText('Cannot read this, written before they came: Carol')).toBeVisible();
});

test('[K4] a newcomer is told since when she reads, and that others can share more', async () => {
  const world = openWorld();
  world.engine.since = Date.UTC(2026, 10, 20);
  await putOnStage(world, SpaceHome, {});
  await expect.element(page.getByText(/from the day you joined, November 20, 2026\./u)).toBeVisible();
});
