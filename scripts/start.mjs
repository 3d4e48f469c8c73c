/**
 * `npm start`: from a fresh clone to a running Archipel. Installs what is missing, builds when the sources changed,
 * then serves app and relay on one port. Flags are the relay's own: `--port 8787`, `--data .data`, `--host`.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, ensureDependencies, nodeBinary, run } from './toolchain.mjs';

const SOURCES = [
  'src',
  'static',
  'messages',
  'package-lock.json',
  'svelte.config.js',
  'vite.config.ts',
  'scripts/build.mjs',
];
const STAMP = join(ROOT, 'build', '.built-from');

ensureDependencies();
buildWhenStale();
serve(process.argv.slice(2));

function buildWhenStale() {
  const sources = fingerprint();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sources) return;
  console.log('Building the app…');
  run(nodeBinary(), ['scripts/build.mjs'], { stdio: ['ignore', 'ignore', 'inherit'] });
  writeFileSync(STAMP, sources);
}

/** A hash over path, size and time of every source file. */
function fingerprint() {
  const hash = createHash('sha256');
  const visit = (path) => {
    const stat = statSync(join(ROOT, path));
    if (stat.isDirectory()) {
      if (path === 'src/lib/paraglide') return;
      for (const name of readdirSync(join(ROOT, path)).sort()) visit(join(path, name));
    } else hash.update(`${path}\0${String(stat.size)}\0${String(stat.mtimeMs)}\n`);
  };
  SOURCES.forEach(visit);
  return hash.digest('hex');
}

function serve(flags) {
  const defaults = [];
  if (!flags.includes('--data')) defaults.push('--data', join(ROOT, '.data'));
  // A relay mostly waits: one thread and a small young generation keep it under 100 MB with 1,000 sockets.
  const lean = ['--max-semi-space-size=2', '--single-threaded'];
  const relay = spawn(
    nodeBinary(),
    [...lean, 'sync-server/src/main.ts', '--app', join(ROOT, 'build'), ...defaults, ...flags],
    {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'relay') },
    },
  );
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => relay.kill(signal));
  relay.on('exit', (code) => process.exit(code ?? 1));
}
