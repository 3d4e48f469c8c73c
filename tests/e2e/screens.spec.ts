/** Pictures of the main screens in every size, theme and language; what a picture cannot say is asserted. */
import { mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { PASSPHRASE, furnish, placesOf, screensOf, type Screen } from './support/every-screen.ts';
import { expect, test } from './support/journey.ts';
import type { Person } from './support/person.ts';

const PICTURES = new URL('.screenshots/', import.meta.url).pathname;
const README_PICTURE = new URL('../../docs/screenshot.png', import.meta.url).pathname;
const AREAS = readdirSync(new URL('../../messages/', import.meta.url)).map((area) => area.replaceAll('-', '_'));
/** The name of a message where its words should stand. */
const MESSAGE_KEY = new RegExp(`\\b(${AREAS.join('|')})_[a-z]+`, 'u');
const SIZES = [
  { width: 360, height: 640 },
  { width: 1440, height: 900 },
] as const;
const THEMES = ['light', 'dark'] as const;
const LANGUAGES = ['fr', 'en'] as const;
type Language = (typeof LANGUAGES)[number];

test('every main screen stands in both sizes, themes and languages: nothing overflows, nothing is untranslated', async ({
  meet,
}) => {
  test.setTimeout(900_000);
  mkdirSync(PICTURES, { recursive: true });
  const alice = await meet('Alice');
  await takeAll(alice, [at('welcome', '/', 'h1')]);

  await alice.begin();
  await furnish(alice);
  const places = await placesOf(alice);
  await alice.writeWordsDown();
  const link = await alice.invite(places.space);
  const bob = await meet('Bob');
  await bob.join(link);
  await bob.openPage('Inspection report');
  await bob.write('Seen with Alice.');

  const inSpace = screensOf(places).filter(({ name }) => !['trash', 'new-space', 'gone'].includes(name));
  const withBob: Screen[] = inSpace.map((screen) =>
    screen.name !== 'page'
      ? screen
      : {
          name: 'page',
          show: async (person) => {
            await screen.show(person);
            await bob.text.press('End');
            await expect(person.page.locator('.page-text').getByText('Bob', { exact: true })).toBeVisible();
          },
        },
  );
  await takeAll(alice, [...withBob, importDialog(places.space), wordsShown()]);
  await takeReadmePicture(
    alice,
    withBob.find(({ name }) => name === 'page'),
  );

  await setLanguage(alice.page, 'en');
  await alice.choosePassphrase(PASSPHRASE);
  await alice.page.getByRole('button', { name: 'Lock now' }).click();
  await expect(alice.page.getByRole('heading', { name: 'Archipel is locked' })).toBeVisible();
  await takeAll(alice, [at('unlock', places.space, 'h1')]);
});

async function takeAll(person: Person, screens: readonly Screen[]): Promise<void> {
  const { page } = person;
  for (const language of LANGUAGES) {
    await setLanguage(page, language);
    for (const size of SIZES) {
      await page.setViewportSize(size);
      for (const screen of screens) {
        await screen.show(person);
        await expect(page.locator('html')).toHaveAttribute('lang', language);
        for (const theme of THEMES) {
          await setTheme(page, theme);
          const name = `${screen.name}-${String(size.width)}-${theme}-${language}`;
          await page.screenshot({ path: `${PICTURES}${name}.png` });
          await expectWellMade(page, name);
        }
      }
    }
  }
}

async function expectWellMade(page: Page, name: string): Promise<void> {
  const { wide, room, words } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    room: document.documentElement.clientWidth,
    words: document.body.innerText,
  }));
  expect(wide, `${name} is wider than the screen`).toBeLessThanOrEqual(room);
  expect(words, name).not.toMatch(MESSAGE_KEY);
  expect(words, name).not.toMatch(/\{[a-z]+\}|undefined|\[object|NaN/);
}

async function takeReadmePicture(person: Person, screen: Screen | undefined): Promise<void> {
  if (process.env['UPDATE_SCREENSHOT'] !== '1') return;
  const { page } = person;
  await setLanguage(page, 'en');
  await page.setViewportSize({ width: 1440, height: 900 });
  await setTheme(page, 'light');
  await screen?.show(person);
  await person.expectSynced();
  await page.screenshot({ path: README_PICTURE });
  expect(statSync(README_PICTURE).size).toBeLessThan(200 * 1024);
}

/** Ends when the colours are those of the theme: a picture taken earlier would show the one before, or half of both. */
async function setTheme(page: Page, theme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
  await page.waitForFunction(
    (wanted) =>
      matchMedia(`(prefers-color-scheme: ${wanted})`).matches &&
      document.getAnimations().every((each) => each.playState !== 'running'),
    theme,
  );
  await page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))));
}

/** As the settings do; the next screen that is opened speaks it. */
function setLanguage(page: Page, language: Language): Promise<void> {
  return page.evaluate((locale) => localStorage.setItem('PARAGLIDE_LOCALE', locale), language);
}

/** A word of the interface in the language that the page speaks now. */
async function word(page: Page, feature: string, key: string): Promise<string> {
  const language = (await page.locator('html').getAttribute('lang')) ?? '';
  const file = new URL(`../../messages/${feature}/${language}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>)[key] ?? '';
}

function at(name: string, path: string, sign: string): Screen {
  return {
    name,
    show: async (person) => {
      await person.open(path);
      await expect(person.page.locator(sign).first()).toBeVisible();
    },
  };
}

function importDialog(space: string): Screen {
  return {
    name: 'import',
    show: async (person) => {
      await person.open(space);
      await expect(person.page.locator('h1')).toBeVisible();
      await person.page.getByRole('button', { name: await word(person.page, 'shell', 'shell_bring_notes') }).click();
      await expect(person.page.getByRole('dialog')).toBeVisible();
    },
  };
}

function wordsShown(): Screen {
  return {
    name: 'words-shown',
    show: async (person) => {
      await person.open('/settings/words');
      await expect(person.page.locator('h1')).toBeVisible();
      await person.page
        .getByRole('button', { name: await word(person.page, 'onboarding', 'onboarding_words_show') })
        .click();
      await expect(person.page.getByRole('listitem')).toHaveCount(12);
    },
  };
}
