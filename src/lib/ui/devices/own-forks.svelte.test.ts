import { beforeEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import type { LostWork } from '$lib/engine/devices/devices-calls.ts';
import type { DeviceId, DocumentId } from '$lib/foundation/ids.ts';
import { BOARD, CHANNEL, indexItem, openWorld, putOnStage, type World } from '../testing/stage.ts';
import { SELF, SPACE } from '../testing/memory-engine.ts';
import LostWorkScreen from './LostWorkScreen.svelte';

const MINUTES = `02${'0'.repeat(30)}` as DocumentId;
const OLD_KEYS = 'ee'.repeat(32) as DeviceId;

beforeEach(async () => page.viewport(360, 640));

const paragraph = (text: string) => ({ type: 'paragraph', content: [{ type: 'text', text }] });
const pageOf = (...texts: readonly string[]) =>
  ({ kind: 'page', doc: { type: 'doc', content: texts.map(paragraph) } }) as const;

function lostIn(document: DocumentId): LostWork {
  const at = Date.UTC(2026, 10, 24, 10);
  return { device: OLD_KEYS, document, changes: 2, firstAt: at, lastAt: at + 60_000 };
}

/** A page, a board and a channel in which something is missing. */
function worldWithLostWork(): World {
  const world = openWorld([
    indexItem(MINUTES, 'page', 'Minutes'),
    indexItem(BOARD, 'board', 'Repairs'),
    indexItem(CHANNEL, 'channel', 'Site'),
  ]);
  const { documents, engine } = world;
  const task = { id: 't1', status: 'todo', assignee: undefined, due: undefined, createdBy: SELF } as const;
  documents.put(SPACE, MINUTES, pageOf('The dam is dry.', 'From elsewhere.'));
  documents.put(SPACE, BOARD, { kind: 'board', tasks: [] });
  documents.put(SPACE, CHANNEL, { kind: 'channel', messages: [] });
  documents.lost.set(MINUTES, pageOf('The dam is dry.', 'Only here.'));
  documents.lost.set(BOARD, {
    kind: 'board',
    tasks: [{ ...task, title: 'Grease the gate', checklist: [], conflicts: [] }],
  });
  documents.lost.set(CHANNEL, {
    kind: 'channel',
    messages: [
      ...[{ id: 'm1', author: SELF, text: 'Who has the key?' }].map((message) => ({
        ...message,
        ...{ sentAt: 0, editedAt: undefined, isDeleted: false, replyTo: undefined, reactions: [] },
      })),
    ],
  });
  engine.lost = [lostIn(MINUTES), lostIn(BOARD), lostIn(CHANNEL)];
  return world;
}

test('[C2] Alice is told that her browser was set back, and one press gives it new keys', async () => {
  const world = worldWithLostWork();
  world.engine.all = world.engine.all.map((summary) => ({ ...summary, isForked: true, role: 'reader' }));
  // The line stands in the frame around whatever screen.
  await putOnStage(world, LostWorkScreen, {});
  await expect.element(page.getByText(/set back to an earlier state/u)).toBeVisible();
  await page.getByRole('button', { name: 'Go on with new keys' }).click();
  await expect.element(page.getByText(/The others never got some of what you wrote/u)).toBeVisible();
  await expect.element(page.getByRole('link', { name: 'See it' })).toHaveAttribute('href', `/s/${SPACE}/lost`);
  expect(page.getByRole('button', { name: 'Go on with new keys' }).elements()).toHaveLength(0);
});

test('[C2] what only this browser had is shown piece by piece, and comes back as new edits', async () => {
  const world = worldWithLostWork();
  await putOnStage(world, LostWorkScreen, {});
  const minutes = page.getByRole('article', { name: 'Minutes' });
  await expect.element(minutes.getByText('Only here.')).toBeVisible();
  expect(minutes.getByText('The dam is dry.').elements()).toHaveLength(0);
  for (const title of ['Minutes', 'Repairs', 'Site'])
    await page.getByRole('article', { name: title }).getByRole('button', { name: 'Put it back' }).click();
  await expect.element(page.getByText('Nothing is missing')).toBeVisible();
  expect(world.documents.view(MINUTES)).toEqual(pageOf('The dam is dry.', 'From elsewhere.', 'Only here.'));
  expect(world.documents.edits).toEqual([
    { edit: 'task.add', id: 't1', fields: { title: 'Grease the gate', status: 'todo', assignee: null, due: null } },
    { edit: 'message.send', id: 'm1', text: 'Who has the key?' },
  ]);
});

test('[C2] it is discarded only after a question, and a failure to read is said', async () => {
  const world = worldWithLostWork();
  world.engine.lost = [lostIn(MINUTES)];
  await putOnStage(world, LostWorkScreen, {});
  await page.getByRole('button', { name: 'Discard…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Discard this for good?' });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect(world.engine.lost).toHaveLength(1);
  await page.getByRole('button', { name: 'Discard…' }).click();
  await dialog.getByRole('button', { name: 'Discard' }).click();
  await expect.element(page.getByText('Nothing is missing')).toBeVisible();
  expect(world.engine.lost).toEqual([]);
});

test('[C2] what is there by now is said to be there, and needs only to be let go', async () => {
  const world = worldWithLostWork();
  world.documents.put(SPACE, MINUTES, pageOf('The dam is dry.', 'Only here.'));
  world.engine.lost = [lostIn(MINUTES)];
  await putOnStage(world, LostWorkScreen, {});
  await expect.element(page.getByText('All of it is there by now.')).toBeVisible();
  expect(page.getByRole('button', { name: 'Put it back' }).elements()).toHaveLength(0);
});
