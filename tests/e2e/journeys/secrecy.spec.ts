import { strFromU8, unzipSync, zipSync, strToU8 } from 'fflate';
import { dumpStorage, readProfile } from '../support/browser-dump.ts';
import { Canaries } from '../support/canaries.ts';
import { beginImport, exportSpace, finishImport } from '../support/carrying.ts';
import { expect, test } from '../support/journey.ts';
import { OwnBrowser } from '../support/own-browser.ts';
import { Person } from '../support/person.ts';

test('of 200 words that Alice writes and reads, the relay’s disk and the browser’s hold none', async ({
  relay,
  meet,
  launchOptions,
}) => {
  test.setTimeout(400_000);
  const canaries = new Canaries();
  const browser = new OwnBrowser(launchOptions);
  try {
    const alice = await Person.inContext('Alice', await browser.start(), relay.url);
    await alice.begin();
    const read = await writeEverywhere(alice, canaries);
    read.push(await share(alice, canaries, meet));
    read.push(await protect(alice, canaries));

    // First they are found where they may be: on the screen and in the archive that Alice takes out.
    expect(canaries.all.length).toBeGreaterThanOrEqual(200);
    expect(canaries.foundIn(read.join('\n'))).toEqual(canaries.all);

    await alice.page.getByRole('link', { name: 'Back', exact: true }).click();
    await alice.expectSaved();
    await alice.expectSynced();
    const kept = await dumpStorage(alice.page);
    console.log('read from the browser:', JSON.stringify(kept.counts));
    expect(Object.keys(kept.counts).filter((name) => name.startsWith('archipel/')).length).toBeGreaterThan(3);
    expect(kept.text.length).toBeGreaterThan(50_000);
    expect(canaries.leakedIn(kept.text)).toEqual([]);

    alice.watch.expectQuiet();
    const files = readProfile(await browser.close());
    const leaks = files.flatMap(({ path, text }) => canaries.leakedIn(text).map((word) => `${path}: ${word}`));
    expect(leaks).toEqual([]);

    const relayDump = relay.dump();
    expect(relayDump.length).toBeGreaterThan(50_000);
    expect(canaries.leakedIn(relayDump)).toEqual([]);
  } finally {
    await browser.dispose();
  }
});

/** A space with everything in it; gives back what is then read on the screen and in the exported archive. */
async function writeEverywhere(alice: Person, canaries: Canaries): Promise<string[]> {
  await alice.newSpace(canaries.next());
  await bringNotes(alice, canaries);
  for (let n = 0; n < 8; n++) {
    await alice.newPage(canaries.next());
    await alice.write(`# ${canaries.take(2).join(' ')}\n- ${canaries.take(2).join('\n')}\n\n**${canaries.next()}** `);
  }
  await alice.newBoard(canaries.next());
  const tasks = canaries.take(40);
  for (const task of tasks) await alice.addTask(task);
  await alice.addToChecklist(tasks[0] ?? '', canaries.take(20));
  await alice.newChannel(canaries.next());
  for (const message of canaries.take(30)) await alice.say(message);
  const screen = await alice.page.getByRole('main').innerText();
  // A message that is only begun is kept, too, and as secret as one that was sent.
  const draft = canaries.next();
  await alice.page.getByRole('textbox', { name: 'Write a message' }).fill(draft);
  await alice.expectSaved();
  const archive = unzipSync(new Uint8Array((await exportSpace(alice)).bytes));
  const texts = Object.entries(archive).flatMap(([path, bytes]) => [path, strFromU8(bytes)]);
  await alice.page.goBack();
  await expect(alice.page.getByRole('textbox', { name: 'Write a message' })).toHaveValue(draft);
  return [screen, ...texts, draft];
}

async function bringNotes(alice: Person, canaries: Canaries): Promise<void> {
  const notes = Array.from({ length: 10 }, (_, n) => {
    const folder = n < 5 ? '' : `${canaries.next()}/`;
    const text = `# ${canaries.next()}\n\n${canaries.take(3).join(' ')}\n\n![](${canaries.next()}.png)\n`;
    return [`${folder}${canaries.next()}.md`, strToU8(text)] as const;
  });
  const bytes = Buffer.from(zipSync(Object.fromEntries(notes)));
  const dialog = await beginImport(alice, { name: 'notes.zip', bytes });
  await finishImport(dialog, notes.length + 5);
  await dialog.getByRole('button', { name: 'Done', exact: true }).click();
}

/** Names are known to members only; a second person's are among the words. */
async function share(alice: Person, canaries: Canaries, meet: (name: string) => Promise<Person>): Promise<string> {
  const space = alice.spacePath();
  await alice.writeWordsDown();
  const link = await alice.invite(space, 'Editor', canaries.next());
  const bob = await meet(canaries.next());
  await bob.join(link);
  await bob.open(`${space}/people`);
  const people = bob.page.getByRole('list', { name: 'Members' });
  await expect(people.getByRole('listitem')).toHaveCount(2);
  return people.innerText();
}

/** The passphrase is read back in its field before it is set. */
async function protect(alice: Person, canaries: Canaries): Promise<string> {
  const passphrase = canaries.take(4).join(' ');
  await alice.choosePassphrase(passphrase);
  await alice.page.getByRole('button', { name: 'Lock now' }).click();
  await expect(alice.page.getByRole('heading', { name: 'Archipel is locked' })).toBeVisible();
  const field = alice.page.getByLabel('Passphrase');
  await field.fill(passphrase);
  const typed = await field.inputValue();
  await alice.unlock(passphrase);
  await expect(alice.page.getByRole('heading', { name: 'Settings' })).toBeVisible({ timeout: 30_000 });
  return typed;
}
