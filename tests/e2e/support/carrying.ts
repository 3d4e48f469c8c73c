/** What goes in and out of a space by hand: notes, archives of everything, sealed bundles. */
import { readFileSync } from 'node:fs';
import { strFromU8, unzipSync } from 'fflate';
import { expect, type Locator } from '@playwright/test';
import type { Person } from './person.ts';

export interface GivenFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Chooses files for an import, in its dialog; the dialog is given back as soon as the import has begun. */
export async function beginImport(person: Person, source: GivenFile | { readonly folder: string }): Promise<Locator> {
  await person.home();
  await person.page.getByRole('button', { name: 'Import notes' }).click();
  const dialog = person.page.getByRole('dialog', { name: 'Import notes' });
  if ('folder' in source) await dialog.getByLabel('A whole folder').setInputFiles(source.folder);
  else
    await dialog
      .getByLabel('A zip archive or .md files')
      .setInputFiles({ name: source.name, mimeType: 'application/zip', buffer: source.bytes });
  return dialog;
}

export async function finishImport(dialog: Locator, pages: number): Promise<void> {
  await expect(dialog.getByText(`${String(pages)} pages imported and saved on this device.`)).toBeVisible({
    timeout: 180_000,
  });
}

async function carryDialog(person: Person): Promise<Locator> {
  const dialog = person.page.getByRole('dialog', { name: 'Carry and export' });
  if (await dialog.isVisible()) return dialog;
  await person.home();
  await person.page.getByRole('button', { name: 'Export or carry' }).click();
  return dialog;
}

async function closeDialog(dialog: Locator): Promise<void> {
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(dialog).toBeHidden();
}

async function saveBy(person: Person, button: string): Promise<GivenFile> {
  const dialog = await carryDialog(person);
  const [download] = await Promise.all([
    person.page.waitForEvent('download', { timeout: 120_000 }),
    dialog.getByRole('button', { name: button }).click(),
  ]);
  const bytes = readFileSync(await download.path());
  await closeDialog(dialog);
  return { name: download.suggestedFilename(), bytes };
}

/** The sealed file that carries what this device knows of the space. */
export function saveBundle(person: Person): Promise<GivenFile> {
  return saveBy(person, 'Save the encrypted file');
}

/** Takes a file in and gives back the sentence that says what came of it. */
export async function takeBundle(person: Person, { name, bytes }: GivenFile): Promise<string> {
  const dialog = await carryDialog(person);
  await dialog
    .getByLabel('Take in a file you received')
    .setInputFiles({ name, mimeType: 'application/octet-stream', buffer: bytes });
  const status = dialog.getByRole('status');
  await expect(status).toHaveText(/\.$/);
  const sentence = await status.innerText();
  await closeDialog(dialog);
  return sentence;
}

export function exportSpace(person: Person): Promise<GivenFile> {
  return saveBy(person, 'Export the space as zip');
}

export interface ExportedSpace {
  readonly name: string;
  /** Of every document: its titles from the top level on, and its exact content, with each known id told by titles. */
  readonly contents: ReadonlyMap<string, string>;
}

/** An exported archive without the ids that an import chooses anew. */
export function readExport({ bytes }: GivenFile): ExportedSpace {
  const files = unzipSync(new Uint8Array(bytes));
  const text = (path: string): string => strFromU8(files[path] ?? new Uint8Array());
  const manifest = JSON.parse(text('archipel.json')) as {
    readonly name: string;
    readonly items: readonly { readonly document: string; readonly title: string; readonly parent: string | null }[];
  };
  const paths = new Map<string, string>();
  for (const { document, title, parent } of manifest.items)
    paths.set(document, parent === null ? title : `${paths.get(parent) ?? '?'} / ${title}`);
  const withoutIds = (content: string): string => content.replace(/[0-9a-f]{32}/g, (id) => paths.get(id) ?? id);
  return {
    name: manifest.name,
    contents: new Map([...paths].map(([id, path]) => [path, withoutIds(text(`json/${id}.json`))])),
  };
}
