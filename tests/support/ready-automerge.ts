/** Readies Automerge in Node, for tests and benches: the browser fetches the same file by URL. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { readyAutomerge } from '../../src/lib/documents/automerge.ts';

export async function readyAutomergeInNode(): Promise<void> {
  const path = createRequire(import.meta.url).resolve('@automerge/automerge/automerge.wasm');
  await readyAutomerge(await readFile(path));
}
