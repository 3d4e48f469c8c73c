/** Documents of one page in memory: the real authority and a real Automerge document, and steps that may be held back. */
import * as A from '@automerge/automerge/slim';
import wasmUrl from '@automerge/automerge/automerge.wasm?url';
import type { DocumentsEvent } from '$lib/documents/documents.ts';
import { PageAuthority } from '$lib/documents/page/page-authority.ts';
import { initializePage } from '$lib/documents/page/page-text.ts';
import type { PageDoc, PageDocument } from '$lib/documents/page/page-text.ts';
import type { RemoteCursor } from '$lib/documents/views.ts';
import type { DocumentId, SpaceId } from '$lib/foundation/ids.ts';
import { fail, ok } from '$lib/foundation/result.ts';
import type { PageDocuments } from './page-link.ts';

export const SPACE = 'a1'.repeat(32) as SpaceId;
export const DOCUMENT = `02${'b2'.repeat(15)}` as DocumentId;

export class PageWorld implements PageDocuments {
  page: PageDoc;
  authority: PageAuthority;
  /** While true, events wait: both editors type without hearing of one another. */
  isHeld = false;
  /** While true, the worker takes what it is given and has not come to answer. */
  isMute = false;
  cursor: { readonly anchor: number; readonly head: number } | undefined;
  readonly #listeners = new Set<(event: DocumentsEvent) => void>();
  readonly #waiting: DocumentsEvent[] = [];
  #isDelivering = false;

  static async create(): Promise<PageWorld> {
    if (!A.isWasmInitialized()) await A.initializeWasm(wasmUrl);
    return new PageWorld();
  }

  private constructor() {
    this.page = A.change(A.init<PageDocument>({ actor: '00'.repeat(16) }), { time: 0 }, initializePage);
    this.authority = PageAuthority.open(this.page);
  }

  open: PageDocuments['open'] = () =>
    Promise.resolve(ok({ view: { kind: 'page', doc: this.authority.json }, source: 'replica' }));

  close: PageDocuments['close'] = () => Promise.resolve();

  joinPage: PageDocuments['joinPage'] = () =>
    Promise.resolve(ok({ doc: this.authority.json, version: this.authority.version }));

  pushSteps: PageDocuments['pushSteps'] = (_space, _document, push) => {
    const outcome = this.authority.receiveSteps(push);
    const batch = this.authority.stepsSince(push.version);
    if (this.isMute) return new Promise(() => undefined);
    if (outcome === 'invalid' || batch === undefined) return Promise.resolve(fail('invalid-edit'));
    this.#emit({ kind: 'steps', space: SPACE, document: DOCUMENT, ...batch });
    return Promise.resolve(outcome === 'accepted' ? ok(undefined) : fail('stale-version'));
  };

  setCursor: PageDocuments['setCursor'] = (_space, _document, cursor) => {
    this.cursor = cursor;
    return Promise.resolve();
  };

  subscribe: PageDocuments['subscribe'] = (listener) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Somebody on another device types at a place of the text. */
  typeElsewhere(index: number, text: string): void {
    const { page } = this.authority.flush(this.page);
    const other = A.change(A.clone(page), (draft) => A.splice(draft, ['text'], index, 0, text));
    const [after] = A.applyChanges(A.clone(page), A.getChangesSince(other, A.getHeads(page)));
    const batch = this.authority.applyRemote(page, after);
    this.page = after;
    this.#emit({ kind: 'steps', space: SPACE, document: DOCUMENT, ...batch });
  }

  showCursors(cursors: readonly RemoteCursor[]): void {
    this.#emit({ kind: 'cursors', space: SPACE, document: DOCUMENT, cursors });
  }

  release(): void {
    this.isHeld = false;
    this.#deliver();
  }

  /** In order, and never an event within another: as a message port does. */
  #emit(event: DocumentsEvent): void {
    this.#waiting.push(event);
    this.#deliver();
  }

  #deliver(): void {
    if (this.isHeld || this.#isDelivering) return;
    this.#isDelivering = true;
    for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) {
      for (const listener of this.#listeners) listener(event);
    }
    this.#isDelivering = false;
  }
}
