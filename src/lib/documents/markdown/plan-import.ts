/**
 * Files become a plan: pages in a tree, links resolved, losses listed. A pure function: it stores nothing, so a plan
 * that fails has changed nothing. An archive that this app exported is recognised and carried over exactly.
 */
import { decodeUtf8 } from '../../foundation/bytes.ts';
import type { DocumentId } from '../../foundation/ids.ts';
import type { Random } from '../../foundation/random.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import { newDocumentId } from '../document-kind.ts';
import type { PageNodeJson } from '../views.ts';
import { MAX_NOTE_BYTES, type ArchiveFile } from './archive.ts';
import { MANIFEST_PATH, planFromExport } from './export-format.ts';
import { aliasesOf, splitFrontMatter } from './front-matter.ts';
import type { ImportPlan, PlannedItem } from './import-plan.ts';
import { LinkIndex } from './link-index.ts';
import type { Loss } from './losses.ts';
import { pageFromMarkdown } from './markdown-to-page.ts';

const NOTE = /\.(md|markdown)$/i;

interface Note {
  /** Without its ending. */
  readonly path: string;
  readonly document: DocumentId;
  readonly text: string;
}

export interface PlanOptions {
  readonly random: Random;
  /** Called after each converted note. */
  onProgress?(done: number, total: number): void;
}

export function planImport(files: readonly ArchiveFile[], options: PlanOptions): Result<ImportPlan> {
  const inside = withoutSharedFolder(files);
  const manifest = inside.find(({ path }) => path === MANIFEST_PATH);
  if (manifest !== undefined) return planFromExport(manifest.bytes, inside, options.random);

  const losses: Loss[] = [];
  const sorted = inside.sort((a, b) => (a.path < b.path ? -1 : 1));
  const notes = sorted.filter(({ path }) => NOTE.test(path)).flatMap((file) => readNote(file, options.random, losses));
  if (notes.length === 0) return fail('nothing-to-import');
  for (const { path } of sorted)
    if (!NOTE.test(path))
      losses.push({ path, kind: 'file-not-stored', subject: path.slice(path.lastIndexOf('/') + 1) });

  const index = new LinkIndex();
  for (const { path, document, text } of notes) index.add(path, document, aliasesOf(splitFrontMatter(text).source));

  const docs = new Map<string, PageNodeJson>();
  notes.forEach((note, at) => {
    const { doc, losses: lost } = pageFromMarkdown(note.text, {
      path: note.path,
      findPage: (target) => index.find(target, note.path),
    });
    docs.set(note.path, doc);
    losses.push(...lost);
    options.onProgress?.(at + 1, notes.length);
  });
  return ok({ items: arrange(notes, docs, options.random), losses });
}

function readNote({ path, bytes }: ArchiveFile, random: Random, losses: Loss[]): Note[] {
  const text = bytes.length > MAX_NOTE_BYTES ? undefined : decodeUtf8(bytes);
  if (text === undefined) {
    losses.push({ path, kind: 'file-unreadable', subject: path });
    return [];
  }
  return [{ path: path.replace(NOTE, ''), document: newDocumentId('page', random), text: text.replace(/^\uFEFF/, '') }];
}

/** Folders become pages that hold their notes; a note named like the folder beside it is that page. */
function arrange(notes: readonly Note[], docs: ReadonlyMap<string, PageNodeJson>, random: Random): PlannedItem[] {
  const items: PlannedItem[] = [];
  const byPath = new Map(notes.map(({ path, document }) => [path, document]));
  const placed = new Map<string, DocumentId>();

  const place = (path: string): DocumentId => {
    const known = placed.get(path);
    if (known !== undefined) return known;
    const cut = path.lastIndexOf('/');
    const parent = cut < 0 ? null : place(path.slice(0, cut));
    const document = byPath.get(path) ?? newDocumentId('page', random);
    placed.set(path, document);
    items.push({
      document,
      kind: 'page',
      title: path.slice(cut + 1),
      parent,
      doc: docs.get(path) ?? { type: 'doc', content: [{ type: 'paragraph' }] },
    });
    return document;
  };
  for (const { path } of notes) place(path);
  return items;
}

/** Archives and chosen folders often hold everything in one folder, which is not part of the notes' tree. */
function withoutSharedFolder(files: readonly ArchiveFile[]): ArchiveFile[] {
  const visible = files.filter(
    ({ path }) => !path.split('/').some((part) => part.startsWith('.') || part === '__MACOSX'),
  );
  const first = visible[0]?.path.split('/')[0] ?? '';
  const isShared = visible.every(({ path }) => path.startsWith(`${first}/`));
  return isShared && first !== ''
    ? visible.map((file) => ({ ...file, path: file.path.slice(first.length + 1) }))
    : [...visible];
}
