/** Copies of the built app that differ from it in one thing: a newer page, or a browser's missing power put into it. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BUILD = new URL('../../../build', import.meta.url).pathname;

export interface OtherBuild {
  readonly folder: string;
  dispose(): void;
}

/** What the page of the newer version declares in a meta element, and the older one does not. */
export const NEWER_MARK = 'the-newer-version';

export function makeNewerBuild(): OtherBuild {
  const build = copyBuild();
  change(join(build.folder, 'index.html'), (page) =>
    page.replace('<head>', `<head>\n<meta name="version" content="${NEWER_MARK}" />`),
  );
  change(join(build.folder, 'service-worker.js'), (worker) =>
    worker.replace(/("url":"\/index\.html","revision":")[0-9a-f]+/, '$10123456789abcdef'),
  );
  return build;
}

/** As in WebKit, where a SharedWorker clones no keys. */
export function makeBuildWithoutSharedKeys(): OtherBuild {
  const build = copyBuild();
  const workers = join(build.folder, '_app/immutable/workers');
  const engine = readdirSync(workers).find((name) => /^engine-worker.*\.js$/.test(name)) ?? '';
  const refusal = "structuredClone = () => { throw new DOMException('no keys here', 'DataCloneError'); }";
  change(join(workers, engine), (worker) => `if ('onconnect' in self) ${refusal};\n${worker}`);
  return build;
}

function copyBuild(): OtherBuild {
  const folder = mkdtempSync(join(tmpdir(), 'archipel-build-'));
  cpSync(BUILD, folder, { recursive: true });
  return { folder, dispose: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The compressed copies would still hold the older text. */
function change(path: string, edit: (text: string) => string): void {
  const before = readFileSync(path, 'utf8');
  const after = edit(before);
  if (after === before) throw new Error(`nothing to change in ${path}`);
  writeFileSync(path, after);
  for (const ending of ['.br', '.gz']) rmSync(path + ending, { force: true });
}
