/** A copy of the built app that differs from it in nothing but its page, as a new version would. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BUILD = new URL('../../../build', import.meta.url).pathname;

export interface NewerBuild {
  readonly folder: string;
  /** What its page declares in a meta element, and the older one does not. */
  readonly mark: string;
  dispose(): void;
}

export function makeNewerBuild(): NewerBuild {
  const folder = mkdtempSync(join(tmpdir(), 'archipel-build-'));
  cpSync(BUILD, folder, { recursive: true });
  const mark = 'the-newer-version';
  change(join(folder, 'index.html'), (page) =>
    page.replace('<head>', `<head>\n<meta name="version" content="${mark}" />`),
  );
  change(join(folder, 'service-worker.js'), (worker) =>
    worker.replace(/("url":"\/index\.html","revision":")[0-9a-f]+/, '$10123456789abcdef'),
  );
  return { folder, mark, dispose: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The compressed copies would still hold the older text. */
function change(path: string, edit: (text: string) => string): void {
  const before = readFileSync(path, 'utf8');
  const after = edit(before);
  if (after === before) throw new Error(`nothing to change in ${path}`);
  writeFileSync(path, after);
  for (const ending of ['.br', '.gz']) rmSync(path + ending, { force: true });
}
