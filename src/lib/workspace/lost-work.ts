/**
 * [C2] Work on this device that the others never got: what of it stands nowhere else, and how it comes back as a new edit
 * under the keys of now. It is shown as pieces: blocks of a page, tasks, messages, names in the list of the space.
 */
import type { Documents } from '../documents/documents.ts';
import type { DocumentEdit } from '../documents/document-edits.ts';
import { indexDocumentOf, kindOfDocument } from '../documents/document-kind.ts';
import { textOfBlock } from '../documents/page/block-text.ts';
import type { BoardView, ChannelView, DocumentView, IndexView, PageNodeJson } from '../documents/views.ts';
import type { LostWork } from '../engine/devices/lost-work.ts';
import type { Engine } from '../engine/engine.ts';
import type { DocumentId, MemberId, SpaceId } from '../foundation/ids.ts';
import { fail, ok, type Result } from '../foundation/result.ts';

export type LostKind = 'page' | 'board' | 'channel' | 'index';

export interface LostPieces {
  readonly work: LostWork;
  /** Where it belongs: the document itself, or the one that it is a part of [K4]. */
  readonly document: DocumentId;
  readonly kind: LostKind;
  /** As it was called here; empty where it had no name, and of the list of the space. */
  readonly title: string;
  /** The others have this document: false of one that was made on the lost branch. */
  readonly isShared: boolean;
  /** In the order in which they stood; empty when all of it is there by now. */
  readonly pieces: readonly LostPiece[];
}

export type LostPiece =
  | { readonly kind: 'block'; readonly text: string; readonly block: PageNodeJson }
  | { readonly kind: 'task'; readonly text: string; readonly edits: readonly DocumentEdit[] }
  | { readonly kind: 'message'; readonly text: string; readonly edits: readonly DocumentEdit[] }
  | { readonly kind: 'item' | 'name'; readonly text: string; readonly edits: readonly DocumentEdit[] };

export interface LostWorkOptions {
  readonly engine: Pick<Engine, 'lostWork' | 'dropLostWork' | 'spaces' | 'parts'>;
  readonly documents: Documents;
  readonly space: SpaceId;
}

/** Everything that is kept, in the order of the list of the space. */
export async function readLostWork(options: LostWorkOptions): Promise<Result<readonly LostPieces[]>> {
  const { engine, documents, space } = options;
  const works = await engine.lostWork(space);
  const self = (await engine.spaces()).find((each) => each.space === space)?.member;
  if (works.length === 0 || self === undefined) return ok([]);
  const now = await indexNow(options);
  if (!now.ok) return now;
  const found: LostPieces[] = [];
  for (const work of works) {
    const kind = lostKindOf(work.document);
    const before = await documents.readLost(space, work);
    if (!before.ok || kind === undefined) continue;
    const then = await indexThen(options, works, work);
    const document = await wholeOf(options, now.value, work.document);
    const item = now.value.items.find((each) => each.document === document);
    const title = (item ?? then?.items.find((each) => each.document === document))?.title ?? '';
    const isShared = kind === 'index' || item !== undefined;
    const current = isShared ? await documents.readView(space, document) : undefined;
    if (current?.ok === false) return current;
    found.push({ work, document, kind, title, isShared, pieces: piecesOf(before.value, current?.value, self) });
  }
  return ok(found);
}

/** What was lost of one document as a new edit of this device; it is kept no longer once that is durable. */
export async function putBack(options: LostWorkOptions, lost: LostPieces): Promise<Result<void>> {
  const { engine, documents, space } = options;
  const { work, kind, pieces } = lost;
  if (!lost.isShared) {
    const listed = await listAgain(options, lost);
    if (!listed.ok) return listed;
  }
  const written = kind === 'page' ? await writeBlocks(options, lost) : await writeEdits(options, lost);
  if (pieces.length > 0 && !written.ok) return written;
  await documents.flush();
  await engine.dropLostWork(space, work.device, work.document);
  return ok(undefined);
}

/** To be carried elsewhere. */
export async function markdownOfLost({ kind, pieces }: LostPieces): Promise<string> {
  const blocks = pieces.flatMap((piece) => (piece.kind === 'block' ? [piece.block] : []));
  if (kind !== 'page') return pieces.map(({ text }) => `- ${text}\n`).join('');
  const { markdownFromPage } = await import('../documents/markdown/page-to-markdown.ts');
  return markdownFromPage({ type: 'doc', content: blocks }, () => undefined);
}

function lostKindOf(document: DocumentId): LostKind | undefined {
  const kind = kindOfDocument(document);
  return kind === 'comments' || kind === 'votes' ? undefined : kind;
}

/** [K4] The list and the channels may go on in parts, which stand in no list: what was lost in one belongs to the whole. */
async function wholeOf({ engine, space }: LostWorkOptions, now: IndexView, document: DocumentId): Promise<DocumentId> {
  const kind = lostKindOf(document);
  const wholes = [indexDocumentOf(space), ...now.items.map((item) => item.document)];
  if (wholes.includes(document) || (kind !== 'index' && kind !== 'channel')) return document;
  for (const whole of wholes.filter((each) => lostKindOf(each) === kind))
    if ((await engine.parts(space, whole)).all.includes(document)) return whole;
  return document;
}

async function indexNow({ documents, space }: LostWorkOptions): Promise<Result<IndexView>> {
  const index = await documents.readView(space, indexDocumentOf(space));
  if (!index.ok) return index;
  return index.value.kind === 'index' ? ok(index.value) : fail('kind-mismatch', 'index');
}

/** The list of the space as it stood on the same branch. */
async function indexThen(
  { documents, space }: LostWorkOptions,
  works: readonly LostWork[],
  { device }: LostWork,
): Promise<IndexView | undefined> {
  const work = works.find((each) => each.device === device && each.document === indexDocumentOf(space));
  const index = work === undefined ? undefined : await documents.readLost(space, work);
  return index?.ok === true && index.value.kind === 'index' ? index.value : undefined;
}

function piecesOf(before: DocumentView, now: DocumentView | undefined, self: MemberId): readonly LostPiece[] {
  switch (before.kind) {
    case 'page':
      return lostBlocks(before.doc, now?.kind === 'page' ? now.doc : undefined);
    case 'board':
      return lostTasks(before, now?.kind === 'board' ? now : undefined);
    case 'channel':
      return lostMessages(before, now?.kind === 'channel' ? now : undefined, self);
    case 'index':
      return lostItems(before, now?.kind === 'index' ? now : undefined);
  }
}

function lostBlocks(before: PageNodeJson, now: PageNodeJson | undefined): readonly LostPiece[] {
  const present = new Set(blocksOf(now).map((block) => JSON.stringify(block)));
  return blocksOf(before).flatMap((block): LostPiece[] => {
    const text = textOfBlock(block);
    return text === '' || present.has(JSON.stringify(block)) ? [] : [{ kind: 'block', text, block }];
  });
}

function lostTasks(before: BoardView, now: BoardView | undefined): readonly LostPiece[] {
  return before.tasks.flatMap((task): LostPiece[] => {
    const { id, title, status, assignee, due } = task;
    const current = now?.tasks.find((each) => each.id === id);
    const fields = { title, status, assignee: assignee ?? null, due: due ?? null };
    const edits: DocumentEdit[] = [];
    if (current === undefined) edits.push({ edit: 'task.add', id, fields });
    else if (
      current.title !== title ||
      current.status !== status ||
      current.assignee !== assignee ||
      current.due !== due
    )
      edits.push({ edit: 'task.set', id, fields });
    for (const { id: item, text, isDone } of task.checklist) {
      const held = current?.checklist.find((each) => each.id === item);
      if (held === undefined) edits.push({ edit: 'check.add', id, item, text });
      if (held === undefined ? isDone : held.text !== text || held.isDone !== isDone)
        edits.push({ edit: 'check.set', id, item, text, isDone });
    }
    return edits.length === 0 ? [] : [{ kind: 'task', text: title, edits }];
  });
}

/** Others' messages are theirs to send. */
function lostMessages(before: ChannelView, now: ChannelView | undefined, self: MemberId): readonly LostPiece[] {
  return before.messages.flatMap(({ id, author, text, isDeleted, replyTo }): LostPiece[] => {
    const current = now?.messages.find((each) => each.id === id);
    if (author !== self || isDeleted || current?.isDeleted === true || current?.text === text) return [];
    const sent: DocumentEdit = { edit: 'message.send', id, text, ...(replyTo === undefined ? {} : { replyTo }) };
    return [{ kind: 'message', text, edits: [current === undefined ? sent : { edit: 'message.edit', id, text }] }];
  });
}

function lostItems(before: IndexView, now: IndexView | undefined): readonly LostPiece[] {
  const pieces: LostPiece[] = [];
  if (before.name !== '' && before.name !== now?.name)
    pieces.push({ kind: 'name', text: before.name, edits: [{ edit: 'space.rename', name: before.name }] });
  for (const { document, kind, title, parent, trashedAt } of before.items) {
    if (trashedAt !== undefined) continue;
    const current = now?.items.find((each) => each.document === document);
    const edit: DocumentEdit | undefined =
      current === undefined
        ? { edit: 'item.add', document, kind, title, parent }
        : current.title === title
          ? undefined
          : { edit: 'item.rename', document, title };
    if (edit !== undefined) pieces.push({ kind: 'item', text: title, edits: [edit] });
  }
  return pieces;
}

/** A document that was made on the lost branch stands in no list any more: under its own id, so that links to it hold. */
async function listAgain(options: LostWorkOptions, { document, kind, title }: LostPieces): Promise<Result<void>> {
  if (kind === 'index') return ok(undefined);
  const { documents, space } = options;
  const edit = { edit: 'item.add', document, kind, title, parent: null } as const;
  return documents.edit(space, indexDocumentOf(space), edit);
}

async function writeBlocks(
  { documents, space }: LostWorkOptions,
  { document, pieces }: LostPieces,
): Promise<Result<void>> {
  const blocks = pieces.flatMap((piece) => (piece.kind === 'block' ? [piece.block] : []));
  const now = await documents.readView(space, document);
  const isEmpty =
    now.ok && now.value.kind === 'page' && blocksOf(now.value.doc).every((each) => textOfBlock(each) === '');
  return isEmpty
    ? documents.createPage(space, document, { type: 'doc', content: blocks })
    : documents.addBlocks(space, document, blocks);
}

async function writeEdits(
  { documents, space }: LostWorkOptions,
  { document, pieces }: LostPieces,
): Promise<Result<void>> {
  for (const piece of pieces) {
    for (const edit of piece.kind === 'block' ? [] : piece.edits) {
      const edited = await documents.edit(space, document, edit);
      if (!edited.ok) return edited;
    }
  }
  return ok(undefined);
}

function blocksOf(doc: PageNodeJson | undefined): readonly PageNodeJson[] {
  return Array.isArray(doc?.['content']) ? (doc['content'] as readonly PageNodeJson[]) : [];
}
