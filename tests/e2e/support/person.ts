/** A person in front of a browser of their own. Methods say what the person means to do, and end when it is done. */
import { expect, type Browser, type BrowserContext, type Locator } from '@playwright/test';
import { Cable } from './cable.ts';
import { recordPeerConnections } from './peer-connections.ts';
import { Watch } from './watch.ts';
import { Work } from './work.ts';

export interface PersonOptions {
  readonly browser: Browser;
  readonly url: string;
  /** What this person's browser lacks, as other browsers do: `SharedWorker`, `RTCPeerConnection`. */
  readonly lacks?: readonly string[];
}

export class Person extends Work {
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

  /** The same person in a second tab of the same browser. */
  async inSecondTab(): Promise<Person> {
    const page = await this.newTab();
    return new Person(this.name, this.context, page, this.seat);
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

  /** On the People screen of a private channel: asks in all members of the parent who are left to ask. */
  async askInside(people: readonly string[]): Promise<void> {
    await this.page.getByRole('button', { name: /^Ask people of .* in$/ }).click();
    const dialog = this.page.getByRole('dialog');
    await expect(dialog.getByRole('checkbox')).toHaveCount(people.length);
    for (const each of people) await dialog.getByRole('checkbox', { name: each }).check();
    await dialog.getByRole('button', { name: 'Ask in', exact: true }).click();
    await expect(dialog).toBeHidden();
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
}
