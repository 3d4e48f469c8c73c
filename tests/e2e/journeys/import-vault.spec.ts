import { beginImport, exportSpace, finishImport, readExport } from '../support/carrying.ts';
import { expect, test } from '../support/journey.ts';
import type { Person } from '../support/person.ts';
import { VAULT, requireVault, vaultArchive, vaultTree } from '../support/vault.ts';

test.describe.configure({ timeout: 600_000 });
test.beforeAll(requireVault);

test('Alice brings a real vault in as a zip, is told what changed, follows its links, and takes it out and in again equal', async ({
  meet,
}) => {
  const { others, pages } = vaultTree();
  const alice = await meet('Alice');
  await alice.begin();
  const dialog = await beginImport(alice, { name: 'vault.zip', bytes: vaultArchive() });
  await expect(dialog.getByText(/^Saving on this device: \d+ of \d+$/)).toBeVisible({ timeout: 60_000 });
  await expect(dialog.getByRole('progressbar', { name: 'Import notes' })).toBeVisible();
  await finishImport(dialog, pages);

  // The report names what was lost.
  await dialog.getByText(`Pictures and files not copied (their name is kept in the page): `).click();
  for (const path of others) await expect(dialog.getByText(path, { exact: false }).first()).toBeVisible();
  await expect(dialog.getByText(/^Links whose target is not in the import/)).toBeVisible();
  const [report] = await Promise.all([
    alice.page.waitForEvent('download'),
    dialog.getByRole('button', { name: 'Keep the report' }).click(),
  ]);
  expect(report.suggestedFilename()).toBe('import-report.txt');
  await dialog.getByRole('button', { name: 'Done', exact: true }).click();

  await expectVaultTree(alice, pages);
  await followLink(alice);

  // Out, and in again into a space of its own.
  const archive = await exportSpace(alice);
  const first = readExport(archive);
  expect(first.contents.size).toBe(pages);
  await alice.newSpace('Second home');
  const again = await beginImport(alice, archive);
  await finishImport(again, pages);
  await again.getByRole('button', { name: 'Done', exact: true }).click();
  const second = readExport(await exportSpace(alice));
  expect(second.name).toBe('Second home');
  expectEqual(second.contents, first.contents);

  await alice.page.reload();
  await expectVaultTree(alice, pages);
  await alice.openPage('Aliases');
  await expect(alice.text).toContainText('consider adding aliases to the note');
});

test('Alice chooses the vault’s folder itself and gets the same pages as from its zip', async ({ meet }) => {
  const { pages } = vaultTree();
  const alice = await meet('Alice');
  await alice.begin();
  const fromZip = await beginImport(alice, { name: 'vault.zip', bytes: vaultArchive() });
  await finishImport(fromZip, pages);
  await fromZip.getByRole('button', { name: 'Done', exact: true }).click();
  const zipped = readExport(await exportSpace(alice));

  await alice.newSpace('From the folder');
  const fromFolder = await beginImport(alice, { folder: VAULT });
  await finishImport(fromFolder, pages);
  await fromFolder.getByRole('button', { name: 'Done', exact: true }).click();
  expectEqual(readExport(await exportSpace(alice)).contents, zipped.contents);
});

async function expectVaultTree(person: Person, pages: number): Promise<void> {
  const tree = person.page.getByRole('tree', { name: 'Pages' });
  await expect(tree.getByRole('treeitem')).toHaveCount(pages);
  await expect(tree.getByRole('treeitem', { name: 'Aliases', exact: true })).toHaveAttribute('aria-level', '2');
}

/** `[[Internal links#Change the link display text|Change the link display text]]` in the note “Aliases”. */
async function followLink(person: Person): Promise<void> {
  await person.openPage('Aliases');
  await person.text.getByRole('link', { name: 'Change the link display text' }).click({ modifiers: ['ControlOrMeta'] });
  await expect(person.page.getByRole('heading', { level: 1, name: 'Internal links' })).toBeAttached();
  await expect(person.text).toContainText('Learn how to link');
}

/** Says which page differs before showing the difference of all. */
function expectEqual(mine: ReadonlyMap<string, string>, theirs: ReadonlyMap<string, string>): void {
  expect([...mine.keys()].sort()).toEqual([...theirs.keys()].sort());
  for (const [path, content] of theirs) expect(mine.get(path), path).toBe(content);
}
