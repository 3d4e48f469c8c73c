import { beforeEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import Restore from '../onboarding/Restore.svelte';
import SpaceHome from '../shell/SpaceHome.svelte';
import { BOARD, indexItem, newWorld, openWorld, putOnStage } from '../testing/stage.ts';
import LookingForSpaces from './LookingForSpaces.svelte';
import RehearsePage from './RehearsePage.svelte';
import WaysBackPage from './WaysBackPage.svelte';

const outside = { isInSpace: false };

beforeEach(async () => page.viewport(1200, 800));

test('[V4] who restores is told that the relay is not reached, and that it has nothing, and may do something about it', async () => {
  const world = openWorld();
  const search = { kind: 'looking', relayUrl: 'https://relay.example', answer: 'unreached' } as const;
  await putOnStage(world, LookingForSpaces, { search }, outside);
  await expect.element(page.getByText('https://relay.example is not reached. Still trying.')).toBeVisible();
  await page.getByLabelText('Relay address').fill('https://other.example');
  await page.getByRole('button', { name: 'Look again' }).click();
  await expect.poll(() => world.engine.current).toMatchObject({ relayUrl: 'https://other.example' });
  await page.getByRole('button', { name: 'Type other words' }).click();
  await expect.poll(() => world.visited).toEqual(['/restore']);
});

test('the checklist comes with the first real content, not before', async () => {
  await putOnStage(openWorld(), SpaceHome, {});
  await expect.element(page.getByRole('heading', { name: 'East Dam' })).toBeVisible();
  expect(page.getByRole('heading', { name: 'Secure your data' }).query()).toBeNull();
  await putOnStage(openWorld([indexItem(BOARD, 'board', 'Repairs')]), SpaceHome, {});
  await expect.element(page.getByRole('heading', { name: 'Secure your data' })).toBeVisible();
});

test('[V4] after a while the home asks, calmly, for three of the words; later is an answer too', async () => {
  const world = openWorld();
  world.engine.ways = { ...world.engine.ways, rehearsal: { isDue: true, wordCount: 12 } };
  await putOnStage(world, SpaceHome, {});
  await expect
    .element(page.getByRole('link', { name: 'Try three words' }))
    .toHaveAttribute('href', '/settings/rehearse');
  await page.getByRole('button', { name: 'Later' }).click();
  await expect.poll(() => page.getByText('Do you still have your recovery words?').query()).toBeNull();
});

test('the rehearsal takes three words and says whether they are right', async () => {
  const world = openWorld();
  await putOnStage(world, RehearsePage, {}, outside);
  await expect.poll(() => page.getByRole('textbox').elements()).toHaveLength(3);
  const labels = (page.getByRole('textbox').elements() as HTMLInputElement[]).map(
    (field) => field.labels?.[0]?.textContent ?? '',
  );
  for (const label of labels)
    await page.getByLabelText(label, { exact: true }).fill(`mot${/\d+/u.exec(label)?.[0] ?? ''}`);
  await page.getByRole('button', { name: 'Check' }).click();
  await expect.poll(() => world.visited).toEqual(['/']);
});

test('trustees are chosen by name, their cards shown once, and what stands is said', async () => {
  await putOnStage(openWorld(), WaysBackPage, {}, outside);
  const trustees = page.getByRole('region', { name: 'People you trust' });
  await trustees.getByRole('button', { name: 'Choose people' }).click();
  await expect.element(trustees.getByRole('button', { name: 'Make the cards' })).toBeDisabled();
  for (const [at, name] of ['Bob', 'Carol', 'Dan'].entries())
    await trustees.getByLabelText(`Person ${String(at + 1)}`).fill(name);
  await trustees.getByLabelText('How many are needed?').selectOptions('2 of 3');
  await trustees.getByRole('button', { name: 'Make the cards' }).click();
  await expect
    .element(trustees.getByRole('textbox', { name: 'Code of the card for Carol' }))
    .toHaveValue('archipel-share.Carol');
  await trustees.getByRole('button', { name: 'All are handed over' }).click();
  await expect.element(trustees.getByText('Bob, Carol, Dan: any 2 of them together.')).toBeVisible();
});

test('a kept card is given back only after the digits were right', async () => {
  await putOnStage(openWorld(), WaysBackPage, {}, outside);
  const kept = page.getByRole('region', { name: 'Cards I keep' });
  await kept.getByRole('button', { name: 'Keep a card' }).click();
  await kept.getByLabelText('Code of the card').fill('nonsense');
  await kept.getByRole('button', { name: 'Keep it' }).click();
  await expect
    .element(page.getByRole('alert').and(page.getByText(/This is not the code that is asked for here/u)))
    .toBeVisible();
  await kept.getByLabelText('Code of the card').fill('archipel-share.x');
  await kept.getByRole('button', { name: 'Keep it' }).click();
  await kept.getByRole('button', { name: 'Answer a request' }).click();
  const dialog = page.getByRole('dialog');
  const next = async (digits: string): Promise<void> => {
    await dialog.getByLabelText('Code of the request').fill('archipel-ask.x');
    await dialog.getByRole('button', { name: 'Next' }).click();
    await expect.element(dialog.getByText('480 913')).toBeVisible();
    await dialog.getByLabelText('The six digits you hear back').fill(digits);
    await dialog.getByRole('button', { name: 'Give the answer' }).click();
  };
  await next('000000');
  await expect.element(page.getByRole('alert').and(page.getByText(/The digits differ/u))).toBeVisible();
  await next('123456');
  await expect.element(dialog.getByRole('textbox', { name: 'Code of the answer' })).toHaveValue('archipel-give.x');
});

test('a passkey needs a passphrase first, and a browser that has them', async () => {
  await putOnStage(openWorld(), WaysBackPage, {}, outside);
  const passkeys = page.getByRole('region', { name: 'Passkeys' });
  await expect.element(passkeys.getByText('This browser has no passkeys.')).toBeVisible();
});

test('a blank browser offers words, file and people; the people’s way goes from code to digits to answers', async () => {
  const world = newWorld();
  await putOnStage(world, Restore, { suggestedRelay: 'https://relay.example' }, { ...outside, path: '/restore' });
  await expect.element(page.getByLabelText('Your words, in order')).toBeVisible();
  await page.getByRole('radio', { name: 'Backup file' }).click();
  await expect.element(page.getByLabelText('Passphrase of the file')).toBeVisible();
  await page.getByRole('radio', { name: 'People' }).click();
  await page.getByRole('button', { name: 'Make the code' }).click();
  await expect.element(page.getByRole('textbox', { name: 'Code of the request' })).toHaveValue('archipel-ask.x');
  await page.getByLabelText('The six digits you hear').fill('480 913');
  await expect.element(page.getByText('123 456')).toBeVisible();
  const add = async (code: string): Promise<void> => {
    await page.getByLabelText('Code of the answer').fill(code);
    await page.getByRole('button', { name: 'Add this answer' }).click();
  };
  await add('nonsense');
  await expect
    .element(page.getByRole('alert').and(page.getByText(/This is not the code that is asked for here/u)))
    .toBeVisible();
  await add('archipel-give.Bob');
  await expect.element(page.getByText('Answered: Bob. Still needed: 1.')).toBeVisible();
  await add('archipel-give.Carol');
  await page.getByRole('button', { name: 'Get my spaces back' }).click();
  await expect.poll(() => world.visited).toEqual(['/']);
});
