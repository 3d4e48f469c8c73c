/** The one menu of the app: by mouse and by keyboard, and what a screen reader hears of it. */
import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import MenuStage from '../testing/MenuStage.svelte';

const trigger = page.getByRole('button', { name: 'More' });
const menu = page.getByRole('menu', { name: 'More' });
const item = (name: string) => page.getByRole('menuitem', { name });

function openStage(isInDialog = false): string[] {
  const chosen: string[] = [];
  void render(MenuStage, { isInDialog, onchosen: (label: string) => chosen.push(label) });
  return chosen;
}

function focusTrigger(): void {
  (trigger.element() as HTMLElement).focus();
}

test('the first click opens, a second one closes, and a choice closes it and gives focus back', async () => {
  const chosen = openStage();
  await expect.element(trigger).toHaveAttribute('aria-haspopup', 'menu');
  await expect.element(trigger).toHaveAttribute('aria-expanded', 'false');
  await trigger.click();
  await expect.element(menu).toBeVisible();
  await expect.element(trigger).toHaveAttribute('aria-expanded', 'true');
  await trigger.click();
  await expect.element(menu).not.toBeInTheDocument();
  await trigger.click();
  await item('Delete').click();
  await expect.element(menu).not.toBeInTheDocument();
  expect(chosen).toEqual(['Delete']);
  await expect.element(trigger).toHaveFocus();
});

test('Enter, Space and both arrows open it at the right end; Escape gives focus back', async () => {
  openStage();
  await expect.element(trigger).toBeVisible();
  for (const [key, name] of [
    ['{Enter}', 'Rename'],
    [' ', 'Rename'],
    ['{ArrowDown}', 'Rename'],
    ['{ArrowUp}', 'Delete'],
  ] as const) {
    focusTrigger();
    await userEvent.keyboard(key);
    await expect.element(item(name)).toHaveFocus();
    await userEvent.keyboard('{Escape}');
    await expect.element(menu).not.toBeInTheDocument();
    await expect.element(trigger).toHaveFocus();
  }
});

test('arrows pass over what cannot be chosen, a letter finds its entry, accents aside, and Tab goes on from the button', async () => {
  const chosen = openStage();
  await expect.element(trigger).toBeVisible();
  focusTrigger();
  await userEvent.keyboard('{ArrowDown}');
  await expect.element(item('Rename')).toHaveFocus();
  await expect.element(item('Move up')).toBeDisabled();
  await userEvent.keyboard('{ArrowDown}');
  const list = page.getByRole('menuitemcheckbox', { name: 'List', checked: true });
  await expect.element(list).toHaveFocus();
  await userEvent.keyboard('e');
  await expect.element(page.getByRole('menuitem', { name: /diter/u })).toHaveFocus();
  await userEvent.keyboard('{ArrowDown}');
  await expect.element(item('👍')).toHaveFocus();
  await userEvent.keyboard('{End}{ArrowDown}');
  await expect.element(item('Rename')).toHaveFocus();
  await userEvent.keyboard('{ArrowUp}{Home}{ArrowDown}{Enter}');
  await expect.element(menu).not.toBeInTheDocument();
  expect(chosen).toEqual(['List']);
  await userEvent.keyboard('{ArrowDown}');
  await expect.element(item('Rename')).toHaveFocus();
  await userEvent.tab();
  await expect.element(menu).not.toBeInTheDocument();
  await expect.element(page.getByRole('button', { name: 'After' })).toHaveFocus();
});

test('a click elsewhere closes it and goes where it went', async () => {
  openStage();
  await trigger.click();
  await expect.element(menu).toBeVisible();
  const after = page.getByRole('button', { name: 'After' });
  await after.click();
  await expect.element(menu).not.toBeInTheDocument();
  await expect.element(after).toHaveFocus();
});

test('in a modal dialog it can be reached, and Escape closes the menu alone', async () => {
  const chosen = openStage(true);
  await trigger.click();
  await userEvent.keyboard('{Escape}');
  await expect.element(menu).not.toBeInTheDocument();
  await expect.element(page.getByRole('dialog', { name: 'Task' })).toBeVisible();
  await trigger.click();
  await item('Rename').click();
  expect(chosen).toEqual(['Rename']);
});

test('it stands inside the window wherever its button is', async () => {
  await page.viewport(360, 640);
  openStage();
  const button = trigger.element() as HTMLElement;
  for (const [left, top] of [
    [0, 0],
    [300, 0],
    [0, 600],
    [300, 600],
    [150, 300],
  ] as const) {
    Object.assign(button.style, { position: 'fixed', left: `${String(left)}px`, top: `${String(top)}px` });
    await trigger.click();
    await expect.element(menu).toBeVisible();
    await Promise.all(
      menu
        .element()
        .getAnimations()
        .map((each) => each.finished),
    );
    const box = menu.element().getBoundingClientRect();
    expect(Math.min(box.left, box.top)).toBeGreaterThanOrEqual(8);
    expect(box.right).toBeLessThanOrEqual(352);
    expect(box.bottom).toBeLessThanOrEqual(632);
    await userEvent.keyboard('{Escape}');
    await expect.element(menu).not.toBeInTheDocument();
  }
});
