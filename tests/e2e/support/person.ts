/** A person in front of a browser of their own. Methods say what the person means to do, and end when it is done. */
import { expect, type Browser, type BrowserContext, type Locator, type Page } from '@playwright/test';
import { Watch } from './watch.ts';

export interface PersonOptions {
  readonly browser: Browser;
  readonly url: string;
}

export class Person {
  readonly name: string;
  readonly context: BrowserContext;
  readonly watch: Watch;
  page: Page;
  readonly #url: string;

  private constructor(name: string, context: BrowserContext, page: Page, options: { url: string; watch: Watch }) {
    this.name = name;
    this.context = context;
    this.page = page;
    this.#url = options.url;
    this.watch = options.watch;
  }

  /** A blank browser profile, with the app open. */
  static async meet(name: string, { browser, url }: PersonOptions): Promise<Person> {
    const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 } });
    return Person.inContext(name, context, url);
  }

  static async inContext(name: string, context: BrowserContext, url: string): Promise<Person> {
    const watch = new Watch(context, url);
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto(url);
    return new Person(name, context, page, { url, watch });
  }

  /** Straight from the first screen into a usable space. */
  async begin(): Promise<void> {
    await this.page.getByRole('button', { name: 'Start', exact: true }).click();
    await expect(this.page.getByRole('heading', { name: 'Secure your data' })).toBeVisible();
  }

  async open(path: string): Promise<void> {
    await this.page.goto(`${this.#url}${path}`);
  }

  async newTab(): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(this.page.url());
    return page;
  }

  /** The address of the space that is open, without the origin. */
  spacePath(): string {
    return /^\/s\/[0-9a-f]{64}/.exec(new URL(this.page.url()).pathname)?.[0] ?? '';
  }

  async home(): Promise<void> {
    await this.page.getByRole('link', { name: 'Home', exact: true }).click();
  }

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
    await this.text.click();
    await this.page.keyboard.press('Control+End');
    await this.page.keyboard.type(text);
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

  task(title: string): Locator {
    return this.page.getByRole('main').getByText(title, { exact: true });
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

  // People

  /** Writes the recovery words down, as the app asks before the first share; gives them back. */
  async writeWordsDown(): Promise<readonly string[]> {
    await this.open('/settings/words');
    await this.page.getByRole('button', { name: 'Show the words' }).click();
    const words = await this.page.getByRole('listitem').allInnerTexts();
    const plain = words
      .map((word) => word.replace(/[^\p{L}]/gu, ''))
      .filter((word) => word !== '')
      .slice(-12);
    await this.page.getByRole('button', { name: 'I wrote them down' }).click();
    for (const field of await this.page.getByLabel(/^Word no\. \d+$/).all()) {
      const number = Number(
        /\d+/.exec((await field.evaluate((node) => (node as HTMLInputElement).labels?.[0]?.textContent)) ?? '')?.[0],
      );
      await field.fill(plain[number - 1] ?? '');
    }
    await this.page.getByRole('button', { name: 'Check', exact: true }).click();
    await expect(this.page.getByText('Done: you have a second way in.')).toBeVisible();
    return plain;
  }

  /** Makes an invitation link for the space at `spacePath`. */
  async invite(spacePath: string, role: 'Editor' | 'Reader' = 'Editor'): Promise<string> {
    await this.open(`${spacePath}/people`);
    await this.page.getByRole('button', { name: 'Invite', exact: true }).click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByLabel('Your name').fill(this.name);
    await dialog.getByLabel('Role').selectOption({ label: role });
    await dialog.getByRole('button', { name: 'Create link' }).click();
    const link = await dialog.getByLabel('Invitation link').inputValue();
    await dialog.getByRole('button', { name: 'Done', exact: true }).click();
    return link;
  }

  /** Follows an invitation link in a blank browser and waits until the space opens. */
  async join(link: string): Promise<void> {
    await this.page.goto(link);
    await this.page.getByLabel('Your name').fill(this.name);
    await this.page.getByRole('button', { name: 'Join', exact: true }).click();
    await expect(this.page.getByRole('region', { name: 'Pages' })).toBeVisible({ timeout: 30_000 });
  }

  // Network

  async goOffline(): Promise<void> {
    await this.context.setOffline(true);
  }

  async goOnline(): Promise<void> {
    await this.context.setOffline(false);
  }

  /** Waits until the app itself says that everything is elsewhere too. */
  async expectSynced(): Promise<void> {
    await expect(this.page.getByRole('button', { name: 'Synced', exact: true })).toBeVisible({ timeout: 30_000 });
  }

  async leave(): Promise<void> {
    this.watch.expectQuiet();
    await this.context.close();
  }

  async #entitle(title: string): Promise<void> {
    const field = this.page.getByRole('textbox', { name: 'Title' });
    await expect(field).toHaveValue('');
    await field.fill(title);
    await field.press('Enter');
    await expect(this.page.getByRole('complementary').getByText(title, { exact: true })).toBeVisible();
  }
}
