/** A worker of its own for reading archives and converting notes: long work that must stop when a person says so. */
import { readArchive, type ArchiveFile } from '../documents/markdown/archive.ts';
import type { ImportPlan } from '../documents/markdown/import-plan.ts';
import { MANIFEST_PATH } from '../documents/markdown/export-format.ts';
import { planImport } from '../documents/markdown/plan-import.ts';
import { ok, type Result } from '../foundation/result.ts';
import type { ImportReply, ImportRequest } from './import-messages.ts';

declare const self: DedicatedWorkerGlobalScope;

self.addEventListener('message', (event: MessageEvent<ImportRequest>) => {
  void plan(event.data).then((result) => self.postMessage({ kind: 'plan', plan: result } satisfies ImportReply));
});

async function plan(request: ImportRequest): Promise<Result<ImportPlan>> {
  const files = request.kind === 'archive' ? readArchive(request.bytes, isRead) : ok(await readFiles(request.files));
  if (!files.ok) return files;
  return planImport(files.value, {
    random: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
    onProgress: (done, total) => self.postMessage({ kind: 'progress', done, total } satisfies ImportReply),
  });
}

/** Notes, and all parts of an export of ours. */
function isRead(path: string): boolean {
  return /\.(md|markdown)$/i.test(path) || path.endsWith(MANIFEST_PATH) || /(^|\/)json\/[0-9a-f]{32}\.json$/.test(path);
}

/** Only what is converted is read; the rest is named in the report without its bytes. */
async function readFiles(
  files: readonly { readonly path: string; readonly file: File }[],
): Promise<readonly ArchiveFile[]> {
  return Promise.all(
    files.map(async ({ path, file }) => ({
      path,
      bytes: isRead(path) ? new Uint8Array(await file.arrayBuffer()) : new Uint8Array(),
    })),
  );
}
