/**
 * [K4] A document that goes on in parts, because somebody came who may not read what it holds so far: each part is a
 * document of its own, they are shown as one, and new things go where everyone who is in reads them. With one part,
 * as in every space whose newcomers read everything, it is that part and nothing else.
 */
import type { DocumentId } from '../foundation/ids.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import type { DocumentEdit } from './document-edits.ts';
import type { PartedKind } from './document-schema.ts';
import type { DocumentsEvent } from './documents.ts';
import type { DocumentEntry, DocumentParts } from './entry-port.ts';
import { OpenDocument, type OpenDocumentOptions } from './open-document.ts';
import type { DocumentView } from './views.ts';

/** Many devices see a newcomer at once: each waits for up to so long before it says what newcomers need first. */
const OPENING_SPREAD_MS = 3_000;

export interface PartedDocumentOptions extends Omit<OpenDocumentOptions, 'parts'> {
  readonly parted: PartedKind;
  /** False for who only reads or comments. */
  readonly mayOpenParts: boolean;
  /** The part was read from the log to its end. */
  readonly onPartLoaded: (part: DocumentId) => void;
}

export class PartedDocument {
  readonly page = undefined;
  readonly options: PartedDocumentOptions;
  readonly #main: OpenDocument;
  /** Oldest first, the document itself among them. */
  #parts: readonly OpenDocument[];
  #known: DocumentParts | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  readonly #done: OpenDocument[] = [];
  readonly #undone: OpenDocument[] = [];
  #cancelOpening: (() => void) | undefined;
  #isClosed = false;

  private constructor(options: PartedDocumentOptions, main: OpenDocument) {
    this.options = options;
    this.#main = main;
    this.#parts = [main];
  }

  static async load(options: PartedDocumentOptions): Promise<Result<PartedDocument>> {
    const self: { parted?: PartedDocument } = {};
    const main = await OpenDocument.load({
      ...options,
      parts: () => self.parted?.docs,
      emit: (event) => (self.parted === undefined ? options.emit(event) : self.parted.#onPart(event)),
    });
    if (!main.ok) return main;
    const parted = new PartedDocument(options, main.value);
    self.parted = parted;
    return ok(parted);
  }

  get docs() {
    return this.#parts.length > 1 ? this.#parts.map((part) => part.doc) : undefined;
  }

  view(): DocumentView {
    return this.#main.view();
  }

  isPart(document: DocumentId): boolean {
    return this.#parts.some((part) => part.id === document);
  }

  /** Somebody came or went, or wrote where nobody had written: asks again which parts there are. */
  lookForParts(): Promise<Result<void>> {
    return this.#inTurn(async () => {
      const current = await this.#findCurrent('if-begun');
      if (current.ok) this.#sayWhatNewcomersNeed();
      return current.ok ? ok(undefined) : current;
    });
  }

  /** Takes in what arrived while nobody passed it on; right after loading, the parts come in here. */
  async catchUp(): Promise<void> {
    await this.lookForParts();
    for (const part of this.#parts) await part.catchUp();
  }

  receive(entries: readonly DocumentEntry[]): void {
    for (const part of this.#parts) part.receive(entries.filter((entry) => entry.document === part.id));
  }

  receivePresence(): void {
    // Nobody has a caret in an index or a channel.
  }

  edit(edit: DocumentEdit): Promise<Result<void>> {
    return this.#inTurn(async () => {
      const home = this.#homeOf(edit);
      const part = home === undefined ? await this.#findCurrent('begin') : ok(home);
      if (!part.ok) return part;
      if (part.value === undefined) return fail('unknown-document');
      const edited = part.value.edit(edit, this.docs);
      if (edited.ok) {
        this.#done.push(part.value);
        this.#undone.length = 0;
      }
      return edited;
    });
  }

  undo(): Promise<Result<void>> {
    return this.#inTurn(() => {
      const part = this.#done.pop() ?? this.#main;
      const undone = part.undo();
      if (undone.ok) this.#undone.push(part);
      return Promise.resolve(undone);
    });
  }

  redo(): Promise<Result<void>> {
    return this.#inTurn(() => {
      const part = this.#undone.pop() ?? this.#main;
      const redone = part.redo();
      if (redone.ok) this.#done.push(part);
      return Promise.resolve(redone);
    });
  }

  joinPage(): undefined {
    return undefined;
  }

  fillPage(): Result<void> {
    return fail('unknown-edit', 'not a page');
  }

  addBlocks(): Result<void> {
    return fail('unknown-edit', 'not a page');
  }

  async flush(): Promise<void> {
    await this.#turn;
    await Promise.all(this.#parts.map((part) => part.flush()));
  }

  /** False when a part could not save; all stay open then. */
  async close(): Promise<boolean> {
    this.#cancelOpening?.();
    await this.flush();
    if (!this.#parts.every((part) => part.isDurable)) return false;
    this.#isClosed = true;
    for (const part of this.#parts) await part.close();
    return true;
  }

  #homeOf(edit: DocumentEdit): OpenDocument | undefined {
    const { parted, member } = this.options;
    const docs = this.#parts.map((part) => part.doc);
    const home = parted.homeOf(docs, edit, member);
    return home === undefined ? undefined : this.#parts[docs.indexOf(home)];
  }

  /** The part to write in; `if-begun`: undefined while nobody has. */
  async #findCurrent(want: 'begin' | 'if-begun'): Promise<Result<OpenDocument | undefined>> {
    const { port, space, document } = this.options;
    // Asked at each writing: somebody may have come since, or the engine may have been locked when it was asked.
    this.#known = await port.parts(space, document);
    const { all, current } = this.#known;
    for (const id of want === 'begin' && !all.includes(current) ? [...all, current] : all) {
      const opened = await this.#openPart(id, all);
      if (!opened.ok) return opened;
    }
    return ok(this.#parts.find((part) => part.id === current));
  }

  async #openPart(id: DocumentId, order: readonly DocumentId[]): Promise<Result<void>> {
    if (this.isPart(id) || this.#isClosed) return ok(undefined);
    const opened = await OpenDocument.load({ ...this.options, document: id, emit: (event) => this.#onPart(event) });
    if (!opened.ok) return opened;
    this.options.onPartLoaded(id);
    const placeOf = (part: OpenDocument): number => (order.includes(part.id) ? order.indexOf(part.id) : order.length);
    this.#parts = [...this.#parts, opened.value].sort((a, b) => placeOf(a) - placeOf(b));
    await opened.value.catchUp();
    this.#main.tellView();
    return ok(undefined);
  }

  #sayWhatNewcomersNeed(): void {
    const { mayOpenParts, scheduler, random } = this.options;
    if (!mayOpenParts || this.#openingEdit() === undefined || this.#cancelOpening !== undefined) return;
    const waitMs = ((random.bytes(1)[0] ?? 0) / 256) * OPENING_SPREAD_MS;
    this.#cancelOpening = scheduler.after(waitMs, () => {
      this.#cancelOpening = undefined;
      const edit = this.#openingEdit();
      if (edit !== undefined) void this.edit(edit);
    });
  }

  #openingEdit(): DocumentEdit | undefined {
    const current = this.#known?.current;
    if (current === undefined || current === this.options.document) return undefined;
    const docs = this.#parts.map((part) => part.doc);
    return this.options.parted.opening(docs, this.#parts.find((part) => part.id === current)?.doc);
  }

  #onPart(event: DocumentsEvent): void {
    const { emit, document } = this.options;
    if (event.kind === 'view' && event.document !== document) this.#main.tellView();
    else if (event.kind === 'saved' && event.state === 'durable' && !this.#parts.every((part) => part.isDurable))
      return;
    else emit({ ...event, document });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
