/**
 * The exported archive: `archipel.json` lists every page, board and channel with its place and its path; `json/` holds
 * each one exactly; beside them pages are Markdown in folders, for every other program. Importing it again gives equal
 * pages and boards under new ids.
 */
import { decodeUtf8, utf8 } from '../../foundation/bytes.ts';
import { parseId, type DocumentId } from '../../foundation/ids.ts';
import type { Random } from '../../foundation/random.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import { kindOfDocument, newDocumentId } from '../document-kind.ts';
import type { BoardEdit, ChannelEdit } from '../document-edits.ts';
import type { BoardView, ChannelView, DocumentView, IndexItem, IndexView, PageNodeJson } from '../views.ts';
import type { ArchiveFile } from './archive.ts';
import type { ImportPlan, PlannedItem } from './import-plan.ts';
import type { Loss } from './losses.ts';
import { markdownFromPage } from './page-to-markdown.ts';

export const MANIFEST_PATH = 'archipel.json';
const FORMAT = 'archipel-export';
const VERSION = 1;

interface ManifestItem {
  readonly document: string;
  readonly kind: 'page' | 'board' | 'channel';
  readonly title: string;
  readonly parent: string | null;
}

export interface ExportSource {
  readonly index: IndexView;
  /** Views of every item that is not in the trash. */
  readonly views: ReadonlyMap<DocumentId, DocumentView>;
  readonly memberName: (member: string) => string;
}

export function filesOfExport({ index, views, memberName }: ExportSource): readonly ArchiveFile[] {
  const items = index.items.filter(({ document, trashedAt }) => trashedAt === undefined && views.has(document));
  const paths = pathsOf(items);
  const manifest = {
    format: FORMAT,
    version: VERSION,
    name: index.name,
    items: items.map(({ document, kind, title, parent }): ManifestItem => ({
      document,
      kind,
      title,
      parent: parent !== null && views.has(parent) ? parent : null,
    })),
  };
  const files: ArchiveFile[] = [{ path: MANIFEST_PATH, bytes: json(manifest) }];
  for (const { document, title } of items) {
    const view = views.get(document);
    if (view === undefined) continue;
    files.push({ path: `json/${document}.json`, bytes: json(view) });
    files.push({
      path: `${paths.get(document) ?? title}.md`,
      bytes: utf8(readable(view, (id) => paths.get(id), memberName)),
    });
  }
  return files;
}

function json(value: unknown): Uint8Array {
  return utf8(`${JSON.stringify(value, null, 1)}\n`);
}

function readable(
  view: DocumentView,
  findPath: (document: string) => string | undefined,
  memberName: (member: string) => string,
): string {
  switch (view.kind) {
    case 'page':
      return markdownFromPage(view.doc, findPath);
    case 'board':
      return view.tasks.map(taskLine).join('');
    case 'channel':
      return view.messages
        .filter(({ isDeleted }) => !isDeleted)
        .map(
          ({ author, sentAt, text }) => `**${memberName(author)}** · ${new Date(sentAt).toISOString()}\n\n${text}\n\n`,
        )
        .join('');
    case 'index':
      return '';
  }
}

function taskLine(task: BoardView['tasks'][number]): string {
  const due = task.due === undefined ? '' : ` (${task.due})`;
  const checks = task.checklist.map(({ text, isDone }) => `  - [${isDone ? 'x' : ' '}] ${text}\n`).join('');
  return `- [${task.status === 'done' ? 'x' : ' '}] ${task.title}${due}\n${checks}`;
}

/** Unique, safe file paths that follow the tree. */
function pathsOf(items: readonly IndexItem[]): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  const taken = new Set<string>();
  for (const { document, title, parent } of items) {
    const folder = parent === null ? '' : `${paths.get(parent) ?? ''}/`;
    const name =
      title
        .replace(/[\\/:*?"<>|#^[\]\p{Cc}]/gu, ' ')
        .replace(/^\.+/, '')
        .trim()
        .slice(0, 120) || document.slice(0, 8);
    let path = `${folder === '/' ? '' : folder}${name}`;
    for (let n = 2; taken.has(path.toLowerCase()); n++) path = `${folder}${name} ${String(n)}`;
    taken.add(path.toLowerCase());
    paths.set(document, path);
  }
  return paths;
}

export function planFromExport(
  manifestBytes: Uint8Array,
  files: readonly ArchiveFile[],
  random: Random,
): Result<ImportPlan> {
  const manifest = parseJson(manifestBytes);
  if (!isRecord(manifest) || manifest['format'] !== FORMAT || !Array.isArray(manifest['items']))
    return fail('not-an-archive', 'the list of contents');
  if (manifest['version'] !== VERSION) return fail('unknown-version', 'export');
  const items = (manifest['items'] as readonly unknown[]).filter(isManifestItem);
  const fresh = new Map(items.map(({ document, kind }) => [document, newDocumentId(kind, random)]));
  const byPath = new Map(files.map(({ path, bytes }) => [path, bytes]));
  const losses: Loss[] = [];
  const planned = items.flatMap((item): PlannedItem[] => {
    const document = fresh.get(item.document);
    const view = parseJson(byPath.get(`json/${item.document}.json`) ?? new Uint8Array());
    if (document === undefined || !isRecord(view) || view['kind'] !== item.kind) {
      losses.push({ path: item.title, kind: 'file-unreadable', subject: item.document });
      return [];
    }
    const place = {
      document,
      title: item.title,
      parent: item.parent === null ? null : (fresh.get(item.parent) ?? null),
    };
    if (item.kind === 'page') return [{ ...place, kind: 'page', doc: relink(view['doc'], fresh) as PageNodeJson }];
    if (item.kind === 'board') return [{ ...place, kind: 'board', edits: boardEdits(view as unknown as BoardView) }];
    losses.push({ path: item.title, kind: 'author-as-text', subject: item.title });
    return [{ ...place, kind: 'channel', edits: channelEdits(view as unknown as ChannelView) }];
  });
  return planned.length === 0 ? fail('nothing-to-import') : ok({ items: planned, losses });
}

function boardEdits(view: BoardView): readonly BoardEdit[] {
  return view.tasks.flatMap((task): BoardEdit[] => [
    { edit: 'task.add', id: task.id, fields: { title: task.title, status: task.status, due: task.due ?? null } },
    ...task.checklist.flatMap((item): BoardEdit[] => [
      { edit: 'check.add', id: task.id, item: item.id, text: item.text },
      ...(item.isDone ? [{ edit: 'check.set' as const, id: task.id, item: item.id, isDone: true }] : []),
    ]),
  ]);
}

function channelEdits(view: ChannelView): readonly ChannelEdit[] {
  return view.messages
    .filter(({ isDeleted }) => !isDeleted)
    .map(({ id, text }) => ({ edit: 'message.send', id, text }));
}

/** The same page with every page link led to the new ids. */
function relink(node: unknown, fresh: ReadonlyMap<string, DocumentId>): unknown {
  if (Array.isArray(node)) return node.map((each) => relink(each, fresh));
  if (!isRecord(node)) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      key === 'href' && typeof value === 'string' ? relinkAddress(value, fresh) : relink(value, fresh),
    ]),
  );
}

function relinkAddress(href: string, fresh: ReadonlyMap<string, DocumentId>): string {
  const match = /^archipel:([0-9a-f]{32})(#.*)?$/.exec(href);
  const target = match?.[1] === undefined ? undefined : fresh.get(match[1]);
  return target === undefined ? href : `archipel:${target}${match?.[2] ?? ''}`;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(bytes) ?? '') as unknown;
  } catch {
    return undefined; // Said as `file-unreadable` or `not-an-archive` by the caller.
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isManifestItem(value: unknown): value is ManifestItem {
  if (!isRecord(value) || typeof value['document'] !== 'string' || typeof value['title'] !== 'string') return false;
  const document = parseId('DocumentId', value['document']);
  return (
    document !== undefined &&
    kindOfDocument(document) === value['kind'] &&
    (value['parent'] === null || typeof value['parent'] === 'string')
  );
}
