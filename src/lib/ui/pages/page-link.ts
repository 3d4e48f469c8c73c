/**
 * An editor's side of prosemirror-collab: a keystroke is in the view at once; its steps go to the documents worker,
 * one push at a time, and come back as confirmation. Whoever was first wins the version, the other rebases. An editor
 * that goes away leaves its unconfirmed steps here, and the page stays open until they are taken.
 */
import { collab, getVersion, receiveTransaction, sendableSteps } from 'prosemirror-collab';
import { Node } from 'prosemirror-model';
import { EditorState, Selection } from 'prosemirror-state';
import type { Plugin, Transaction } from 'prosemirror-state';
import { Mapping, Step } from 'prosemirror-transform';
import type { EditorView } from 'prosemirror-view';
import type { Documents, DocumentsEvent, JoinedPage } from '$lib/documents/documents.ts';
import type { RemoteCursor } from '$lib/documents/views.ts';
import type { DocumentId, SpaceId } from '$lib/foundation/ids.ts';
import { EnvironmentError, fail } from '$lib/foundation/result.ts';
import type { Failure, Result } from '$lib/foundation/result.ts';
import { whenLeaving } from '../primitives/leaving.ts';
import { AfterPaint } from './after-paint.ts';
import { editorSchema } from './editor-schema.ts';
import { showCursors } from './page-cursors.ts';

export type PageDocuments = Pick<Documents, 'open' | 'close' | 'joinPage' | 'pushSteps' | 'setCursor' | 'subscribe'>;
type StepsEvent = Extract<DocumentsEvent, { kind: 'steps' }>;
type CursorsEvent = Extract<DocumentsEvent, { kind: 'cursors' }>;

export interface PagePlace {
  readonly documents: PageDocuments;
  readonly space: SpaceId;
  readonly document: DocumentId;
  readonly clientId: string;
}

const CURSOR_MS = 80;

export class PageLink {
  readonly #place: PagePlace;
  readonly #view: EditorView;
  readonly #plugins: readonly Plugin[];
  readonly #onFailure: (failure: Failure | undefined) => void;
  readonly #onReset: () => void;
  readonly #unsubscribe: () => void;
  #isJoined = false;
  #wasJoined = false;
  /** Where the push that is not answered yet ends. */
  #pushedTo: number | undefined;
  /** What others did, until the page is joined and the last key is painted. */
  readonly #held: (StepsEvent | CursorsEvent)[] = [];
  readonly #paint = new AfterPaint(() => this.#onPainted());
  readonly #stayHere = whenLeaving(() => void this.#pushRest());
  #isReceiving = false;
  /** What the editor held when it went away. */
  #left: EditorState | undefined;
  #isOver = false;
  #cursorTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    place: PagePlace,
    view: EditorView,
    options: {
      readonly plugins: readonly Plugin[];
      readonly onFailure: (failure: Failure | undefined) => void;
      readonly onReset: () => void;
    },
  ) {
    this.#place = place;
    this.#view = view;
    this.#plugins = options.plugins;
    this.#onFailure = options.onFailure;
    this.#onReset = options.onReset;
    this.#unsubscribe = place.documents.subscribe((event) => this.#take(event));
    void this.join();
  }

  get isJoined(): boolean {
    return this.#isJoined;
  }

  async join(): Promise<void> {
    const { documents, space, document, clientId } = this.#place;
    const joined = await settled(documents.joinPage(space, document, clientId));
    if (this.#isOver) return;
    this.#onFailure(joined.ok ? undefined : joined.error);
    if (!joined.ok) {
      this.#endIfLeft();
      return;
    }
    this.#reset(joined.value);
    this.#takeHeld();
  }

  /** Something was typed: it is painted before its steps leave, and before anything of others comes in between. */
  pushSoon(): void {
    if (!this.#isReceiving) this.#paint.request();
  }

  /** Sends what the authority has not confirmed yet. */
  async push(): Promise<void> {
    if (!this.#isJoined || this.#pushedTo !== undefined) return;
    const sendable = sendableSteps(this.#state);
    if (sendable === null) {
      this.#endIfLeft();
      return;
    }
    this.#pushedTo = sendable.version + sendable.steps.length;
    const pushed = await this.#give(sendable.version, sendable.steps);
    this.#pushedTo = undefined;
    if (this.#isOver) return;
    if (!pushed.ok && pushed.error.code !== 'stale-version') {
      this.#onFailure(pushed.error);
      this.#endIfLeft();
    }
    // Otherwise the missing steps, or the confirmation, are on their way and push again when they arrive.
    if (getVersion(this.#state) !== sendable.version) void this.push();
  }

  /**
   * This page may end before the push on its way is answered: what was typed since follows it unasked. If it does not fit, or
   * the page goes on, the next push finds that out.
   */
  async #pushRest(): Promise<void> {
    if (!this.#isJoined || this.#pushedTo === undefined) return;
    const sendable = sendableSteps(this.#state);
    if (sendable === null) return;
    const rest = sendable.steps.slice(Math.max(0, this.#pushedTo - sendable.version));
    if (rest.length > 0) await this.#give(this.#pushedTo, rest);
  }

  #give(version: number, steps: readonly Step[]): Promise<Result<void>> {
    const { documents, space, document, clientId } = this.#place;
    const push = { version, steps: steps.map((step) => step.toJSON() as unknown), clientId };
    return settled(documents.pushSteps(space, document, push));
  }

  /** Tells where the caret is, soon; undefined at once when the editor lost focus. */
  tellCursor(): void {
    if (this.#cursorTimer !== undefined) return;
    this.#cursorTimer = setTimeout(() => {
      this.#cursorTimer = undefined;
      this.#sendCursor();
    }, CURSOR_MS);
  }

  /** To be called before the view is destroyed. What it typed last may still be on its way. */
  stop(): void {
    const { documents, space, document } = this.#place;
    clearTimeout(this.#cursorTimer);
    this.#paint.end();
    void documents.setCursor(space, document, undefined);
    const { state } = this.#view;
    if (!this.#wasJoined || sendableSteps(state) === null) {
      this.#end();
      return;
    }
    this.#left = state;
    // Whoever showed the page closes it now: it is held until the last step is taken.
    void documents.open(space, document).then(() => this.push());
  }

  get #state(): EditorState {
    return this.#left ?? this.#view.state;
  }

  #dispatch(transaction: Transaction): void {
    if (this.#left !== undefined) {
      this.#left = this.#left.apply(transaction);
      return;
    }
    this.#isReceiving = true;
    try {
      this.#view.dispatch(transaction);
    } finally {
      this.#isReceiving = false;
    }
  }

  #endIfLeft(): void {
    if (this.#left === undefined || this.#isOver) return;
    void this.#place.documents.close(this.#place.space, this.#place.document);
    this.#end();
  }

  #end(): void {
    this.#isOver = true;
    this.#stayHere();
    this.#unsubscribe();
  }

  #sendCursor(): void {
    if (!this.#isJoined || this.#isOver || this.#left !== undefined) return;
    const { anchor, head } = this.#view.state.selection;
    const cursor = this.#view.hasFocus() ? { anchor, head } : undefined;
    void this.#place.documents.setCursor(this.#place.space, this.#place.document, cursor);
  }

  #take(event: DocumentsEvent): void {
    if (event.space !== this.#place.space || event.document !== this.#place.document) return;
    if (event.kind === 'steps' || event.kind === 'cursors') {
      this.#held.push(event);
      this.#takeHeld();
    } else if (event.kind === 'page-reset') {
      this.#onFailure(undefined);
      this.#reset(event.page);
    }
  }

  #onPainted(): void {
    this.#takeHeld();
    void this.push();
  }

  #takeHeld(): void {
    while (this.#isJoined && !this.#paint.isAwaited) {
      const event = this.#held.shift();
      if (event === undefined) return;
      if (event.kind === 'steps') this.#takeSteps(event);
      else if (this.#left === undefined) this.#takeCursors(event.cursors);
    }
  }

  #takeSteps(event: StepsEvent): void {
    const known = getVersion(this.#state) - event.version;
    if (known < 0) {
      // Steps are missing in between: the page as it is now holds them.
      this.#isJoined = false;
      void this.join();
      return;
    }
    if (known >= event.steps.length) return;
    const steps = event.steps.slice(known).map((json) => Step.fromJSON(editorSchema, json));
    this.#dispatch(
      receiveTransaction(this.#state, steps, event.clientIds.slice(known), { mapSelectionBackward: true }),
    );
    void this.push();
  }

  #takeCursors(cursors: readonly RemoteCursor[]): void {
    const unconfirmed = new Mapping(sendableSteps(this.#view.state)?.steps.map((step) => step.getMap()) ?? []);
    const place = (position: number): number =>
      unconfirmed.map(Math.min(position, this.#view.state.doc.content.size), -1);
    showCursors(
      this.#view,
      cursors.map((cursor) => ({ ...cursor, anchor: place(cursor.anchor), head: place(cursor.head) })),
    );
  }

  /** Starts again from the authority's page; steps it never saw are kept if they still lead to what is on the screen. */
  #reset(page: JoinedPage): void {
    const state = this.#state;
    const unconfirmed = this.#wasJoined ? (sendableSteps(state)?.steps ?? []) : [];
    const doc = Node.fromJSON(editorSchema, page.doc);
    const plugins = [...this.#plugins, collab({ version: page.version, clientID: this.#place.clientId })];
    const next = EditorState.create({ schema: editorSchema, doc, plugins });
    const again = next.tr;
    for (const step of unconfirmed) {
      if (again.maybeStep(step).failed !== null) break;
    }
    const resumed = unconfirmed.length > 0 && again.doc.eq(state.doc) ? next.apply(again) : next;
    const at = Math.min(state.selection.head, resumed.doc.content.size);
    const placed = resumed.apply(resumed.tr.setSelection(Selection.near(resumed.doc.resolve(at))));
    if (this.#left === undefined) this.#view.updateState(placed);
    else this.#left = placed;
    this.#isJoined = true;
    this.#wasJoined = true;
    if (this.#left === undefined) this.#onReset();
    void this.push();
  }
}

/** A call over a worker border may also reject (the worker died); its code joins the other failures. */
async function settled<T>(call: Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await call;
  } catch (cause) {
    if (cause instanceof EnvironmentError) return fail(cause.code, cause.message);
    throw cause;
  }
}
