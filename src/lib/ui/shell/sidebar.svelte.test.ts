import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { putOnStage, BOARD, CHANNEL, indexItem, openWorld } from '../testing/stage.ts';
import { SPACE } from '../testing/memory-engine.ts';
import { indexDocumentOf } from '$lib/documents/document-kind.ts';
import type { MemberId } from '$lib/foundation/ids.ts';
import SpaceHome from './SpaceHome.svelte';

const P1 = `02${'1'.repeat(30)}`;
const P2 = `02${'2'.repeat(30)}`;
const P3 = `02${'3'.repeat(30)}`;
const items = [
  indexItem(P1, 'page', 'Plan'),
  indexItem(P2, 'page', 'Readings', { parent: P1 as never, depth: 1 }),
  indexItem(P3, 'page', 'Minutes'),
  indexItem(BOARD, 'board', 'This week'),
  indexItem(CHANNEL, 'channel', 'General'),
];

test('Alice walks, folds and moves pages by keyboard alone', async () => {
  await page.viewport(1200, 800);
  const world = openWorld(items);
  await putOnStage(world, SpaceHome, {});
  const plan = page.getByRole('treeitem', { name: 'Plan', exact: true });
  await expect.element(plan).toHaveAttribute('aria-expanded', 'true');
  plan.element().focus();
  await userEvent.keyboard('{ArrowDown}');
  await expect.element(page.getByRole('treeitem', { name: 'Readings' })).toHaveFocus();
  await userEvent.keyboard('{ArrowLeft}');
  await expect.element(plan).toHaveFocus();
  await userEvent.keyboard('{ArrowLeft}');
  await expect.element(plan).toHaveAttribute('aria-expanded', 'false');
  await expect.element(page.getByRole('treeitem', { name: 'Readings' })).not.toBeInTheDocument();
  await userEvent.keyboard('{Alt>}{ArrowDown}{/Alt}');
  expect(world.documents.edits).toEqual([{ edit: 'item.move', document: P1, parent: null, after: P3 }]);
});

test('unread counts show what others wrote, and nothing of one’s own', async () => {
  await page.viewport(1200, 800);
  const world = openWorld(items);
  const written = (id: string, author: string) => ({
    id,
    author: author.repeat(16) as MemberId,
    text: id,
    sentAt: 1,
    editedAt: undefined,
    isDeleted: false,
    replyTo: undefined,
    reactions: [],
  });
  world.documents.put(SPACE, CHANNEL, {
    kind: 'channel',
    messages: [written('1', 'b1'), written('2', 'a0'), written('3', 'c2')],
  });
  await putOnStage(world, SpaceHome, {});
  await expect.element(page.getByLabelText('2 unread messages')).toBeVisible();
});

test('what goes to the trash comes back with one press', async () => {
  await page.viewport(1200, 800);
  const world = openWorld(items);
  await putOnStage(world, SpaceHome, {});
  await page.getByRole('button', { name: 'Actions for This week' }).click();
  await page.getByRole('menuitem', { name: 'Move to trash' }).click();
  await expect.element(page.getByRole('link', { name: 'This week' }).first()).not.toBeInTheDocument();
  await page.getByRole('status').getByRole('button', { name: 'Undo' }).click();
  await expect.element(page.getByRole('link', { name: 'This week' }).first()).toBeVisible();
});

test('a new page opens, ready for its title', async () => {
  await page.viewport(1200, 800);
  const world = openWorld();
  await putOnStage(world, SpaceHome, {});
  await page
    .getByRole('main')
    .getByRole('button', { name: /^New page/u })
    .click();
  await expect.poll(() => world.visited).toHaveLength(1);
  expect(world.visited[0]).toMatch(new RegExp(`^/s/${SPACE}/p/02[0-9a-f]{30}$`, 'u'));
  expect(world.documents.view(indexDocumentOf(SPACE))).toMatchObject({ items: [{ kind: 'page', title: '' }] });
});

test('at 360 pixels the sidebar waits in a drawer that Escape closes', async () => {
  await page.viewport(360, 640);
  await putOnStage(openWorld(items), SpaceHome, {});
  await expect.element(page.getByRole('tree')).not.toBeInTheDocument();
  await page.getByRole('button', { name: 'Open sidebar' }).click();
  await expect.element(page.getByRole('dialog').getByRole('tree')).toBeVisible();
  await userEvent.keyboard('{Escape}');
  await expect.element(page.getByRole('dialog')).not.toBeInTheDocument();
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(360);
});

test('the language changes without a reload', async () => {
  await page.viewport(1200, 800);
  const world = openWorld(items);
  await putOnStage(world, SpaceHome, {});
  await expect.element(page.getByRole('link', { name: 'Trash' })).toBeVisible();
  world.preferences.setLanguage('fr');
  await expect.element(page.getByRole('link', { name: 'Corbeille' })).toBeVisible();
  expect(document.documentElement.lang).toBe('fr');
});
