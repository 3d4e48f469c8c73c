/** A document that somebody looks at: its replica, its view, its undo, and for a page the session of its editors. */
import type { Clock } from '../foundation/clock.ts';
import type { ActorId, DeviceId, DocumentId, MemberId, SpaceId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import type { Scheduler } from '../foundation/scheduler.ts';
import type { ActorOwner } from './actor-table.ts';
import { A, type Doc } from './automerge.ts';
import type { DocumentEdit } from './document-edits.ts';
import type { DocumentSchema, ProjectionContext } from './document-schema.ts';
import type { DocumentsEvent } from './documents.ts';
import type { DocumentEntry, EngineSide, PresenceNotice } from './entry-port.ts';
import { addBlocks, fillPage } from './page-kind.ts';
import { PageSession } from './page-session.ts';
import { PRESENCE_HEARTBEAT_MS, PresenceRoom } from './presence-room.ts';
import { storeProjection } from './projection-store.ts';
import { beginAgain, type Source } from './rebase/rebase.ts';
import { Replica, type ReplicaEvent } from './replica.ts';
import { UndoStack } from './undo-stack.ts';
import type { DocumentView, PageNodeJson } from './views.ts';
import { applyWrites, invertWrites, type Write } from './writes.ts';

const PROJECTION_DELAY_MS = 1_000;

export interface OpenDocumentOptions {
  readonly space: SpaceId;
  readonly document: DocumentId;
  readonly member: MemberId;
  readonly device: DeviceId;
  readonly schema: DocumentSchema;
  readonly port: EngineSide;
  readonly clock: Clock;
  readonly random: Random;
  readonly scheduler: Scheduler;
  /** Names this worker in presence frames. */
  readonly session: string;
  readonly emit: (event: DocumentsEvent) => void;
  /** Of a document in parts: all of them, once there are several. */
  readonly parts?: () => readonly Doc[] | undefined;
}

export class OpenDocument {
  readonly #options: OpenDocumentOptions;
  readonly #replica: Replica;
  readonly #undo = new UndoStack();
  readonly #room: PresenceRoom;
  readonly #cache = new WeakMap<object, object>();
  #page: PageSession | undefined;
  #cancelProjection: (() => void) | undefined;
  #cancelHeartbeat: (() => void) | undefined;

  private constructor(options: OpenDocumentOptions, replica: Replica) {
    this.#options = options;
    this.#replica = replica;
    this.#room = new PresenceRoom(options.clock, options.session);
  }

  static async load(options: OpenDocumentOptions): Promise<Result<OpenDocument>> {
    const self: { opened?: OpenDocument } = {};
    const replica = await Replica.load({
      ...options,
      onEvent: (event) => {
        if (self.opened !== undefined) self.opened.#onReplica(event);
        else if (event.kind === 'problem')
          options.emit({ ...addressOf(options), kind: 'problem', failure: event.failure });
      },
      beforeApply: () => self.opened?.page?.flush(),
    });
    if (!replica.ok) return replica;
    const opened = new OpenDocument(options, replica.value);
    self.opened = opened;
    opened.#storeProjectionLater();
    return ok(opened);
  }

  get id(): DocumentId {
    return this.#options.document;
  }

  get doc(): Doc {
    return this.#replica.doc;
  }

  /** Every change is on this device's disk. */
  get isDurable(): boolean {
    return this.#replica.isDurable;
  }

  view(): DocumentView {
    return this.#options.schema.project(this.#replica.doc, this.#projectionContext());
  }

  /** Another part has changed. */
  tellView(): void {
    this.#options.emit({ kind: 'view', ...addressOf(this.#options), view: this.view() });
    this.#storeProjectionLater();
  }

  /** Takes in what arrived while nobody passed it on. */
  async catchUp(): Promise<void> {
    const { port, space, document } = this.#options;
    this.receive(await port.entries(space, document, this.#replica.seenPosition));
  }

  receive(entries: readonly DocumentEntry[]): void {
    this.#replica.receive(entries);
  }

  receivePresence(notice: PresenceNotice): void {
    if (this.#page !== undefined) this.#page.receivePresence(notice);
    else this.#room.receive(notice);
  }

  /** `parts`: what the edit is planned in the sight of, this document among them. */
  edit(edit: DocumentEdit, parts: readonly Doc[] = [this.#replica.doc]): Result<void> {
    const { schema, member, clock, random } = this.#options;
    const planned = schema.plan(this.#replica.doc, edit, { member, nowMs: clock.nowMs(), random, parts });
    if (!planned.ok) return planned;
    const inverse = invertWrites(this.#replica.doc, planned.value);
    if (this.#write(planned.value)) this.#undo.push(inverse);
    return ok(undefined);
  }

  undo(): Result<void> {
    const writes = this.#undo.takeUndo(this.#replica.doc);
    if (writes === undefined) return fail('invalid-edit', 'nothing to undo');
    this.#undo.pushUndone(invertWrites(this.#replica.doc, writes));
    this.#write(writes);
    return ok(undefined);
  }

  redo(): Result<void> {
    const writes = this.#undo.takeRedo(this.#replica.doc);
    if (writes === undefined) return fail('invalid-edit', 'nothing to redo');
    this.#undo.pushRedone(invertWrites(this.#replica.doc, writes));
    this.#write(writes);
    return ok(undefined);
  }

  /** The page's editors; undefined when the document is no page. */
  joinPage(): PageSession | undefined {
    if (this.#options.schema.kind !== 'page') return undefined;
    this.#page ??= this.#startPage();
    if (this.#cancelHeartbeat === undefined) this.#beat();
    return this.#page;
  }

  /** The page, once an editor has joined it. */
  get page(): PageSession | undefined {
    return this.#page;
  }

  fillPage(page: PageNodeJson): Result<void> {
    return this.#changePage((doc) => fillPage(doc, page));
  }

  addBlocks(blocks: readonly PageNodeJson[]): Result<void> {
    return this.#changePage((doc) => addBlocks(doc, blocks));
  }

  /** Fills a new document with what another one shows (`rebase/`). */
  beginAgain(source: Source): Result<void> {
    let begun: Result<unknown> = ok(undefined);
    this.#replica.commit((doc) => {
      const result = beginAgain(doc, source);
      begun = result;
      return result.ok ? result.value : doc;
    });
    return begun.ok ? ok(undefined) : begun;
  }

  /** Who stands behind an actor of this document. */
  ownerOf(actor: ActorId): ActorOwner | undefined {
    return this.#replica.ownerOf(actor);
  }

  /** Typed steps become a change now. */
  settle(): void {
    this.#page?.flush();
  }

  async flush(): Promise<void> {
    this.#page?.flush();
    await this.#replica.flush();
    if (this.#cancelProjection !== undefined) await this.#storeProjection();
  }

  /** False when the disk refuses and changes would be lost: the document then stays open. */
  async close(): Promise<boolean> {
    this.#cancelHeartbeat?.();
    this.#cancelHeartbeat = undefined;
    this.#page?.stop();
    await this.flush();
    return this.#replica.close();
  }

  /** A change that comes from no editor: those who have the page open get it as steps. */
  #changePage(change: (doc: Doc) => Result<Doc>): Result<void> {
    if (this.#options.schema.kind !== 'page') return fail('unknown-edit', 'not a page');
    this.#page?.flush();
    const before = this.#replica.doc;
    let changed: Result<unknown> = ok(undefined);
    this.#replica.commit((doc) => {
      const result = change(doc);
      changed = result;
      return result.ok ? result.value : doc;
    });
    if (changed.ok) this.#page?.takeRemote(before, this.#replica.doc);
    return changed.ok ? ok(undefined) : changed;
  }

  #startPage(): PageSession {
    const { space, document, port, session, emit } = this.#options;
    const address = addressOf(this.#options);
    return new PageSession({
      replica: this.#replica,
      scheduler: this.#options.scheduler,
      room: this.#room,
      onSteps: (steps) => emit({ kind: 'steps', ...address, ...steps }),
      onReset: (page) => emit({ kind: 'page-reset', ...address, page }),
      onProblem: (failure) => emit({ kind: 'problem', ...address, failure }),
      onCursors: (cursors) => emit({ kind: 'cursors', ...address, cursors }),
      onUnsaved: () => emit({ kind: 'saved', ...address, state: 'pending' }),
      sendPresence: (body) => void port.sendPresence(space, document, session, body),
    });
  }

  #beat(): void {
    this.#page?.announce();
    this.#page?.emitCursors();
    this.#cancelHeartbeat = this.#options.scheduler.after(PRESENCE_HEARTBEAT_MS, () => this.#beat());
  }

  #write(writes: readonly Write[]): boolean {
    return this.#replica.commit((doc) => A.change(doc, { time: 0 }, (draft) => applyWrites(draft, writes)));
  }

  #onReplica(event: ReplicaEvent): void {
    const { emit } = this.#options;
    const address = addressOf(this.#options);
    if (event.kind === 'changed' || event.kind === 'rebuilt') {
      if (event.kind === 'rebuilt') this.#page?.restart();
      else if (event.by === 'remote') this.#page?.takeRemote(event.before, event.after);
      if (this.#page === undefined) emit({ kind: 'view', ...address, view: this.view() });
      this.#storeProjectionLater();
    } else if (event.kind === 'problem') emit({ kind: 'problem', ...address, failure: event.failure });
    else if (event.kind === 'pending' || this.#replica.isDurable)
      emit({ kind: 'saved', ...address, state: event.kind });
  }

  #projectionContext(): ProjectionContext {
    const parts = this.#options.parts?.();
    return {
      ...(parts === undefined ? {} : { parts }),
      memberOf: (actor) => this.#replica.memberOf(actor),
      nowMs: () => this.#options.clock.nowMs(),
      cache: this.#cache,
    };
  }

  #storeProjectionLater(): void {
    this.#cancelProjection ??= this.#options.scheduler.after(PROJECTION_DELAY_MS, () => void this.#storeProjection());
  }

  async #storeProjection(): Promise<void> {
    this.#cancelProjection?.();
    this.#cancelProjection = undefined;
    await storeProjection(this.#options.port, this.#options.document, this.view());
  }
}

function addressOf({ space, document }: OpenDocumentOptions): {
  readonly space: SpaceId;
  readonly document: DocumentId;
} {
  return { space, document };
}
