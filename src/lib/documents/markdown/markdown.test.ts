import fc from 'fast-check';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../foundation/bytes.ts';
import type { DocumentId } from '../../foundation/ids.ts';
import { unwrap } from '../../foundation/result.ts';
import { pageSchema } from '../page/page-schema.ts';
import type { DocumentView, IndexItem, IndexView, PageNodeJson } from '../views.ts';
import { readArchive, writeArchive, type ArchiveFile } from './archive.ts';
import { filesOfExport } from './export-format.ts';
import { pageFromMarkdown } from './markdown-to-page.ts';
import { markdownFromPage } from './page-to-markdown.ts';
import { planImport } from './plan-import.ts';

const NOTES = join(process.env['ARCHIPEL_TEST_DATA'] ?? '../shared/data', 'notes');
const random = { bytes: (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length)) };

function page(markdown: string): PageNodeJson {
  return pageFromMarkdown(markdown, { path: 'note', findPage: () => undefined }).doc;
}

function isValid(doc: PageNodeJson): boolean {
  pageSchema.nodeFromJSON(doc).check();
  return true;
}

describe('Markdown becomes a page', () => {
  test('headings, lists with their depth, check lists, quotes, code and marks', () => {
    const doc = page(
      '# Title\n\n- one\n  - two\n\n1. first\n\n- [x] done\n\n> said\n\n```ts\nlet a\n```\n\n**b** *i* `c` [l](https://a.org)\n',
    );
    expect(isValid(doc)).toBe(true);
    const blocks = doc['content'] as readonly { type: string; attrs: { depth: number } }[];
    expect(blocks.map(({ type, attrs }) => `${type}/${String(attrs.depth)}`)).toEqual([
      'heading/0',
      'bullet/0',
      'bullet/1',
      'ordered/0',
      'check/0',
      'quote/0',
      'code_block/0',
      'paragraph/0',
    ]);
  });

  test('what a page cannot show is kept as source and said', () => {
    const { doc, losses } = pageFromMarkdown('| a |\n|---|\n| 1 |\n\n<b>x</b>\n\n![[plan.png]]\n', {
      path: 'n',
      findPage: () => undefined,
    });
    expect(losses.map(({ kind }) => kind)).toEqual([
      'table-as-source',
      'html-as-source',
      'html-as-source',
      'file-not-stored',
    ]);
    expect(JSON.stringify(doc)).toContain('| a |');
    expect(JSON.stringify(doc)).toContain('plan.png');
  });

  test('an address that could run code is not a link', () => {
    const { doc, losses } = pageFromMarkdown('[x](javascript:alert(1)) [y](data:text/html,z)', {
      path: 'n',
      findPage: () => undefined,
    });
    expect(JSON.stringify(doc)).not.toContain('"link"');
    expect(losses).toHaveLength(2);
  });

  test('any text gives a valid page', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(
            'a',
            ' ',
            '\n',
            '#',
            '-',
            '*',
            '>',
            '`',
            '[',
            ']',
            '(',
            ')',
            '|',
            '!',
            '<',
            '1.',
            '\t',
            '~',
          ),
          maxLength: 200,
        }),
        (markdown) => isValid(page(markdown)),
      ),
      { numRuns: 500 },
    );
  });

  test('what is exported as Markdown reads as the same page again', () => {
    const markdown =
      '# T\n\ntext **bold** and `code`\n\n- a\n  - b\n- c\n\n1. x\n2. y\n\n- [ ] open\n\n> q1\n>\n> q2\n\n```js\n1\n```\n\n---\n\n| a |\n| - |\n| 1 |\n';
    const doc = page(markdown);
    expect(page(markdownFromPage(doc, () => undefined))).toEqual(doc);
  });
});

describe.runIf(existsSync(NOTES))('a real vault', () => {
  const files: ArchiveFile[] = readdirSync(NOTES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: path.slice(NOTES.length + 1), bytes: readFileSync(path) }));

  test('173 notes become a tree of valid pages; links lead to pages; what is lost is listed', () => {
    const plan = unwrap(planImport(files, { random }));
    const notes = files.filter(({ path }) => path.endsWith('.md')).length;
    expect(notes).toBe(173);
    expect(plan.items.length).toBeGreaterThanOrEqual(notes);
    for (const item of plan.items) if (item.kind === 'page') expect(isValid(item.doc)).toBe(true);
    const links = JSON.stringify(plan.items).match(/archipel:[0-9a-f]{32}/g) ?? [];
    expect(links.length).toBeGreaterThan(1400);
    const others = files.filter(({ path }) => !path.endsWith('.md')).map(({ path }) => path);
    const told = new Set(plan.losses.filter(({ kind }) => kind === 'file-not-stored').map(({ path }) => path));
    expect(others.filter((path) => !told.has(path))).toEqual([]);
  });

  test('exported and imported again, every page is equal and keeps its place', () => {
    const plan = unwrap(planImport(files, { random }));
    const views = new Map<DocumentId, DocumentView>();
    const items: IndexItem[] = plan.items.map((item) => {
      if (item.kind === 'page') views.set(item.document, { kind: 'page', doc: item.doc });
      return {
        document: item.document,
        kind: item.kind,
        title: item.title,
        parent: item.parent,
        depth: 0,
        trashedAt: undefined,
        conflicts: [],
      };
    });
    const index: IndexView = { kind: 'index', name: 'Vault', conflicts: [], items };
    const archive = writeArchive(filesOfExport({ index, views, memberName: (member) => member }));
    const again = unwrap(planImport(unwrap(readArchive(archive, () => true)), { random }));
    expect(again.items.map(({ title }) => title)).toEqual(plan.items.map(({ title }) => title));
    const fresh = new Map(plan.items.map((item, at) => [item.document as string, again.items[at]?.document as string]));
    const renamed = JSON.parse(
      JSON.stringify(plan.items).replace(/[0-9a-f]{32}/g, (id) => fresh.get(id) ?? id),
    ) as unknown;
    expect(again.items).toEqual(renamed);
    expect(again.losses).toEqual([]);
  });
});

describe('hostile archives', () => {
  test('bytes that are no archive, paths that climb, and a list of contents that lies are refused', () => {
    expect(readArchive(utf8('not a zip'), () => true)).toMatchObject({
      ok: false,
      error: { code: 'not-an-archive' },
    });
    const climbing = writeArchive([
      { path: '../../etc/passwd.md', bytes: utf8('x') },
      { path: 'ok.md', bytes: utf8('y') },
    ]);
    expect(unwrap(readArchive(climbing, () => true)).map(({ path }) => path)).toEqual(['ok.md']);
    const lying: ArchiveFile[] = [
      { path: 'archipel.json', bytes: utf8('{"format":"archipel-export","version":9,"items":[]}') },
    ];
    expect(planImport(lying, { random })).toMatchObject({ ok: false, error: { code: 'unknown-version' } });
    expect(planImport([], { random })).toMatchObject({ ok: false, error: { code: 'nothing-to-import' } });
  });
});
