/** What one works on: pages, boards and channels, as a person handles them. */
import { expect, type Locator } from '@playwright/test';
import { Desk } from './desk.ts';

export class Work extends Desk {
  // Pages

  async newPage(title: string): Promise<void> {
    await this.page.getByRole('region', { name: 'Pages' }).getByRole('button', { name: 'New page' }).click();
    await this.#entitle(title);
  }

  async openPage(title: string): Promise<void> {
    await this.page.getByRole('tree', { name: 'Pages' }).getByRole('link', { name: title, exact: true }).click();
    await expect(this.text).toBeVisible();
  }

  get text(): Locator {
    return this.page.getByRole('textbox', { name: 'Page text' });
  }

  /** Types at the end of the page, key by key. */
  async write(text: string): Promise<void> {
    await expect(this.text).toHaveAttribute('contenteditable', 'true');
    await this.text.click();
    await this.page.keyboard.press('Control+End');
    await this.page.keyboard.type(text);
  }

  /** The blocks of the page as one reads them, without the others' carets. */
  async paragraphs(): Promise<readonly string[]> {
    return this.text.evaluate((text) => {
      const copy = text.cloneNode(true) as HTMLElement;
      for (const caret of copy.querySelectorAll('.ProseMirror-widget')) caret.remove();
      return [...copy.children].map((block) => block.textContent.replace(/\uFEFF/gu, ''));
    });
  }

  // Boards

  async newBoard(title: string): Promise<void> {
    await this.page.getByRole('region', { name: 'Boards' }).getByRole('button', { name: 'New board' }).click();
    await this.#entitle(title);
  }

  async openBoard(title: string): Promise<void> {
    await this.page.getByRole('region', { name: 'Boards' }).getByRole('link', { name: title, exact: true }).click();
  }

  async addTask(title: string): Promise<void> {
    const field = this.page.getByRole('textbox', { name: 'Add a task' }).first();
    await field.fill(title);
    await field.press('Enter');
    await expect(this.task(title)).toBeVisible();
  }

  task(title: string | RegExp): Locator {
    // The panel of a task that is just closing bears the same words.
    return this.page.getByRole('main').getByText(title, { exact: true }).and(this.page.locator('.title'));
  }

  /** The cards of a column, from the top. */
  async tasksIn(status: 'To do' | 'In progress' | 'Done'): Promise<readonly string[]> {
    return this.page
      .getByRole('region', { name: new RegExp(`^${status}`) })
      .locator('.title')
      .allInnerTexts();
  }

  /** The open task's panel beside the board. */
  get taskPanel(): Locator {
    return this.page.getByRole('dialog');
  }

  async openTask(title: string | RegExp): Promise<void> {
    await this.task(title).click();
    await expect(this.taskPanel).toBeVisible();
  }

  /** The chip in the task's panel that shows the values chosen at the same time. */
  conflict(...values: readonly string[]): Locator {
    return values.reduce(
      (chip, value) => chip.filter({ hasText: value }),
      this.taskPanel.locator('.conflict').getByRole('button'),
    );
  }

  async closeTask(): Promise<void> {
    await this.taskPanel.getByRole('button', { name: 'Close' }).click();
    await expect(this.taskPanel).toBeHidden();
  }

  async changeTask(title: string, to: { readonly title: string; readonly status: string }): Promise<void> {
    await this.openTask(title);
    await this.taskPanel.getByRole('combobox', { name: 'Status' }).selectOption({ label: to.status });
    const field = this.taskPanel.getByRole('textbox', { name: 'Title' });
    await field.fill(to.title);
    await field.press('Enter');
    await this.closeTask();
    await expect(this.task(to.title)).toBeVisible();
  }

  async addToChecklist(title: string, items: readonly string[]): Promise<void> {
    await this.task(title).click();
    const dialog = this.page.getByRole('dialog', { name: title });
    const field = dialog.getByRole('textbox', { name: 'Add an item' });
    for (const item of items) {
      await field.fill(item);
      await field.press('Enter');
      await expect(dialog.getByRole('checkbox', { name: item, exact: true })).toBeVisible();
    }
    await dialog.getByRole('button', { name: 'Close', exact: true }).click();
  }

  async complete(title: string): Promise<void> {
    await this.page.getByRole('checkbox', { name: `Complete “${title}”` }).click();
  }

  // Channels

  async newChannel(title: string): Promise<void> {
    await this.page.getByRole('region', { name: 'Channels' }).getByRole('button', { name: 'New channel' }).click();
    await this.#entitle(title);
  }

  async openChannel(title: string): Promise<void> {
    await this.page.getByRole('region', { name: 'Channels' }).getByRole('link', { name: title }).click();
    await expect(this.page.getByRole('textbox', { name: 'Title' })).toHaveValue(title);
  }

  async say(text: string): Promise<void> {
    const field = this.page.getByRole('textbox', { name: 'Write a message' });
    await field.fill(text);
    await field.press('Enter');
    await expect(this.message(text)).toBeVisible();
  }

  message(text: string): Locator {
    return this.page.getByRole('article').filter({ hasText: text });
  }

  /** What the channel shows, from the oldest. */
  async messages(): Promise<readonly string[]> {
    return this.page.getByRole('log', { name: 'Messages' }).getByRole('article').locator('p').allInnerTexts();
  }

  async #entitle(title: string): Promise<void> {
    const field = this.page.getByRole('textbox', { name: 'Title' });
    await expect(field).toHaveValue('');
    await field.fill(title);
    await field.press('Enter');
    await expect(this.page.getByRole('complementary').getByText(title, { exact: true })).toBeVisible();
  }
}
