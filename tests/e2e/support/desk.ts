/** A browser with the app open: its tabs, its network, its spaces, and what the app itself says about where the work is. */
import { expect, type BrowserContext, type Locator, type Page } from '@playwright/test';
import type { Cable } from './cable.ts';
import { endPeerConnections } from './peer-connections.ts';
import type { Watch } from './watch.ts';

/** Where the app is served, who looks for violations, and the cable that can be cut. */
export interface Seat {
  readonly url: string;
  readonly watch: Watch;
  readonly cable: Cable | undefined;
}

const SAYS_SO_WITHIN_MS = 400;

export class Desk {
  readonly name: string;
  readonly context: BrowserContext;
  page: Page;
  protected readonly seat: Seat;

  constructor(name: string, context: BrowserContext, page: Page, seat: Seat) {
    this.name = name;
    this.context = context;
    this.page = page;
    this.seat = seat;
  }

  get watch(): Watch {
    return this.seat.watch;
  }

  /** Straight from the first screen into a usable space. */
  async begin(): Promise<void> {
    await this.page.getByRole('button', { name: 'Start', exact: true }).click();
    // The home itself, not the sidebar, which may be there before the way to the home has ended.
    await expect(this.page.getByRole('heading', { level: 1, name: 'My space' })).toBeVisible();
  }

  async open(path: string): Promise<void> {
    await this.page.goto(`${this.seat.url}${path}`);
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

  // Network

  /** Neither the relay nor another device is reached. */
  async goOffline(): Promise<void> {
    await this.context.setOffline(true);
    this.seat.cable?.cut();
    await endPeerConnections(this.context);
  }

  async goOnline(): Promise<void> {
    this.seat.cable?.mend();
    await this.context.setOffline(false);
  }

  /** Nothing passes any more, and the browser does not know it. */
  enterTunnel(): void {
    this.seat.cable?.enterTunnel();
  }

  leaveTunnel(): void {
    this.seat.cable?.leaveTunnel();
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
    this.seat.cable?.remove();
  }
}
