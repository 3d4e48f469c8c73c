import { AxeBuilder } from '@axe-core/playwright';
import type { Response } from '@playwright/test';
import { beginImport, exportSpace } from '../support/carrying.ts';
import { PASSPHRASE, furnish, placesOf, screensOf } from '../support/every-screen.ts';
import { expect, test } from '../support/journey.ts';
import { Person } from '../support/person.ts';
import { policyReportsOf, recordPolicyReports } from '../support/policy-watch.ts';

/** Axe's types come from a Playwright of its own, which differs in nothing that matters here. */
type AxePage = ConstructorParameters<typeof AxeBuilder>[0]['page'];

test('Alice visits every screen and no browser rule of the app’s own policy is broken', async ({ browser, relay }) => {
  test.setTimeout(300_000);
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 } });
  await recordPolicyReports(context);
  const answers: Response[] = [];
  context.on('response', (response) => answers.push(response));
  const alice = await Person.inContext('Alice', context, relay.url);
  const reports: string[] = [];
  const collect = async (screen: string): Promise<void> => {
    for (const report of await policyReportsOf(alice.page)) reports.push(`${screen}: ${report}`);
    expect(await alice.page.locator('script:not([src])').count(), screen).toBe(0);
  };

  await collect('welcome');
  await alice.begin();
  await furnish(alice);
  const places = await placesOf(alice);
  const dialog = await beginImport(alice, {
    name: 'notes.md',
    bytes: Buffer.from('# One\n\n&eacute; <b>x</b> [a](b.md)'),
  });
  await expect(dialog.getByText('1 page imported and saved on this device.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Done', exact: true }).click();
  await exportSpace(alice);
  await paste(alice, '<meta charset="utf-8"><p class="MsoNormal" style="margin:0">Pasted <b>bold</b></p>');
  await expect(alice.text.getByText('bold', { exact: true })).toBeVisible();
  await collect('writing, import and export');
  for (const screen of screensOf(places)) {
    await screen.show(alice);
    await collect(screen.name);
  }
  await alice.choosePassphrase(PASSPHRASE);
  await alice.page.getByRole('button', { name: 'Lock now' }).click();
  await expect(alice.page.getByRole('heading', { name: 'Archipel is locked' })).toBeVisible();
  await collect('locked');
  expect(reports).toEqual([]);
  alice.watch.expectQuiet();

  // Foreign code in what is pasted meets the policy first: it does not run, and does not stay.
  await alice.unlock(PASSPHRASE);
  await alice.page.getByRole('link', { name: 'Back', exact: true }).click();
  await paste(
    alice,
    '<p onclick="window.ran = 1">Hostile<img src="x:" onerror="window.ran = 1"><script>window.ran = 1</script></p>',
  );
  await expect(alice.text.getByText('Hostile')).toBeVisible();
  expect(await alice.text.innerHTML()).not.toMatch(/onclick|onerror|script|window/);
  expect(await alice.page.evaluate(() => 'ran' in window)).toBe(false);

  // The page and every worker carry the policy in a header, whatever the document says.
  const scripts = answers.filter((answer) => /worker|\/$|index\.html/.test(new URL(answer.url()).pathname));
  expect(scripts.map((answer) => answer.url()).some((url) => /engine-worker/.test(url))).toBe(true);
  expect(scripts.map((answer) => answer.url()).some((url) => /documents-worker/.test(url))).toBe(true);
  for (const answer of answers) {
    const policy = answer.headers()['content-security-policy'] ?? '';
    expect(policy, answer.url()).toContain("default-src 'none'");
    expect(policy, answer.url()).toContain("require-trusted-types-for 'script'");
    expect(policy, answer.url()).toMatch(/script-src 'self' 'wasm-unsafe-eval'(;|$)/);
    expect(policy, answer.url()).not.toMatch(/script-src[^;]*unsafe-(inline|eval'\s*unsafe-inline)/);
    expect(answer.headers()['x-content-type-options'], answer.url()).toBe('nosniff');
  }
  await context.close();
});

test('On every screen, by day and by night, nothing serious stands in the way of whom uses a screen reader', async ({
  browser,
  relay,
}) => {
  test.setTimeout(400_000);
  // Axe brings its script into the page, which the policy would refuse: here, and only here, it is lifted.
  const context = await browser.newContext({
    locale: 'en-GB',
    viewport: { width: 1280, height: 800 },
    bypassCSP: true,
  });
  const alice = await Person.inContext('Alice', context, relay.url);
  const found: string[] = [];
  const examine = async (screen: string): Promise<void> => {
    for (const theme of ['light', 'dark'] as const) {
      await alice.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      // A colour on its way to another would be measured half-way.
      await alice.page.waitForFunction(() => document.getAnimations().every((each) => each.playState !== 'running'));
      const { violations } = await new AxeBuilder({ page: alice.page as unknown as AxePage }).analyze();
      for (const { id, impact, nodes } of violations.filter((each) => /serious|critical/.test(each.impact ?? '')))
        found.push(`${screen}, ${theme}: ${id} (${String(impact)}) ${nodes.map((node) => node.html).join(' | ')}`);
    }
  };

  await examine('welcome');
  await alice.begin();
  await furnish(alice);
  const places = await placesOf(alice);
  for (const screen of screensOf(places)) {
    await screen.show(alice);
    await examine(screen.name);
  }
  await alice.open(places.board);
  await alice.task('Replace the gauge').click();
  await expect(alice.page.getByRole('dialog', { name: 'Replace the gauge' })).toBeVisible();
  await examine('task');
  await alice.open(places.space);
  await alice.page.getByRole('button', { name: 'Import notes' }).click();
  await expect(alice.page.getByRole('dialog')).toBeVisible();
  await examine('import');
  await alice.choosePassphrase(PASSPHRASE);
  await examine('settings with a passphrase');
  await alice.page.getByRole('button', { name: 'Lock now' }).click();
  await expect(alice.page.getByRole('heading', { name: 'Archipel is locked' })).toBeVisible();
  await examine('locked');
  expect(found).toEqual([]);
  await context.close();
});

/** Pasting is where foreign markup meets the editor. */
async function paste(person: Person, html: string): Promise<void> {
  await person.openPage('Access and keys');
  await person.text.click();
  await person.text.evaluate((text, markup) => {
    const clipboard = new DataTransfer();
    clipboard.setData('text/html', markup);
    text.dispatchEvent(new ClipboardEvent('paste', { clipboardData: clipboard, bubbles: true, cancelable: true }));
  }, html);
}
