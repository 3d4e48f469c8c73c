/** Executes the layer table of ARCHITECTURE.md: every import in src/lib and sync-server points down, or the test fails. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LIB = join(ROOT, 'src/lib');

/** What each layer may import, itself aside. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  foundation: [],
  protocol: ['foundation'],
  crypto: ['foundation', 'protocol'],
  membership: ['foundation', 'protocol', 'crypto'],
  log: ['foundation', 'protocol', 'crypto'],
  sync: ['foundation', 'protocol', 'crypto', 'log'],
  engine: ['foundation', 'protocol', 'crypto', 'membership', 'log', 'sync'],
  documents: ['foundation'],
  workspace: ['foundation', 'documents', 'engine'],
  adapters: ['foundation', 'protocol', 'crypto', 'log', 'sync', 'engine', 'documents'],
  app: ['foundation', 'protocol', 'crypto', 'engine', 'documents', 'workspace', 'adapters'],
  state: ['foundation', 'engine', 'documents', 'workspace', 'app', 'paraglide'],
  ui: ['foundation', 'engine', 'documents', 'workspace', 'app', 'state', 'paraglide'],
  'sync-server': ['foundation', 'protocol', 'crypto'],
};
/** Borders that only a type may cross. */
const TYPES_ONLY: readonly (readonly [string, string])[] = [
  ['ui', 'engine'],
  ['state', 'engine'],
  ['app', 'engine'],
];
/** The composition roots: the only files that import adapters. */
const ROOTS = [
  'app/start.ts',
  'app/engine-worker.ts',
  'app/engine-root.ts',
  'app/documents-worker.ts',
  'app/mesh-host.ts',
  'app/nearby-host.ts',
  'app/contracts.ts',
  'app/engine-port.ts',
  'app/documents-host.ts',
];

interface Import {
  readonly file: string;
  readonly layer: string;
  readonly target: string;
  readonly isType: boolean;
}

function sourcesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|svelte)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(
      (file) =>
        !/\.(test|contract|fixture)\.ts$/.test(file) && !file.includes('/paraglide/') && !file.includes('/testing/'),
    );
}

function layerOf(path: string): string {
  return relative(LIB, path).startsWith('..') ? 'sync-server' : (relative(LIB, path).split('/')[0] ?? '');
}

function importsOf(file: string): Import[] {
  const source = readFileSync(file, 'utf8');
  const found: Import[] = [];
  for (const match of source.matchAll(
    /(?:import|export)\s+(type\s)?[^'";]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g,
  )) {
    const specifier = match[2] ?? match[3] ?? '';
    const target = specifier.startsWith('$lib/')
      ? join(LIB, specifier.slice(5))
      : specifier.startsWith('.')
        ? normalize(join(dirname(file), specifier))
        : undefined;
    if (target !== undefined) found.push({ file, layer: layerOf(file), target, isType: match[1] !== undefined });
  }
  return found;
}

const files = [...sourcesUnder(LIB), ...sourcesUnder(join(ROOT, 'sync-server/src'))];
const imports = files.flatMap(importsOf);
const show = (each: Import): string => `${relative(ROOT, each.file)} → ${relative(ROOT, each.target)}`;

describe('the layer table', () => {
  test('there is something to judge, and every folder has its row', () => {
    expect(files.length).toBeGreaterThan(20);
    const folders = new Set(files.map(layerOf));
    expect([...folders].filter((layer) => !(layer in MAY_IMPORT))).toEqual([]);
  });

  test('no layer imports upwards', () => {
    const upward = imports.filter((each) => {
      const target = layerOf(each.target);
      return target !== each.layer && !(MAY_IMPORT[each.layer] ?? []).includes(target);
    });
    expect(upward.map(show)).toEqual([]);
  });

  test('only types cross where no code may', () => {
    const crossings = imports.filter(
      (each) => !each.isType && TYPES_ONLY.some(([from, to]) => each.layer === from && layerOf(each.target) === to),
    );
    expect(crossings.filter((each) => !each.file.endsWith('app/engine-root.ts')).map(show)).toEqual([]);
  });

  test('only composition roots import adapters', () => {
    const strays = imports.filter(
      (each) =>
        layerOf(each.target) === 'adapters' &&
        each.layer !== 'adapters' &&
        !ROOTS.some((root) => each.file.endsWith(root)),
    );
    expect(strays.map(show)).toEqual([]);
  });

  test('libsodium, Automerge and Dexie each have one door', () => {
    const doors: Record<string, RegExp> = {
      'libsodium-wrappers-sumo': /crypto\/sodium\.ts$/,
      'sodium-native': /sync-server\/src\/native-sodium\.ts$/,
      '@automerge/automerge': /documents\/(automerge|page\/.*)\.ts$|app\/documents-worker\.ts$/,
      dexie: /adapters\/storage\/.*\.ts$/,
      'y-webrtc': /adapters\/transport\/(peer-mesh|mesh-connections)\.ts$/,
    };
    const strays = files.flatMap((file) => {
      const source = readFileSync(file, 'utf8');
      return Object.entries(doors)
        .filter(
          ([name, door]) => new RegExp(`from ['"]${name}['"/]|import\\(['"]${name}`).test(source) && !door.test(file),
        )
        .map(([name]) => `${relative(ROOT, file)} imports ${name}`);
    });
    expect(strays).toEqual([]);
  });
});

describe('house rules', () => {
  test('time, chance and delay enter the lower layers only through their ports', () => {
    const pure = ['foundation', 'protocol', 'crypto', 'membership', 'log', 'sync', 'engine', 'documents'];
    const strays = files.filter(
      (file) =>
        pure.includes(layerOf(file)) &&
        /\b(Date\.now\(|new Date\(\)|Math\.random\(|setTimeout\(|setInterval\(|performance\.now\()/.test(
          readFileSync(file, 'utf8'),
        ),
    );
    expect(strays.map((file) => relative(ROOT, file))).toEqual([]);
  });

  test('names say something', () => {
    const vague = files
      .map((file) => relative(ROOT, file))
      .filter((file) => /(^|[/.-])(util|helper|manager|service|common|core|misc|base|impl)s?([.-]|\/)/i.test(file));
    expect(vague).toEqual([]);
  });
});
