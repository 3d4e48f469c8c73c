import { beforeEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { openWorld, putOnStage } from '../testing/stage.ts';
import People from './People.svelte';

beforeEach(async () => page.viewport(1200, 800));

test('everyone who can read is named with a role', async () => {
  await putOnStage(openWorld(), People, { isInviting: false });
  const members = page.getByRole('list', { name: 'Members' }).getByRole('listitem');
  const texts = (): (string | null)[] => members.elements().map((each) => each.textContent);
  await expect.poll(() => texts()).toHaveLength(3);
  expect(texts()).toEqual([
    expect.stringMatching(/Alice \(you\).*Owner/su),
    expect.stringMatching(/Bob.*Editor/su),
    expect.stringMatching(/Carol.*Reader/su),
  ]);
});

test('[V4] before the first share Alice is led to a second way in', async () => {
  await putOnStage(openWorld(), People, { isInviting: true });
  await page.getByRole('button', { name: 'Create link' }).click();
  await expect
    .element(page.getByRole('dialog').getByRole('link', { name: 'See my words' }))
    .toHaveAttribute('href', '/settings/words');
});

test('an invitation is a link to copy and a code to scan, and stays listed', async () => {
  const world = openWorld();
  if (world.engine.current.kind === 'open') world.engine.current = { ...world.engine.current, wordsConfirmed: true };
  await putOnStage(world, People, { isInviting: true });
  const dialog = page.getByRole('dialog');
  await dialog.getByLabelText('Role').selectOptions('Reader');
  await dialog.getByRole('button', { name: 'Create link' }).click();
  await expect
    .element(dialog.getByLabelText('Invitation link'))
    .toHaveValue(`https://archipel.example/join#${'0'.repeat(32)}`);
  await expect.element(dialog.getByRole('img', { name: 'QR code of the invitation' })).toBeVisible();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect
    .element(page.getByRole('list', { name: 'Pending invitations' }).getByText('Invitation: Reader'))
    .toBeVisible();
});

test('removing says what the removed person keeps, before it is done', async () => {
  await putOnStage(openWorld(), People, { isInviting: false });
  await page.getByRole('button', { name: 'Actions for Bob' }).click();
  await page.getByRole('menuitem', { name: 'Remove from space' }).click();
  await expect
    .element(page.getByRole('dialog').getByText(/They keep what their devices already received/u))
    .toBeVisible();
});
