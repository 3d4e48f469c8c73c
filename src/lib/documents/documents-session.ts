/**
 * The documents worker's inside: `Documents` over the engine's side. It holds no key and may die at any time; what was
 * told as durable is in the log. Several screens may hold the same document open; the last one to leave closes it.
 */
import type { Clock } from '../foundation/clock.ts';
import { bytesToHex } from '../foundation/bytes.ts';
import type { ActorId, DeviceId, DocumentId, SpaceId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import type { Scheduler } from '../foundation/scheduler.ts';
import type { DocumentEdit } from './document-edits.ts';
import type { ActorTable } from './actor-table.ts';
import { A, type Doc } from './automerge.ts';
import { indexDocumentOf, kindOfDocument, newDocumentId } from './document-kind.ts';
import type { DocumentSchema } from './document-schema.ts';
import type { CarriedOver, Documents, DocumentsEvent, JoinedPage, OpenedDocument } from './documents.ts';
import type { EngineSide, LiveEvent } from './entry-port.ts';
import { loadReplica } from './load-replica.ts';
import { loadLostBranch } from './lost-branch.ts';
import { OpenDocument } from './open-document.ts';
import { OpenDocuments, type Holding, type Opened } from './open-documents.ts';
import { PartedDocument } from './parted-document.ts';
import { findProjection } from './projection-store.ts';
import { bringOver } from './rebase/bring-over.ts';
import { schemasByKind, type Schemas } from './schemas.ts';
import { UnreadMarks } from './unread-mark.ts';
import type { DocumentView, PageNodeJson } from './views.ts';

export interface DocumentsSessionOptions {
  /** Nothing is loaded before; projections are painted all the same. At once when absent. */
  readonly automergeReady?: Promise<void>;
  readonly port: EngineSide;
  readonly clock: Clock;
  readonly random: Random;
  readonly scheduler: Scheduler;
}

/** `stop` ends the subscription to the engine's side. */
export function createDocumentsSession(options: DocumentsSessionOptions): Documents & { stop(): void } {
  return new DocumentsSession(options);
}

class DocumentsSession implements Documents {
  readonly #options: DocumentsSessionOptions;
  readonly #schemas: Schemas;
  readonly #session: string;
  readonly #open = new OpenDocuments((space, document) => this.#load(space, document));
  readonly #listeners = new Set<(event: DocumentsEvent) => void>();
  readonly #unread: UnreadMarks;
  readonly #unsubscribe: () => void;

  constructor(options: DocumentsSessionOptions) {
    this.#options = options;
    this.#schemas = schemasByKind();
    this.#session = bytesToHex(options.random.bytes(8));
    this.#unread = new UnreadMarks(options.port);
    this.#unsubscribe = options.port.subscribe((event) => this.#onLive(event));
  }

  stop(): void {
    this.#unsubscribe();
  }

  async open(space: SpaceId, document: DocumentId): Promise<Result<OpenedDocument>> {
    const held = this.#open.hold(space, document);
    const painted = held.opened === undefined ? await findProjection(this.#options.port, document) : undefined;
    if (painted !== undefined && this.#open.find(document) === undefined) {
      void this.#announceWhenLoaded(held);
      return ok({ view: painted, source: 'projection' });
    }
    const loaded = await held.loading;
    return loaded.ok ? ok({ view: loaded.value.view(), source: 'replica' }) : loaded;
  }

  async close(_space: SpaceId, document: DocumentId): Promise<void> {
    await this.#open.leave(document);
  }

  async edit(space: SpaceId, document: DocumentId, edit: DocumentEdit): Promise<Result<void>> {
    return this.#with(space, document, async (opened) => {
      const edited = await opened.edit(edit);
      if (edited.ok && opened instanceof PartedDocument) await this.#listForAll(opened);
      return edited;
    });
  }

  async undo(space: SpaceId, document: DocumentId): Promise<Result<void>> {
    return this.#with(space, document, (opened) => opened.undo());
  }

  async redo(space: SpaceId, document: DocumentId): Promise<Result<void>> {
    return this.#with(space, document, (opened) => opened.redo());
  }

  async joinPage(space: SpaceId, document: DocumentId): Promise<Result<JoinedPage>> {
    const held = this.#open.peek(document) ?? this.#open.hold(space, document);
    const loaded = await held.loading;
    if (!loaded.ok) return loaded;
    const page = loaded.value.joinPage();
    return page === undefined ? fail('unknown-document', 'not a page') : ok(page.page());
  }

  pushSteps(
    _space: SpaceId,
    document: DocumentId,
    push: { readonly version: number; readonly steps: readonly unknown[]; readonly clientId: string },
  ): Promise<Result<void>> {
    const page = this.#open.find(document)?.page;
    const unjoined = fail('unknown-document', 'not joined');
    return Promise.resolve(page === undefined ? unjoined : page.receiveSteps(push));
  }

  setCursor(
    _space: SpaceId,
    document: DocumentId,
    cursor: { readonly anchor: number; readonly head: number } | undefined,
  ): Promise<void> {
    this.#open.find(document)?.page?.setCursor(cursor);
    return Promise.resolve();
  }

  async createPage(space: SpaceId, document: DocumentId, doc: PageNodeJson): Promise<Result<void>> {
    return this.#with(space, document, async (opened) => {
      const filled = opened.fillPage(doc);
      await opened.flush();
      return filled;
    });
  }

  async rebase(space: SpaceId, document: DocumentId): Promise<Result<DocumentId>> {
    const kind = kindOfDocument(document);
    if (kind === undefined) return fail('unknown-document');
    const begun = newDocumentId(kind, this.#options.random);
    return this.#with(space, document, (source) =>
      this.#with(space, begun, async (fresh) => {
        if (!(source instanceof OpenDocument && fresh instanceof OpenDocument)) return fail('unknown-edit', kind);
        source.settle();
        const filled = fresh.beginAgain({ id: document, doc: source.doc });
        if (!filled.ok) return filled;
        await fresh.flush();
        return fresh.isDurable ? ok(begun) : fail('storage-unavailable');
      }),
    );
  }

  carryOver(space: SpaceId, document: DocumentId, whose: 'own' | 'all'): Promise<Result<CarriedOver>> {
    const { port } = this.#options;
    return bringOver({ space, document, whose, port, open: (each, work) => this.#with(space, each, work) });
  }

  async readView(space: SpaceId, document: DocumentId): Promise<Result<DocumentView>> {
    const opened = this.#open.find(document);
    if (opened !== undefined) return ok(opened.view());
    const schema = this.#schemaOf(document);
    if (schema === undefined) return fail('unknown-document');
    const self = await this.#selfIn(space);
    if (self === undefined) return fail('not-a-member');
    await this.#options.automergeReady;
    const { port } = this.#options;
    const { device } = self;
    const all = schema.parted === undefined ? [document] : (await port.parts(space, document)).all;
    const load = (part: DocumentId) =>
      loadReplica({ space, document: part, schema, port, device, actor: this.#nobody() });
    const { doc, actors } = await load(document);
    const parts: [Doc, ...Doc[]] = [doc];
    for (const part of all.slice(1)) parts.push((await load(part)).doc);
    return ok(this.#viewOnce(schema, { parts, actors }));
  }

  async readLost(
    space: SpaceId,
    { device, document }: { readonly device: DeviceId; readonly document: DocumentId },
  ): Promise<Result<DocumentView>> {
    const schema = this.#schemaOf(document);
    if (schema === undefined) return fail('unknown-document');
    await this.#options.automergeReady;
    const { port } = this.#options;
    const lost = await loadLostBranch({ space, document, schema, port, device, actor: this.#nobody() });
    return lost === undefined
      ? fail('unknown-document')
      : ok(this.#viewOnce(schema, { parts: [lost.doc], actors: lost.actors }));
  }

  async addBlocks(space: SpaceId, document: DocumentId, blocks: readonly PageNodeJson[]): Promise<Result<void>> {
    return this.#with(space, document, async (opened) => {
      const added = opened.addBlocks(blocks);
      await opened.flush();
      return added;
    });
  }

  async flush(): Promise<void> {
    await Promise.all(this.#open.all().map((opened) => opened.flush()));
  }

  subscribe(listener: (event: DocumentsEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  readonly #emit = (event: DocumentsEvent): void => {
    for (const listener of this.#listeners) listener(event);
    // Everybody may have left it while the disk refused.
    if (event.kind === 'saved' && event.state === 'durable') void this.#open.closeIfLeft(event.document);
  };

  #schemaOf(document: DocumentId) {
    const kind = kindOfDocument(document);
    return kind === undefined ? undefined : this.#schemas.get(kind);
  }

  async #selfIn(space: SpaceId) {
    return (await this.#options.port.spaces()).find((each) => each.space === space);
  }

  /** Nothing is written as this one. */
  #nobody(): ActorId {
    return bytesToHex(this.#options.random.bytes(16)) as ActorId;
  }

  /** What stands in a document that nobody keeps open. */
  #viewOnce(
    schema: DocumentSchema,
    { parts, actors }: { readonly parts: readonly [Doc, ...Doc[]]; readonly actors: ActorTable },
  ): DocumentView {
    const [first] = parts;
    const { clock } = this.#options;
    const memberOf = (each: ActorId) => actors.memberOf(each);
    const view = schema.project(first, { memberOf, nowMs: () => clock.nowMs(), cache: new WeakMap(), parts });
    for (const part of parts) A.free(part);
    return view;
  }

  async #load(space: SpaceId, document: DocumentId): Promise<Result<Opened>> {
    await this.#options.automergeReady;
    const schema = this.#schemaOf(document);
    if (schema === undefined) return fail('unknown-document');
    const self = await this.#selfIn(space);
    if (self === undefined) return fail('not-a-member');
    const { member, device, role } = self;
    const { parted } = schema;
    const place = { space, document, member, device, schema, session: this.#session, emit: this.#emit };
    const options = { ...this.#options, ...place };
    const loaded =
      parted === undefined
        ? await OpenDocument.load(options)
        : await PartedDocument.load({
            ...options,
            parted,
            mayOpenParts: role !== 'reader' && role !== 'commenter',
            onPartLoaded: (part) => this.#unread.forget(part),
          });
    if (loaded.ok) this.#unread.forget(document);
    return loaded;
  }

  async #announceWhenLoaded(held: Holding): Promise<void> {
    const { space, document } = held;
    const loaded = await held.loading;
    if (loaded.ok) this.#emit({ kind: 'view', space, document, view: loaded.value.view() });
    else this.#emit({ kind: 'problem', space, document, failure: loaded.error });
  }

  /** Works on the document whether or not somebody holds it open. */
  async #with<T>(
    space: SpaceId,
    document: DocumentId,
    work: (opened: Opened) => Result<T> | Promise<Result<T>>,
  ): Promise<Result<T>> {
    const loaded = await this.#open.hold(space, document).loading;
    if (!loaded.ok) return loaded;
    try {
      return await work(loaded.value);
    } finally {
      await this.#open.leave(document);
    }
  }

  #onLive(event: LiveEvent): void {
    if (event.kind === 'entries') {
      const opened =
        this.#open.find(event.document) ?? this.#partedIn(event.space).find((each) => each.isPart(event.document));
      if (opened !== undefined) {
        opened.receive(event.entries);
        return;
      }
      const noted = this.#unread.note(event.document, Math.min(...event.entries.map((entry) => entry.position)));
      // It may be a part that somebody has begun.
      if (this.#schemaOf(event.document)?.parted !== undefined) void noted.then(() => this.#lookForParts(event.space));
    } else if (event.kind === 'members') {
      void this.#lookForParts(event.space);
    } else if (event.kind === 'presence') {
      this.#open.find(event.frame.document)?.receivePresence(event.frame);
    }
  }

  /** [K4] A channel that goes on in a part is one that newcomers read: their list names it too. */
  async #listForAll(parted: PartedDocument): Promise<void> {
    const { space, document, mayOpenParts } = parted.options;
    const index = indexDocumentOf(space);
    if (parted.docs === undefined || document === index || !mayOpenParts) return;
    const listed = await this.edit(space, index, { edit: 'item.share', document });
    if (!listed.ok && listed.error.code !== 'invalid-edit')
      this.#emit({ kind: 'problem', space, document, failure: listed.error });
  }

  #partedIn(space: SpaceId): readonly PartedDocument[] {
    return this.#open
      .all()
      .flatMap((opened) => (opened instanceof PartedDocument && opened.options.space === space ? [opened] : []));
  }

  async #lookForParts(space: SpaceId): Promise<void> {
    for (const parted of this.#partedIn(space)) await parted.lookForParts();
  }
}
