/** A person in front of a browser of their own. Methods say what the person means to do, and end when it is done. */
import { expect, type Browser, type BrowserContext, type Locator, type Page } from '@playwright/test';
import { Cable } from './cable.ts';
import { endPeerConnections, recordPeerConnections } from './peer-connections.ts';
import { Watch } from './watch.ts';

export interface PersonOptions {
  readonly browser: Browser;
  readonly url: string;
  /** What this person's browser lacks, as other browsers do: `SharedWorker`, `RTCPeerConnection`. */
  readonly lacks?: readonly string[];
}

const SAYS_SO_WITHIN_MS = 400;

export class Person {
  readonly name: string;
  readonly context: BrowserContext;
  readonly watch: Watch;
  page: Page;
  readonly #url: string;
  readonly #cable: Cable | undefined;

  private constructor(
    name: string,
    context: BrowserContext,
    page: Page,
    options: { url: string; watch: Watch; cable: Cable | undefined },
  ) {
    this.name = name;
    this.context = context;
    this.page = page;
    this.#url = options.url;
    this.watch = options.watch;
    this.#cable = options.cable;
  }

  /** A blank browser profile, with the app open. */
  static async meet(name: string, { browser, url, lacks = [] }: PersonOptions): Promise<Person> {
    const cable = await Cable.lay();
    const context = await browser.newContext({
      locale: 'en-GB',
      viewport: { width: 1280, height: 800 },
      proxy: { server: cable.address },
    });
    await context.addInitScript(
      (names) => names.forEach((each) => Reflect.deleteProperty(globalThis, each)),
      [...lacks],
    );
    await recordPeerConnections(context);
    return Person.inContext(name, context, url, cable);
  }

  /** A browser whose pages cannot reach each other directly: nothing passes but through the relay, or by hand. */
  static meetWithoutPeers(name: string, options: PersonOptions): Promise<Person> {
    return Person.meet(name, { ...options, lacks: ['RTCPeerConnection'] });
  }

  static async inContext(name: string, context: BrowserContext, url: string, cable?: Cable): Promise<Person> {
    const watch = new Watch(context, url);
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto(url);
    return new Person(name, context, page, { url, watch, cable });
  }

  /** Straight from the first screen into a usable space. */
  async begin(): Promise<void> {
    await this.page.getByRole('button', { name: 'Start', exact: true }).click();
    // The home itself, not the sidebar, which may be there before the way to the home has ended.
    await expect(this.page.getByRole('heading', { level: 1, name: 'My space' })).toBeVisible();
  }

  async open(path: string): Promise<void> {
    await this.page.goto(`${this.#url}${path}`);
  }

  /** The same person in a second tab of the same browser. */
  async inSecondTab(): Promise<Person> {
    const page = await this.newTab();
    return new Person(this.name, this.context, page, { url: this.#url, watch: this.watch, cable: this.#cable });
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
    // The first of that name: a page may be called so, too.
    await this.page.getByRole('link', { name: 'Home', exact: true }).first().click();
  }

  /** Makes another space and goes there. */
  async newSpace(name: string): Promise<void> {
    await this.page.getByRole('button', { name: /^Space .*, switch space$/ }).click();
    await this.page.getByRole('menuitem', { name: 'New space' }).click();
    await this.page.getByLabel('Space name').fill(name);
    await this.page.getByRole('button', { name: 'Create space' }).click();
    await expect(this.page.getByRole('heading', { level: 1, name })).toBeVisible();
  }

  async chooseSpace(name: string): Promise<void> {
    await this.page.getByRole('button', { name: /^Space .*, switch space$/ }).click();
    await this.page.getByRole('menuitemcheckbox', { name, exact: true }).click();
    await expect(this.page.getByRole('button', { name: `Space ${name}, switch space` })).toBeVisible();
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

  // People

  /** Writes the recovery words down, as the app asks before the first share; gives them back. */
  async writeWordsDown(): Promise<readonly string[]> {
    await this.open('/settings/words');
    await this.page.getByRole('button', { name: 'Show the words' }).click();
    await expect(this.page.getByRole('listitem')).toHaveCount(12);
    const words = await this.page.getByRole('listitem').allInnerTexts();
    const plain = words
      .map((word) => word.replace(/[^\p{L}]/gu, ''))
      .filter((word) => word !== '')
      .slice(-12);
    await this.page.getByRole('button', { name: 'I wrote them down' }).click();
    await expect(this.page.getByLabel(/^Word no\. \d+$/)).toHaveCount(3);
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
  async invite(spacePath: string, role: 'Editor' | 'Reader' | 'Admin' = 'Editor', name = this.name): Promise<string> {
    await this.open(`${spacePath}/people`);
    await this.page.getByRole('button', { name: 'Invite', exact: true }).click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByLabel('Your name').fill(name);
    await dialog.getByLabel('Role').selectOption({ label: role });
    await dialog.getByRole('button', { name: 'Create link' }).click();
    const link = await dialog.getByLabel('Invitation link').inputValue();
    await dialog.getByRole('button', { name: 'Done', exact: true }).click();
    return link;
  }

  async openPeople(): Promise<void> {
    await this.page.getByRole('link', { name: 'People', exact: true }).click();
    await expect(this.page.getByRole('list', { name: 'Members' })).toBeVisible();
  }

  /** A line of the list of members. */
  member(name: string): Locator {
    return this.page
      .getByRole('list', { name: 'Members' })
      .getByRole('listitem')
      .filter({ has: this.page.getByText(name, { exact: true }) });
  }

  async giveRole(name: string, role: 'Reader' | 'Editor' | 'Admin' | 'Owner'): Promise<void> {
    await this.page.getByRole('button', { name: `Actions for ${name}` }).click();
    await this.page.getByRole('menuitem', { name: 'Change role…' }).click();
    const dialog = this.page.getByRole('dialog', { name: `Role of ${name}` });
    await dialog.getByRole('radio', { name: role }).check();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(this.member(name)).toContainText(role);
  }

  async remove(name: string): Promise<void> {
    await this.page.getByRole('button', { name: `Actions for ${name}` }).click();
    await this.page.getByRole('menuitem', { name: 'Remove from space' }).click();
    await this.page.getByRole('dialog').getByRole('button', { name: 'Remove from space' }).click();
  }

  /** A line of the list of late work, by who wrote it. */
  lateWork(name: string): Locator {
    return this.page
      .getByRole('list', { name: 'Waiting for a decision' })
      .getByRole('listitem')
      .filter({ hasText: `${name}, in` });
  }

  /** Follows an invitation link in a blank browser and asks to be let in. */
  async askToJoin(link: string, name = this.name): Promise<void> {
    await this.page.goto(link);
    await this.page.getByLabel('Your name').fill(name);
    await this.page.getByRole('button', { name: 'Join', exact: true }).click();
  }

  /** Opens a private channel, or without a name a direct message, with these people. */
  async newPrivate(name: string, people: readonly string[]): Promise<void> {
    await this.page.getByRole('button', { name: 'New private conversation' }).click();
    const dialog = this.page.getByRole('dialog', { name: 'New private conversation' });
    if (name === '') await dialog.getByRole('radio', { name: 'Direct message' }).check();
    else await dialog.getByLabel('Name of the channel').fill(name);
    for (const each of people) await dialog.getByRole('checkbox', { name: each }).check();
    await dialog.getByRole('button', { name: 'Create' }).click();
    await expect(dialog).toBeHidden();
    await expect(this.page.getByRole('textbox', { name: 'Write a message' })).toBeVisible();
  }

  privateLink(name: string | RegExp): Locator {
    return this.page.getByRole('region', { name: 'Private' }).getByRole('link', { name });
  }

  /** Follows an invitation link in a blank browser and waits until the space opens. */
  async join(link: string): Promise<void> {
    await this.askToJoin(link);
    await expect(this.page.getByRole('region', { name: 'Pages' })).toBeVisible({ timeout: 30_000 });
  }

  // The lock

  async choosePassphrase(passphrase: string): Promise<void> {
    await this.open('/settings#security');
    await this.page.getByRole('button', { name: 'Choose a passphrase' }).click();
    const form = this.page.locator('form').filter({ has: this.page.getByLabel('New passphrase') });
    await form.getByLabel('New passphrase').fill(passphrase);
    await form.getByLabel('The same again').fill(passphrase);
    await form.getByRole('button', { name: 'Save' }).click();
    await expect(this.page.getByText('The passphrase is in place.')).toBeVisible({ timeout: 30_000 });
  }

  async unlock(passphrase: string): Promise<void> {
    await this.page.getByLabel('Passphrase').fill(passphrase);
    await this.page.getByRole('button', { name: 'Unlock' }).click();
  }

  // Network

  /** Neither the relay nor another device is reached. */
  async goOffline(): Promise<void> {
    await this.context.setOffline(true);
    this.#cable?.cut();
    await endPeerConnections(this.context);
  }

  async goOnline(): Promise<void> {
    this.#cable?.mend();
    await this.context.setOffline(false);
  }

  /** Waits until the app itself says that the last words are on the disk: it may say so a moment after the last key. */
  async expectSaved(): Promise<void> {
    const saving = this.page.getByText('Saving…');
    // Not seen is as good: then it was said and taken back already, or there was nothing to save.
    await saving.waitFor({ timeout: SAYS_SO_WITHIN_MS }).catch(() => undefined);
    await expect(saving).toHaveCount(0);
  }

  /** Waits until the app itself says that everything is elsewhere too. */
  async expectSynced(): Promise<void> {
    await expect(this.page.getByRole('button', { name: 'Synced', exact: true })).toBeVisible({ timeout: 30_000 });
  }

  /** Waits until the app itself would open without a network. */
  async expectAppKept(): Promise<void> {
    await this.page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
  }

  async expectOffline(): Promise<void> {
    await expect(this.syncLine('Offline')).toBeVisible({ timeout: 30_000 });
  }

  /** Waits until the app says that it reaches `count` devices without the relay. */
  async expectDirect(count: number): Promise<void> {
    const words = `Connected to ${String(count)} device${count === 1 ? '' : 's'}`;
    await this.page.getByRole('complementary').locator('button.sync').click();
    await expect(this.page.getByRole('menu').getByText(words)).toBeVisible({ timeout: 30_000 });
    await this.page.keyboard.press('Escape');
    await expect(this.page.getByRole('menu')).toBeHidden();
  }

  /** Nothing interrupts: no dialog, no alarm, no problem told. */
  async expectCalm(): Promise<void> {
    await expect(this.page.getByRole('dialog')).toHaveCount(0);
    await expect(this.page.getByRole('alertdialog')).toHaveCount(0);
    await expect(this.page.getByRole('alert')).toHaveCount(0);
    await expect(this.page.locator('.toast.problem')).toHaveCount(0);
  }

  /** What the app itself says about where the work is. */
  syncLine(words: string | RegExp): Locator {
    return this.page.getByRole('complementary').getByRole('button', { name: words });
  }

  async leave(): Promise<void> {
    this.watch.expectQuiet();
    await this.context.close();
    this.#cable?.remove();
  }

  async #entitle(title: string): Promise<void> {
    const field = this.page.getByRole('textbox', { name: 'Title' });
    await expect(field).toHaveValue('');
    await field.fill(title);
    await field.press('Enter');
    await expect(this.page.getByRole('complementary').getByText(title, { exact: true })).toBeVisible();
  }
}
