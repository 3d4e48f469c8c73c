/** The documents interface over plain views: enough of every named edit to see a screen react. Tests only. */
import type { DocumentEdit } from '$lib/documents/document-edits.ts';
import type { CarriedOver, Documents, DocumentsEvent, OpenedDocument } from '$lib/documents/documents.ts';
import type { BoardView, ChannelView, DocumentView, IndexView, PageNodeJson, TaskView } from '$lib/documents/views.ts';
import type { DocumentId, MemberId, SpaceId } from '$lib/foundation/ids.ts';
import { fail, ok, type Result } from '$lib/foundation/result.ts';

export class MemoryDocuments implements Documents {
  readonly #views = new Map<DocumentId, DocumentView>();
  readonly #past = new Map<DocumentId, DocumentView[]>();
  readonly #listeners = new Set<(event: DocumentsEvent) => void>();
  readonly #self: MemberId;
  readonly edits: DocumentEdit[] = [];
  nowMs = 0;

  constructor(self: MemberId) {
    this.#self = self;
  }

  /** Sets a view as if it had arrived from elsewhere. */
  put(space: SpaceId, document: DocumentId, view: DocumentView): void {
    this.#views.set(document, view);
    for (const listener of this.#listeners) listener({ kind: 'view', space, document, view });
  }
  view(document: DocumentId): DocumentView | undefined {
    return this.#views.get(document);
  }

  open(_space: SpaceId, document: DocumentId): Promise<Result<OpenedDocument>> {
    const view = this.#views.get(document) ?? emptyView(document);
    return Promise.resolve(view === undefined ? fail('unknown-document') : ok({ view, source: 'replica' }));
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
  edit(space: SpaceId, document: DocumentId, edit: DocumentEdit): Promise<Result<void>> {
    this.edits.push(edit);
    const before = this.#views.get(document) ?? emptyView(document);
    if (before === undefined) return Promise.resolve(fail('unknown-document'));
    this.#past.set(document, [...(this.#past.get(document) ?? []), before]);
    this.put(space, document, this.#apply(before, edit));
    return Promise.resolve(ok(undefined));
  }
  undo(space: SpaceId, document: DocumentId): Promise<Result<void>> {
    const view = this.#past.get(document)?.pop();
    if (view !== undefined) this.put(space, document, view);
    return Promise.resolve(ok(undefined));
  }
  redo(): Promise<Result<void>> {
    return Promise.resolve(ok(undefined));
  }
  joinPage(): ReturnType<Documents['joinPage']> {
    return Promise.resolve(fail('unknown-document'));
  }
  pushSteps(): Promise<Result<void>> {
    return Promise.resolve(fail('unknown-document'));
  }
  setCursor(): Promise<void> {
    return Promise.resolve();
  }
  createPage(): Promise<Result<void>> {
    return Promise.resolve(fail('unknown-document'));
  }
  /** Who is said to have written in the former document. */
  waiting: readonly MemberId[] = [];
  rebase(space: SpaceId, document: DocumentId): Promise<Result<DocumentId>> {
    const view = this.#views.get(document) ?? emptyView(document);
    const begun = `${document.slice(0, 2)}${'ee'.repeat(15)}` as DocumentId;
    if (view === undefined) return Promise.resolve(fail('unknown-document'));
    this.put(space, begun, view);
    return Promise.resolve(ok(begun));
  }
  carryOver(_space: SpaceId, _document: DocumentId, whose: 'own' | 'all'): Promise<Result<CarriedOver>> {
    if (whose === 'all') this.waiting = [];
    return Promise.resolve(ok({ waiting: this.waiting, formers: [] }));
  }
  readView(_space: SpaceId, document: DocumentId): Promise<Result<DocumentView>> {
    const view = this.#views.get(document);
    return Promise.resolve(view === undefined ? fail('unknown-document') : ok(view));
  }
  readonly lost = new Map<DocumentId, DocumentView>();
  readLost(_space: SpaceId, { document }: { readonly document: DocumentId }): Promise<Result<DocumentView>> {
    const view = this.lost.get(document);
    return Promise.resolve(view === undefined ? fail('unknown-document') : ok(view));
  }
  addBlocks(space: SpaceId, document: DocumentId, blocks: readonly PageNodeJson[]): Promise<Result<void>> {
    const view = this.#views.get(document);
    if (view?.kind !== 'page') return Promise.resolve(fail('unknown-document'));
    const before = view.doc['content'] as readonly PageNodeJson[];
    this.put(space, document, { kind: 'page', doc: { ...view.doc, content: [...before, ...blocks] } });
    return Promise.resolve(ok(undefined));
  }
  flush(): Promise<void> {
    return Promise.resolve();
  }
  subscribe(listener: (event: DocumentsEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #apply(view: DocumentView, edit: DocumentEdit): DocumentView {
    if (view.kind === 'index') return applyIndex(view, edit, this.nowMs);
    if (view.kind === 'board') return applyBoard(view, edit, this.#self);
    return view.kind === 'channel' ? applyChannel(view, edit, { self: this.#self, nowMs: this.nowMs }) : view;
  }
}

function emptyView(document: DocumentId): DocumentView | undefined {
  if (document.startsWith('01')) return { kind: 'index', name: '', conflicts: [], items: [] };
  if (document.startsWith('03')) return { kind: 'board', tasks: [] };
  return document.startsWith('04') ? { kind: 'channel', messages: [] } : undefined;
}

function applyIndex(view: IndexView, edit: DocumentEdit, nowMs: number): IndexView {
  const change = (id: DocumentId, fields: Partial<IndexView['items'][number]>): IndexView => ({
    ...view,
    items: view.items.map((item) => (item.document === id ? { ...item, ...fields } : item)),
  });
  switch (edit.edit) {
    case 'space.rename':
      return { ...view, name: edit.name };
    case 'item.add': {
      const { document, kind, title, parent } = edit;
      const depth = (view.items.find((item) => item.document === parent)?.depth ?? -1) + 1;
      return {
        ...view,
        items: [...view.items, { document, kind, title, parent, depth, trashedAt: undefined, conflicts: [] }],
      };
    }
    case 'item.rename':
      return change(edit.document, { title: edit.title });
    case 'item.share':
      return change(edit.document, edit.content === undefined ? {} : { content: edit.content });
    case 'item.trash':
      return change(edit.document, { trashedAt: nowMs });
    case 'item.restore':
      return change(edit.document, { trashedAt: undefined });
    default:
      return view;
  }
}

function applyBoard(view: BoardView, edit: DocumentEdit, self: MemberId): BoardView {
  const change = (id: string, fields: (task: TaskView) => Partial<TaskView>): BoardView => ({
    ...view,
    tasks: view.tasks.map((task) => (task.id === id ? { ...task, ...fields(task) } : task)),
  });
  switch (edit.edit) {
    case 'task.add': {
      const { title, status = 'todo' } = edit.fields;
      const task: TaskView = {
        id: edit.id,
        title,
        status,
        assignee: undefined,
        due: undefined,
        checklist: [],
        createdBy: self,
        conflicts: [],
      };
      return { ...view, tasks: [...view.tasks, task] };
    }
    case 'task.set': {
      const { assignee, due, ...rest } = edit.fields;
      return change(edit.id, (task) => ({
        ...rest,
        assignee: assignee === undefined ? task.assignee : (assignee ?? undefined),
        due: due === undefined ? task.due : (due ?? undefined),
      }));
    }
    case 'task.move': {
      const moved = view.tasks.find((task) => task.id === edit.id);
      if (moved === undefined) return view;
      const others = view.tasks.filter((task) => task.id !== edit.id);
      const at = edit.after === null ? 0 : others.findIndex((task) => task.id === edit.after) + 1;
      return { ...view, tasks: others.toSpliced(at, 0, { ...moved, status: edit.status }) };
    }
    case 'task.delete':
      return { ...view, tasks: view.tasks.filter((task) => task.id !== edit.id) };
    case 'check.add':
      return change(edit.id, (task) => ({
        checklist: [...task.checklist, { id: edit.item, text: edit.text, isDone: false }],
      }));
    case 'check.set':
      return change(edit.id, (task) => ({
        checklist: task.checklist.map((item) =>
          item.id === edit.item ? { ...item, text: edit.text ?? item.text, isDone: edit.isDone ?? item.isDone } : item,
        ),
      }));
    case 'check.delete':
      return change(edit.id, (task) => ({ checklist: task.checklist.filter((item) => item.id !== edit.item) }));
    default:
      return view;
  }
}

function applyChannel(
  view: ChannelView,
  edit: DocumentEdit,
  by: { readonly self: MemberId; readonly nowMs: number },
): ChannelView {
  const change = (id: string, fields: Partial<ChannelView['messages'][number]>): ChannelView => ({
    ...view,
    messages: view.messages.map((message) => (message.id === id ? { ...message, ...fields } : message)),
  });
  switch (edit.edit) {
    case 'message.send':
      return {
        ...view,
        messages: [
          ...view.messages,
          {
            id: edit.id,
            author: by.self,
            text: edit.text,
            sentAt: by.nowMs,
            editedAt: undefined,
            isDeleted: false,
            replyTo: edit.replyTo,
            reactions: [],
          },
        ],
      };
    case 'message.edit':
      return change(edit.id, { text: edit.text, editedAt: by.nowMs });
    case 'message.delete':
      return change(edit.id, { text: '', isDeleted: true });
    case 'reaction.toggle':
      return change(edit.id, { reactions: [{ emoji: edit.emoji, members: [by.self] }] });
    default:
      return view;
  }
}
