/**
 * A document's view while someone looks at it: opened at the first reader, closed after the last. What it holds is
 * plain data; every write goes through the documents client.
 */
import { createSubscriber } from 'svelte/reactivity';
import type { DocumentEdit } from '$lib/documents/document-edits.ts';
import type { Documents } from '$lib/documents/documents.ts';
import type { DocumentView } from '$lib/documents/views.ts';
import type { DocumentId, SpaceId } from '$lib/foundation/ids.ts';
import { EnvironmentError, fail, type Failure, type Result } from '$lib/foundation/result.ts';

type ViewOf<K extends DocumentView['kind']> = Extract<DocumentView, { kind: K }>;

export class LiveDocument<K extends DocumentView['kind']> {
  readonly space: SpaceId;
  readonly document: DocumentId;
  readonly kind: K;
  readonly #documents: Documents;
  readonly #subscribe: () => void;
  #view: ViewOf<K> | undefined;
  #failure: Failure | undefined;
  #isDurable = true;
  #edits = 0;
  /** Counts what was taken, so that an answer to `open` never replaces a newer view. */
  #taken = 0;

  constructor(
    documents: Documents,
    place: { readonly space: SpaceId; readonly document: DocumentId; readonly kind: K },
  ) {
    this.#documents = documents;
    this.space = place.space;
    this.document = place.document;
    this.kind = place.kind;
    this.#subscribe = createSubscriber((update) => {
      const stop = documents.subscribe((event) => {
        if (event.document !== this.document || event.space !== this.space) return;
        if (event.kind === 'view') this.#take(event.view);
        else if (event.kind === 'saved') this.#isDurable = event.state === 'durable';
        else if (event.kind === 'problem') this.#failure = event.failure;
        else return;
        update();
      });
      void this.#open().then(update);
      return () => {
        stop();
        void documents.close(this.space, this.document);
      };
    });
  }

  get view(): ViewOf<K> | undefined {
    this.#subscribe();
    return this.#view;
  }
  get failure(): Failure | undefined {
    this.#subscribe();
    return this.#failure;
  }
  /** False between an edit and the moment it is on this device's disk. */
  get isDurable(): boolean {
    this.#subscribe();
    return this.#isDurable;
  }
  /** How many edits this view made: an undo offered after edit n is only right while it is still n. */
  get edits(): number {
    return this.#edits;
  }

  async edit(edit: DocumentEdit): Promise<Result<void>> {
    this.#edits += 1;
    return settle(this.#documents.edit(this.space, this.document, edit));
  }
  async undo(): Promise<Result<void>> {
    this.#edits += 1;
    return settle(this.#documents.undo(this.space, this.document));
  }
  async redo(): Promise<Result<void>> {
    this.#edits += 1;
    return settle(this.#documents.redo(this.space, this.document));
  }

  async #open(): Promise<void> {
    const takenBefore = this.#taken;
    const opened = await settle(this.#documents.open(this.space, this.document));
    this.#failure = opened.ok ? undefined : opened.error;
    if (opened.ok && this.#taken === takenBefore) this.#take(opened.value.view);
  }

  #take(view: DocumentView): void {
    this.#taken += 1;
    if (view.kind === this.kind) this.#view = view as ViewOf<K>;
    else this.#failure = { code: 'kind-mismatch' };
  }
}

/**
 * One live view per document, whoever asks: the sidebar and the page share it, and the documents worker sees one open
 * and one close. A view seen before paints at once when it is opened again.
 */
export class DocumentViews {
  readonly #documents: Documents;
  readonly #live = new Map<DocumentId, LiveDocument<DocumentView['kind']>>();

  constructor(documents: Documents) {
    this.#documents = documents;
  }

  get<K extends DocumentView['kind']>(place: {
    readonly space: SpaceId;
    readonly document: DocumentId;
    readonly kind: K;
  }): LiveDocument<K> {
    const known = this.#live.get(place.document);
    if (known?.kind === place.kind && known.space === place.space) return known as unknown as LiveDocument<K>;
    const live = new LiveDocument(this.#documents, place);
    this.#live.set(place.document, live as unknown as LiveDocument<DocumentView['kind']>);
    return live;
  }

  /** After a lock nothing readable stays on this side. */
  clear(): void {
    this.#live.clear();
  }
}

/** A call over a worker border may also reject (the worker died); its code joins the other failures. */
export async function settle<T>(call: Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await call;
  } catch (cause) {
    if (cause instanceof EnvironmentError) return fail(cause.code, cause.message);
    throw cause;
  }
}
