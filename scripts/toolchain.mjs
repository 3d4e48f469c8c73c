/**
 * What every command needs before it can run: dependencies, a Node that strips types, and (for tests) a Chromium.
 * Runs on any Node from 20 on, since it is what brings the newer one. Installs only what is missing.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(ROOT, 'node_modules', '.bin');
const STAMP = join(ROOT, 'node_modules', '.installed-lock');
const SYSTEM_BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Runs a command with the project's own tools first on the path; ends this process if it fails. */
export function run(command, args, options = {}) {
  const status = tryRun(command, args, options);
  if (status !== 0) {
    console.error(`\n✗ ${[command, ...args].join(' ')} ended with ${String(status)}`);
    process.exit(status ?? 1);
  }
}

/** Runs a command and gives its exit status. */
export function tryRun(command, args, options = {}) {
  return spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', env: toolEnvironment(), ...options }).status;
}

/** The environment in which `node` is the project's own and its tools are found first. */
export function toolEnvironment() {
  return { ...process.env, PATH: `${BIN}${delimiter}${process.env.PATH ?? ''}` };
}

/** Installs dependencies when there are none, or when the lock file changed since. */
export function ensureDependencies() {
  // Borrowed from another tree: never emptied through the link.
  if (lstatSync(join(ROOT, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink() === true) return;
  const lock = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lock) return;
  console.log('Installing dependencies…');
  run('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error']);
  writeFileSync(STAMP, lock);
}

/** A Node that runs TypeScript files as they are: the project's own, or the caller's when it is new enough. */
export function nodeBinary() {
  const own = join(BIN, 'node');
  if (existsSync(own)) return own;
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath;
  console.error('Archipel needs Node 24 or newer; its own copy (the "node" package) could not be installed.');
  process.exit(1);
}

/** Finds a Chromium, or installs one: Debian's package where apt is there, otherwise Playwright's own download. */
export function ensureBrowser() {
  if (SYSTEM_BROWSERS.some((path) => existsSync(path)) || hasPlaywrightBrowser()) return;
  console.log('Installing Chromium for the browser tests…');
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  if (existsSync('/usr/bin/apt-get') && process.getuid?.() === 0) {
    tryRun('apt-get', ['update', '-qq'], { env: environment });
    if (
      tryRun(
        'apt-get',
        ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-noto-core', 'fonts-noto-color-emoji'],
        { env: environment, stdio: ['ignore', 'ignore', 'inherit'] },
      ) === 0
    )
      return;
  }
  run('npx', ['playwright', 'install', 'chromium']);
}

function hasPlaywrightBrowser() {
  const home = process.env.PLAYWRIGHT_BROWSERS_PATH ?? join(process.env.HOME ?? '', '.cache', 'ms-playwright');
  return existsSync(home) && spawnSync('sh', ['-c', `ls -d "${home}"/chromium-* >/dev/null 2>&1`]).status === 0;
}
