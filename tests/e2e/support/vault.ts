/** The real vault of notes that imports are tried with. It is not part of the project: see the tests' README. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { zipSync } from 'fflate';

const DATA = process.env['ARCHIPEL_TEST_DATA'] ?? new URL('../../../../shared/data', import.meta.url).pathname;

export const VAULT = join(DATA, 'notes');

export function requireVault(): void {
  if (!existsSync(VAULT))
    throw new Error(
      `the vault of notes is absent: expected in ${VAULT}; ARCHIPEL_TEST_DATA names the folder that holds notes/`,
    );
}

/** Paths inside the vault, with `/`. */
export function vaultPaths(): readonly string[] {
  return readdirSync(VAULT, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(VAULT, join(entry.parentPath, entry.name)));
}

export function vaultArchive(): Buffer {
  const files = vaultPaths().map((path) => [`Vault/${path}`, new Uint8Array(readFileSync(join(VAULT, path)))] as const);
  return Buffer.from(zipSync(Object.fromEntries(files), { level: 1 }));
}

/** Every note, and every folder that no note of the same name stands for. */
export function vaultTree(): { readonly notes: number; readonly others: readonly string[]; readonly pages: number } {
  const paths = vaultPaths();
  const notes = paths.filter((path) => path.endsWith('.md'));
  const pages = new Set(
    notes.flatMap((path) => {
      const parts = path.replace(/\.md$/, '').split('/');
      return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
    }),
  );
  return { notes: notes.length, others: paths.filter((path) => !path.endsWith('.md')), pages: pages.size };
}
