import { beforeEach, describe, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { ok } from '$lib/foundation/result.ts';
import { newWorld, openWorld, putOnStage, type World } from '../testing/stage.ts';
import { ANSWER, OFFER } from '../testing/memory-nearby.ts';
import { SPACE } from '../testing/memory-engine.ts';
import NearbyPage from './NearbyPage.svelte';
import People from '../people/People.svelte';

beforeEach(async () => page.viewport(360, 640));

const outside = { path: '/nearby', isInSpace: false };
const paste = async (code: string): Promise<void> => {
  await page.getByLabelText('Or paste the code').fill(code);
  await page.getByRole('button', { name: 'Use this code' }).click();
};

function withKit(world: World): World {
  if (world.engine.current.kind === 'open') world.engine.current = { ...world.engine.current, wordsConfirmed: true };
  return world;
}

/** As the engine would read the offer of the stage. */
function reads(world: World, kind: 'connect' | 'invite' | 'pair'): World {
  const description = { ufrag: 'abcd', password: 'a'.repeat(24), fingerprint: new Uint8Array(32), candidates: [] };
  world.engine.readNearby = () => Promise.resolve(ok({ kind, description }));
  return world;
}

describe('[P3] the side that shows its code first', () => {
  test('Alice shows a code, pastes an answer that is none, is told so, pastes the right one and is connected', async () => {
    const world = openWorld();
    await putOnStage(world, NearbyPage, { code: undefined, isPairing: false }, outside);
    await page.getByRole('button', { name: 'Show a code' }).click();
    await expect.element(page.getByRole('img', { name: 'QR code for the other device' })).toBeVisible();
    await expect.element(page.getByLabelText('The code as text')).toHaveValue(OFFER);
    await page.getByRole('button', { name: 'Scan their code' }).click();
    await paste('something else');
    await expect.element(page.getByText(/This code belongs to another meeting\./u)).toBeVisible();
    await paste(ANSWER);
    await expect.element(page.getByText(/The two devices are connecting…/u)).toBeVisible();
    world.nearby.tell('open');
    await expect.element(page.getByText(/Connected\. What one of you writes/u)).toBeVisible();
    await page.getByRole('button', { name: 'Done' }).click();
    expect(world.visited).toEqual(['/']);
  });

  test('devices that do not reach each other are told what to do, and begin again', async () => {
    const world = openWorld();
    await putOnStage(world, NearbyPage, { code: undefined, isPairing: false }, outside);
    await page.getByRole('button', { name: 'Show a code' }).click();
    await page.getByRole('button', { name: 'Scan their code' }).click();
    await paste(ANSWER);
    world.nearby.tell('unreachable');
    await expect.element(page.getByText(/Put them on the same Wi-Fi/u)).toBeVisible();
    await page.getByRole('button', { name: 'Begin again' }).click();
    await expect.element(page.getByRole('img', { name: 'QR code for the other device' })).toBeVisible();
  });

  test('[V4] before the first share Alice is led to a second way in; with one, Bob is named once he is in', async () => {
    await putOnStage(openWorld(), People, { isInviting: false });
    await page.getByRole('button', { name: 'Invite someone nearby' }).click();
    await expect
      .element(page.getByRole('dialog').getByRole('link', { name: 'See my words' }))
      .toHaveAttribute('href', '/settings/words');
  });

  test('[I2] Alice invites with a role; a link that was lost is told calmly', async () => {
    const world = withKit(openWorld());
    await putOnStage(world, People, { isInviting: false });
    await page.getByRole('button', { name: 'Invite someone nearby' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabelText('Role').selectOptions('Reader');
    await dialog.getByRole('button', { name: 'Show a code' }).click();
    await dialog.getByRole('button', { name: 'Scan their code' }).click();
    await paste(ANSWER);
    world.nearby.tell('open');
    await expect.element(page.getByText(/The other person is being let in…/u)).toBeVisible();
    world.engine.tell({ kind: 'nearby', meeting: 'meeting', news: { kind: 'admitted', space: SPACE, name: 'Bob' } });
    await expect.element(page.getByText(/Bob is in\./u)).toBeVisible();
    await page.getByRole('button', { name: 'Done' }).click();
    world.nearby.tell('closed');
    await expect.element(page.getByText(/The direct link to the device nearby has ended\./u)).toBeVisible();
  });

  test('a code that nobody answered is taken back when the dialog closes', async () => {
    const world = withKit(openWorld());
    await putOnStage(world, People, { isInviting: false });
    await page.getByRole('button', { name: 'Invite someone nearby' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Show a code' }).click();
    await expect.element(page.getByRole('img', { name: 'QR code for the other device' })).toBeVisible();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await expect.poll(() => world.nearby.ended).toEqual(['meeting']);
  });
});

describe('[P3] the side that reads the other’s code first', () => {
  test('Bob’s blank device: no camera is no dead end, a name is asked once, his code is shown, and he goes on to the space', async () => {
    const world = reads(newWorld(), 'invite');
    await putOnStage(world, NearbyPage, { code: undefined, isPairing: false }, outside);
    await paste(OFFER);
    await page.getByLabelText('Your name').fill('Bob');
    await page.getByRole('button', { name: 'Show my code' }).click();
    await expect.element(page.getByLabelText('The code as text')).toHaveValue(ANSWER);
    expect(world.engine.current).toMatchObject({ kind: 'open', name: 'Bob' });
    world.nearby.tell('open');
    await expect.element(page.getByText(/You are being let in…/u)).toBeVisible();
    world.engine.tell({ kind: 'nearby', meeting: 'meeting', news: { kind: 'joining', space: SPACE } });
    await expect.poll(() => world.visited).toEqual([`/s/${SPACE}`]);
  });

  test('what his telephone’s own camera read is answered at once where his name is known', async () => {
    const world = reads(openWorld(), 'invite');
    await putOnStage(world, NearbyPage, { code: OFFER, isPairing: false }, outside);
    await expect.element(page.getByLabelText('The code as text')).toHaveValue(ANSWER);
  });

  test('a blank device that reads the code of two members is told what to ask for', async () => {
    await putOnStage(reads(newWorld(), 'connect'), NearbyPage, { code: OFFER, isPairing: false }, outside);
    await expect.element(page.getByText(/Ask the other person for an invitation instead\./u)).toBeVisible();
  });

  test('another text is told as no such code', async () => {
    await putOnStage(openWorld(), NearbyPage, { code: undefined, isPairing: false }, outside);
    await page.getByRole('button', { name: 'Scan a code' }).click();
    await paste('https://example.org');
    await expect.element(page.getByText(/This is not a code of two devices that meet/u)).toBeVisible();
  });
});
