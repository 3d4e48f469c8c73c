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
