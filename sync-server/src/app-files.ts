/**
 * The built app as a fixed table read once at start: what is not in the table does not exist, so no path can leave it.
 * Pre-compressed siblings (.br, .gz) are served to who accepts them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

export interface AppFile {
  readonly type: string;
  readonly isImmutable: boolean;
  readonly etag: string;
  readonly plain: Buffer;
  readonly br: Buffer | undefined;
  readonly gzip: Buffer | undefined;
}

export interface AppFiles {
  readonly files: ReadonlyMap<string, AppFile>;
  /** The page that serves every address of the app. */
  readonly page: AppFile | undefined;
  /** The policy that the page itself declares: the one source for the header of every response, workers' included. */
  readonly policy: string | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

const NO_APP: AppFiles = { files: new Map(), page: undefined, policy: undefined };

export function readAppFiles(folder: string | undefined, hash: (bytes: Buffer) => string): AppFiles {
  if (folder === undefined) return NO_APP;
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name));
  const known = new Set(paths);
  const files = new Map<string, AppFile>();
  for (const path of paths) {
    if (/\.(br|gz|map)$/.test(path)) continue;
    const name = `/${relative(folder, path).split(sep).join('/')}`;
    const plain = readFileSync(path);
    const sibling = (ending: string): Buffer | undefined =>
      known.has(path + ending) ? readFileSync(path + ending) : undefined;
    files.set(name, {
      type: TYPES[extname(path)] ?? 'application/octet-stream',
      isImmutable: name.startsWith('/_app/immutable/'),
      etag: `"${hash(plain)}"`,
      plain,
      br: sibling('.br'),
      gzip: sibling('.gz'),
    });
  }
  const page = files.get('/index.html');
  return { files, page, policy: page === undefined ? undefined : policyOf(page.plain.toString('utf8')) };
}

export function policyOf(page: string): string | undefined {
  const meta = /<meta\s+http-equiv="content-security-policy"\s+content="([^"]*)"/i.exec(page);
  return meta?.[1]?.replaceAll('&#39;', "'").replaceAll('&amp;', '&');
}
