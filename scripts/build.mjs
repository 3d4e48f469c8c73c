/**
 * Builds the app into `build/`, then finishes what the bundler leaves: the boot script moves out of the page (no
 * inline script under our policy), the service worker learns the list of files it keeps, and everything worth it is
 * compressed once, so that the relay sends ready bytes.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { ROOT, ensureDependencies, run } from './toolchain.mjs';

const BUILD = join(ROOT, 'build');
const COMPRESSED = /\.(js|css|html|json|svg|wasm|webmanifest)$/;
const NOT_PRECACHED = /(\.(br|gz|map)|^service-worker\.js|^\.|^_app\/version\.json)$/;

ensureDependencies();
rmSync(BUILD, { recursive: true, force: true });
run('vite', ['build', '--logLevel', 'warn']);
moveBootScriptOut();
addEarlyStart();
fillPrecacheManifest();
compress();
console.log(`Built ${String(listFiles().length)} files into build/`);

/** The page's one inline script becomes a file of its own; the policy then needs no hash. */
function moveBootScriptOut() {
  const path = join(BUILD, 'index.html');
  const page = readFileSync(path, 'utf8');
  const inline = /<script>([\s\S]*?)<\/script>/.exec(page);
  if (inline === null) throw new Error('the page has no boot script: SvelteKit changed its page');
  const script = inline[1];
  const name = `_app/immutable/entry/boot.${createHash('sha256').update(script).digest('base64url').slice(0, 8)}.js`;
  writeFileSync(join(BUILD, name), script);
  const rewritten = page.replace(inline[0], `<script src="/${name}"></script>`).replace(/ 'sha256-[^']+'/g, '');
  if (/<script>|sha256-/.test(rewritten)) throw new Error('an inline script is left in the page');
  writeFileSync(path, rewritten);
}

/** Puts `early-start.js` first in the page, with the names of the built workers and of what each kind of address needs. */
function addEarlyStart() {
  const workers = listFiles().filter((file) => file.includes('/workers/') && file.endsWith('.js'));
  const workerNamed = (name) => `/${workers.find((file) => file.includes(`/${name}-`))}`;
  const filesOf = filesByRoute();
  const page = [...filesOf('/s/[space]/p/[document]'), ...filesOf('src/lib/ui/pages/PageEditor.svelte')];
  const script = readFileSync(join(ROOT, 'scripts/early-start.js'), 'utf8')
    .replace('ENGINE_WORKER', workerNamed('engine-worker'))
    .replace('DOCUMENTS_WORKER', workerNamed('documents-worker'))
    .replace('PAGE_FILES', JSON.stringify([...new Set(page)]))
    .replace('BOARD_FILES', JSON.stringify(filesOf('/s/[space]/b/[document]')))
    .replace('CHANNEL_FILES', JSON.stringify(filesOf('/s/[space]/c/[document]')))
    .replace('SPACE_FILES', JSON.stringify(filesOf('/s/[space]')));
  const name = `_app/immutable/entry/early.${createHash('sha256').update(script).digest('base64url').slice(0, 8)}.js`;
  writeFileSync(join(BUILD, name), script);
  const path = join(BUILD, 'index.html');
  const html = readFileSync(path, 'utf8');
  const policy = /<meta http-equiv="content-security-policy"[^>]*>/.exec(html);
  if (policy === null) throw new Error('the page has no policy: SvelteKit changed its page');
  writeFileSync(path, html.replace(policy[0], `${policy[0]}\n\t\t<script async src="/${name}"></script>`));
}

/** Files that a route (with its layout) or a module needs beyond those that the page asks for by itself. */
function filesByRoute() {
  const generated = join(ROOT, '.svelte-kit');
  const manifest = JSON.parse(readFileSync(join(generated, 'output/client/.vite/manifest.json'), 'utf8'));
  const inPage = readFileSync(join(BUILD, 'index.html'), 'utf8');
  const nodes = Object.keys(manifest).filter((key) => /\/nodes\/\d+\.js$/.test(key));
  const nodeOf = (file) => nodes.find((key) => readFileSync(join(ROOT, key), 'utf8').includes(`/src/routes${file}"`));
  const collect = (key, found) => {
    const { file, css = [], imports = [] } = manifest[key];
    if (found.has(key)) return found;
    found.set(key, [file, ...css]);
    for (const each of imports) collect(each, found);
    return found;
  };
  return (place) => {
    const roots = place.startsWith('/')
      ? [nodeOf('/s/[space]/+layout.svelte'), nodeOf(`${place}/+page.svelte`)]
      : [place];
    const files = roots.flatMap((root) => [...collect(root, new Map()).values()].flat());
    return [...new Set(files)].map((file) => `/${file}`).filter((file) => !inPage.includes(file));
  };
}

/** Replaces Workbox's placeholder by the files that make the shell, worker assets included. */
function fillPrecacheManifest() {
  const path = join(BUILD, 'service-worker.js');
  const source = readFileSync(path, 'utf8');
  const manifest = listFiles()
    .filter((file) => !NOT_PRECACHED.test(file))
    .map((file) => ({
      url: `/${file}`,
      // Files under immutable/ carry their hash in their name.
      revision: file.startsWith('_app/immutable/')
        ? null
        : createHash('sha256')
            .update(readFileSync(join(BUILD, file)))
            .digest('hex')
            .slice(0, 16),
    }));
  if (!source.includes('self.__WB_MANIFEST')) throw new Error('the service worker has no place for its list of files');
  writeFileSync(path, source.replace('self.__WB_MANIFEST', JSON.stringify(manifest)));
}

function compress() {
  for (const file of listFiles()) {
    const path = join(BUILD, file);
    if (!COMPRESSED.test(file) || statSync(path).size < 1024) continue;
    const bytes = readFileSync(path);
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
    writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
  }
}

function listFiles() {
  return readdirSync(BUILD, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(BUILD, join(entry.parentPath, entry.name)))
    .sort();
}
