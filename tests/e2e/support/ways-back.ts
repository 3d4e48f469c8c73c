/** What people do to have ways back in, and to come back by them. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Locator } from '@playwright/test';
import type { Person } from './person.ts';

export const FILE_PASSPHRASE = 'cargo fennel mist tandem organ';

const section = (person: Person, name: string): Locator => person.page.getByRole('region', { name });

/** Saves the encrypted backup file; gives its path back. */
export async function saveBackup(person: Person): Promise<string> {
  await person.open('/settings/ways-back');
  const backup = section(person, 'Backup file');
  await backup.getByRole('button', { name: 'Save a backup' }).click();
  await backup.getByLabel('New passphrase').fill(FILE_PASSPHRASE);
  await backup.getByLabel('The same again').fill(FILE_PASSPHRASE);
  const downloading = person.page.waitForEvent('download');
  await backup.getByRole('button', { name: 'Save the file' }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^archipel-\d{4}-\d\d-\d\d\.archipel-backup$/);
  await expect(person.page.getByText('Backup saved.')).toBeVisible();
  const path = join(mkdtempSync(join(tmpdir(), 'archipel-backup-')), download.suggestedFilename());
  await download.saveAs(path);
  return path;
}

/** Splits the words among people of these names, two of whom are enough; the codes of their cards by name. */
export async function chooseTrustees(person: Person, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  await person.open('/settings/ways-back');
  const trustees = section(person, 'People you trust');
  await trustees.getByRole('button', { name: 'Choose people' }).click();
  await trustees.getByLabel('Your name').fill(person.name);
  for (const [at, name] of names.entries()) await trustees.getByLabel(`Person ${String(at + 1)}`).fill(name);
  await trustees.getByLabel('How many are needed?').selectOption({ label: `2 of ${String(names.length)}` });
  await trustees.getByRole('button', { name: 'Make the cards' }).click();
  const cards = new Map<string, string>();
  for (const name of names)
    cards.set(name, await trustees.getByRole('textbox', { name: `Code of the card for ${name}` }).inputValue());
  await trustees.getByRole('button', { name: 'All are handed over' }).click();
  await expect(trustees.getByText(`${names.join(', ')}: any 2 of them together.`)).toBeVisible();
  return cards;
}

export async function keepCard(trustee: Person, code: string): Promise<void> {
  await trustee.open('/settings/ways-back');
  const kept = section(trustee, 'Cards I keep');
  await kept.getByRole('button', { name: 'Keep a card' }).click();
  await kept.getByLabel('Code of the card').fill(code);
  await kept.getByRole('button', { name: 'Keep it' }).click();
  await expect(kept.getByText('2 of 3 cards')).toBeVisible();
}

/** The blank browser asks; gives the code that the trustees need. */
export async function askTrustees(asking: Person): Promise<string> {
  await asking.page.getByRole('link', { name: 'I already have spaces' }).click();
  await asking.page.getByRole('radio', { name: 'People' }).check();
  await asking.page.getByRole('button', { name: 'Make the code' }).click();
  return asking.page.getByRole('textbox', { name: 'Code of the request' }).inputValue();
}

/** The trustee takes the request and calls; both read their digits out; the answer goes back. */
export async function answerRequest(
  trustee: Person,
  asking: Person,
  options: { readonly request: string; readonly mishears?: boolean },
): Promise<string> {
  await trustee.page.getByRole('button', { name: 'Answer a request' }).click();
  const dialog = trustee.page.getByRole('dialog');
  await dialog.getByLabel('Code of the request').fill(options.request);
  await dialog.getByRole('button', { name: 'Next' }).click();
  const challenge = await dialog.locator('strong').innerText();
  await asking.page.getByLabel('The six digits you hear').fill(challenge);
  const answer = (await asking.page.getByRole('status').locator('strong').innerText()).replace(/\s/gu, '');
  const heard = options.mishears === true ? String((Number(answer) + 1) % 1_000_000).padStart(6, '0') : answer;
  await dialog.getByLabel('The six digits you hear back').fill(heard);
  await dialog.getByRole('button', { name: 'Give the answer' }).click();
  if (options.mishears === true) {
    await expect(dialog.getByRole('alert')).toContainText('The digits differ');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    return '';
  }
  const code = await dialog.getByRole('textbox', { name: 'Code of the answer' }).inputValue();
  await dialog.getByRole('button', { name: 'Done', exact: true }).click();
  return code;
}
