import { beforeEach, expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { TaskView } from '$lib/documents/views.ts';
import { LiveDocument } from '$lib/state/document-view.svelte.ts';
import { SELF, SPACE } from '../testing/memory-engine.ts';
import { BOARD, indexItem, openWorld, putOnStage, type World } from '../testing/stage.ts';
import BoardPage from './BoardPage.svelte';

const task = (id: string, title: string, more: Partial<TaskView> = {}): TaskView => ({
  id,
  title,
  status: 'todo',
  assignee: undefined,
  due: undefined,
  checklist: [],
  createdBy: SELF,
  conflicts: [],
  ...more,
});

async function showBoard(tasks: readonly TaskView[], layout: 'board' | 'list' = 'board'): Promise<World> {
  const world = openWorld([indexItem(BOARD, 'board', 'This week')]);
  world.documents.put(SPACE, BOARD, { kind: 'board', tasks });
  const live = new LiveDocument(world.documents, { space: SPACE, document: BOARD, kind: 'board' });
  await putOnStage(world, BoardPage, { live, document: live.document, layout });
  return world;
}
const column = (name: string) => page.getByRole('region', { name: new RegExp(`^${name}`, 'u') });

beforeEach(async () => page.viewport(1200, 800));

test('Alice adds one task after the other without leaving the keyboard', async () => {
  await showBoard([]);
  await column('To do').getByLabelText('Add a task').click();
  await userEvent.keyboard('Sweep{Enter}Mop{Enter}');
  await expect.element(column('To do').getByText('Sweep')).toBeVisible();
  await expect.element(column('To do').getByText('Mop')).toBeVisible();
  await expect.element(column('To do').getByLabelText('Add a task')).toHaveFocus();
});

test('every drag has its "Move to…": a task changes column from its menu', async () => {
  const world = await showBoard([task('1', 'Sweep'), task('2', 'Mop', { status: 'doing' })]);
  await page.getByRole('button', { name: 'Actions for Sweep' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'In progress' }).click();
  await expect.element(column('In progress').getByText('Sweep')).toBeVisible();
  expect(world.documents.edits).toEqual([{ edit: 'task.move', id: '1', status: 'doing', after: null }]);
});

test('two values chosen at once are both shown, and the other one can be taken', async () => {
  const world = await showBoard([task('1', 'Sweep', { conflicts: [{ field: 'title', others: ['Sweep the hall'] }] })]);
  await page.getByRole('button', { name: /^Sweep/u }).click();
  const chip = page.getByRole('dialog').getByRole('button', { name: /Sweep.*Sweep the hall/u });
  await expect.element(chip).toBeVisible();
  await chip.click();
  await page.getByRole('menuitem', { name: 'Use “Sweep the hall”' }).click();
  expect(world.documents.edits).toEqual([{ edit: 'task.set', id: '1', fields: { title: 'Sweep the hall' } }]);
});

test('a deleted task comes back from the toast, but not once something newer was done', async () => {
  const world = await showBoard([task('1', 'Sweep'), task('2', 'Mop')]);
  const remove = async (title: string): Promise<void> => {
    await page.getByRole('button', { name: `Actions for ${title}` }).click();
    await page.getByRole('menuitem', { name: 'Delete task' }).click();
    await expect.element(column('To do').getByText(title, { exact: true })).not.toBeInTheDocument();
  };
  const undo = page.getByRole('status').getByRole('button', { name: 'Undo' });
  await remove('Sweep');
  await undo.click();
  await expect.element(column('To do').getByText('Sweep')).toBeVisible();
  await remove('Mop');
  await column('To do').getByLabelText('Add a task').fill('Dust');
  await userEvent.keyboard('{Enter}');
  await expect.element(column('To do').getByText('Dust')).toBeVisible();
  await undo.click();
  await expect.element(column('To do').getByText('Dust')).toBeVisible();
  expect(world.documents.edits.filter((edit) => edit.edit === 'task.delete')).toHaveLength(2);
});

test('details: status, person, day and checklist', async () => {
  const world = await showBoard([task('1', 'Sweep')]);
  await page.getByRole('button', { name: 'Sweep', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabelText('Assignee').selectOptions('Bob');
  await dialog.getByLabelText('Due date').fill('2026-12-01');
  await dialog.getByLabelText('Add an item').fill('Behind the door');
  await userEvent.keyboard('{Enter}');
  await dialog.getByRole('checkbox', { name: 'Behind the door' }).click();
  await userEvent.keyboard('{Escape}');
  await expect.element(dialog).not.toBeInTheDocument();
  await expect.element(page.getByLabelText('1 of 1 items checked')).toBeVisible();
  expect(world.documents.view(BOARD)).toMatchObject({ tasks: [{ assignee: 'b1'.repeat(16), due: '2026-12-01' }] });
});

test('a board of 3,000 tasks draws only what is in sight', async () => {
  await showBoard(Array.from({ length: 3_000 }, (_, at) => task(String(at), `Task ${String(at)}`)));
  await expect.element(page.getByText('Task 0', { exact: true })).toBeVisible();
  expect(document.querySelectorAll('.task').length).toBeLessThan(60);
});
