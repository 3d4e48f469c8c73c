import { beforeEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { openWorld, putOnStage, type World } from '../testing/stage.ts';
import Devices from './Devices.svelte';
import LinkDevice from './LinkDevice.svelte';

beforeEach(async () => page.viewport(1200, 800));

async function withLaptop(): Promise<World> {
  const world = openWorld();
  const laptop = { id: 'e1'.repeat(16), name: 'The laptop', isThis: false, seenAt: 0, spaceCount: 2 };
  await world.engine.becomeDevices([...world.engine.devices, laptop]);
  return world;
}

test('alone, the screen teaches why a second device is worth having', async () => {
  await putOnStage(openWorld(), Devices, {});
  await expect.element(page.getByRole('heading', { name: 'One device so far' })).toBeVisible();
  await expect.element(page.getByText(/if this one is lost, the other gives you everything back/u)).toBeVisible();
  await page.getByRole('button', { name: 'Add a device' }).click();
  await expect.element(page.getByRole('dialog', { name: 'Add a device' })).toBeVisible();
});

test('removing says what is lost and what is not, then offers new words', async () => {
  const world = await withLaptop();
  await putOnStage(world, Devices, {});
  await page.getByRole('button', { name: 'More about The laptop' }).click();
  await page.getByRole('menuitem', { name: 'Remove this device…' }).click();
  const dialog = page.getByRole('dialog');
  await expect.element(dialog.getByText(/nothing can erase that from afar/u)).toBeVisible();
  await dialog.getByRole('button', { name: 'Remove the device' }).click();
  await expect.element(page.getByRole('heading', { name: 'Replace your recovery words too?' })).toBeVisible();
  expect(world.engine.devices.map(({ name }) => name)).not.toContain('The laptop');
  await page.getByRole('dialog').getByRole('button', { name: 'Replace the words' }).click();
  await expect.poll(() => world.visited).toEqual(['/settings/words']);
});

test('the device in hand can be renamed and not removed', async () => {
  await putOnStage(await withLaptop(), Devices, {});
  await page.getByRole('button', { name: 'More about Firefox' }).click();
  await expect.element(page.getByRole('menuitem', { name: 'Rename…' })).toBeVisible();
  expect(page.getByRole('menuitem').elements()).toHaveLength(1);
});

test('on the new device the digits stand until the person says that the other took them', async () => {
  const world = openWorld();
  world.engine.current = { kind: 'blank' };
  await putOnStage(
    world,
    LinkDevice,
    { fragment: '', relay: 'https://archipel.example' },
    { path: '/link', isInSpace: false },
  );
  await expect.element(page.getByRole('button', { name: 'Link', exact: true })).toBeDisabled();
  await page.getByLabelText('Code or digits of the other device').fill('428913');
  await page.getByRole('button', { name: 'Link', exact: true }).click();
  await expect.element(page.getByText('Waiting for the other device…')).toBeVisible();
  const progress = { step: 'comparing', digits: '120456', isConfirmed: false } as const;
  await world.engine.becomePairing({ side: 'guest', progress });
  await expect.element(page.getByText('120 456')).toBeVisible();
  await expect.element(page.getByRole('button', { name: 'The other device accepted them' })).toBeEnabled();
});
