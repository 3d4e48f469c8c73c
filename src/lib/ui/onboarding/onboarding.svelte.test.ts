import { beforeEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { indexDocumentOf } from '$lib/documents/document-kind.ts';
import { SPACE } from '../testing/memory-engine.ts';
import { newWorld, openWorld, putOnStage } from '../testing/stage.ts';
import WordsPage from '../settings/WordsPage.svelte';
import Settings from '../settings/Settings.svelte';
import Join from './Join.svelte';
import NewSpace from './NewSpace.svelte';

const outside = { isInSpace: false };

beforeEach(async () => page.viewport(1200, 800));

test('one press leads Alice from a blank browser into a named space, without a question', async () => {
  const world = newWorld();
  await putOnStage(world, NewSpace, { isFirst: true }, outside);
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await expect.poll(() => world.visited).toEqual([`/s/${SPACE}`]);
  expect(world.engine.current).toMatchObject({ kind: 'open', protection: 'device', name: '' });
  expect(world.documents.view(indexDocumentOf(SPACE))).toMatchObject({ name: 'My space' });
});

test('the first screen also offers the two other ways in', async () => {
  await putOnStage(newWorld(), NewSpace, { isFirst: true }, outside);
  await expect.element(page.getByRole('link', { name: 'I have an invitation link' })).toHaveAttribute('href', '/join');
  await expect.element(page.getByRole('link', { name: 'I already have spaces' })).toHaveAttribute('href', '/restore');
});

test('a locked device tells a wrong passphrase from a right one', async () => {
  const world = openWorld();
  world.engine.current = { kind: 'locked', retryAfterMs: 0 };
  await putOnStage(world, Settings, {}, outside);
  const field = page.getByLabelText('Passphrase');
  await field.fill('nope');
  await page.getByRole('button', { name: 'Unlock' }).click();
  await expect.element(page.getByRole('alert').and(page.getByText(/That is not the passphrase/u))).toBeVisible();
  await field.fill('correct horse');
  await page.getByRole('button', { name: 'Unlock' }).click();
  await expect.element(page.getByRole('heading', { name: 'Settings' })).toBeVisible();
});

test('the words are shown, and three of them are asked back', async () => {
  const world = openWorld();
  await putOnStage(world, WordsPage, {}, outside);
  await page.getByRole('button', { name: 'Show the words' }).click();
  await expect.element(page.getByText(/mot24/u)).toBeVisible();
  await page.getByRole('button', { name: 'I wrote them down' }).click();
  const fields = page.getByRole('textbox').elements() as HTMLInputElement[];
  expect(fields).toHaveLength(3);
  const labels = fields.map((field) => field.labels?.[0]?.textContent ?? '');
  const answer = async (word: (number: string) => string): Promise<void> => {
    for (const label of labels)
      await page.getByLabelText(label, { exact: true }).fill(word(/\d+/u.exec(label)?.[0] ?? ''));
    await page.getByRole('button', { name: 'Check' }).click();
  };
  await answer(() => 'wrong');
  await expect.element(page.getByRole('alert').and(page.getByText(/These words do not match/u))).toBeVisible();
  await answer((number) => ` MOT${number} `);
  await expect.poll(() => world.visited).toEqual(['/']);
  expect(world.engine.current).toMatchObject({ wordsConfirmed: true });
});

test('a broken invitation says what to do', async () => {
  await putOnStage(newWorld(), Join, { invitation: 'https://archipel.example/join#x' }, { ...outside, path: '/join' });
  await page.getByLabelText('Your name').fill('Bob');
  await page.getByRole('button', { name: 'Join' }).click();
  await expect.element(page.getByRole('alert').and(page.getByText(/This link is incomplete/u))).toBeVisible();
});

test('a passphrase is refused while it is easy to guess', async () => {
  const world = openWorld();
  await putOnStage(world, Settings, {}, outside);
  await page.getByRole('button', { name: 'Choose a passphrase' }).click();
  const save = page.getByRole('region', { name: 'Security of this device' }).getByRole('button', { name: 'Save' });
  await page.getByLabelText('New passphrase').fill('azerty');
  await page.getByLabelText('The same again').fill('azerty');
  await expect.element(save).toBeDisabled();
  await page.getByLabelText('New passphrase').fill('cargo fennel mist tandem organ');
  await page.getByLabelText('The same again').fill('cargo fennel mist tandem organ');
  await save.click();
  await expect.poll(() => world.engine.current).toMatchObject({ protection: 'passphrase' });
});
