import { expect, test } from '../support/journey.ts';
import { OwnBrowser } from '../support/own-browser.ts';
import { Person } from '../support/person.ts';

const SEEDS = [11, 23, 47];
const SAFE_AFTER_MS = 1_500;
/** A quick typist never pauses long enough for the editor to call it one. */
const KEY_MS = 50;

test('Alice’s browser is killed while she types, three times: all typed more than 1.5 seconds before is there', async ({
  relay,
  launchOptions,
}) => {
  test.slow();
  const browser = new OwnBrowser(launchOptions);
  let alice = await Person.inContext('Alice', await browser.start(), relay.url);
  await alice.begin();
  await alice.newPage('Minutes');
  await alice.write('Minutes of the dam.\n');
  await alice.expectSynced();
  await alice.expectAppKept();
  // From here on only this device's disk can bring anything back.
  await relay.kill();

  let before = '';
  for (const seed of SEEDS) {
    const keys = 60 + ((seed * 7919) % 61);
    const typed = await typeAndKill(alice, browser, { keys, seed });
    alice = await Person.inContext('Alice', await browser.start(), relay.url);
    await alice.openPage('Minutes');
    await expect(alice.text).toContainText('Minutes of the dam.');
    const written = (await alice.paragraphs()).slice(1).join('');
    expect(written.startsWith(before)).toBe(true);
    const kept = written.slice(before.length);
    expect(typed.text.startsWith(kept), `“${kept}” is the beginning of “${typed.text}”`).toBe(true);
    expect(kept.length, `of ${String(keys)} keys, seed ${String(seed)}`).toBeGreaterThanOrEqual(typed.safe);
    expect(typed.safe).toBeGreaterThan(10);
    before = written;
    await alice.expectCalm();
  }

  await relay.restart();
  await alice.expectSynced();
  await alice.expectCalm();
  alice.watch.expectQuiet();
  await browser.dispose();
});

/** Types `keys` characters, kills the browser at once, and tells how many of them were old enough to be safe. */
async function typeAndKill(
  alice: Person,
  browser: OwnBrowser,
  { keys, seed }: { readonly keys: number; readonly seed: number },
): Promise<{ readonly text: string; readonly safe: number }> {
  await alice.text.click();
  await alice.page.keyboard.press('Control+End');
  const text = `[${String(seed)}] ${Array.from({ length: keys }, (_, at) => String(at)).join(' ')}`.slice(0, keys);
  const times: number[] = [];
  for (const key of text) {
    await alice.page.keyboard.press(key === ' ' ? 'Space' : key, { delay: KEY_MS });
    times.push(Date.now());
  }
  const killedAt = await browser.kill();
  return { text, safe: times.filter((at) => killedAt - at > SAFE_AFTER_MS).length };
}
