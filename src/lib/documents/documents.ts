/**
 * The documents worker as the main thread sees it. Local edits resolve once applied to the replica; durability follows
 * within a second and is announced as `saved`. Opening paints from the last sealed projection, before Automerge loads.
 */
import type { DeviceId, DocumentId, MemberId, SpaceId } from '../foundation/ids.ts';
import type { Failure, Result } from '../foundation/result.ts';
import type { DocumentEdit } from './document-edits.ts';
import type { DocumentView, PageNodeJson, RemoteCursor } from './views.ts';

export interface OpenedDocument {
  readonly view: DocumentView;
  /** `projection`: painted from the sealed copy, a `view` event follows; `replica`: current. */
  readonly source: 'projection' | 'replica';
}

export interface JoinedPage {
  readonly doc: PageNodeJson;
  /** prosemirror-collab version of `doc`. */
  readonly version: number;
}

export interface CarriedOver {
  /** Who wrote what is still waiting: nobody, when nothing is. */
  readonly waiting: readonly MemberId[];
  /** The documents that something may come from yet. */
  readonly formers: readonly DocumentId[];
}

export type DocumentsEvent =
  /** The whole new view; unchanged parts keep their order and values, so keyed lists move nothing. */
  | { readonly kind: 'view'; readonly space: SpaceId; readonly document: DocumentId; readonly view: DocumentView }
  /** Steps from `version` on, own ones included as their confirmation (clientIds tell). */
  | {
      readonly kind: 'steps';
      readonly space: SpaceId;
      readonly document: DocumentId;
      readonly version: number;
      readonly steps: readonly unknown[];
      readonly clientIds: readonly string[];
    }
  /** The page was rebuilt (worker restarted, poisoned change dropped): start again from this. */
  | { readonly kind: 'page-reset'; readonly space: SpaceId; readonly document: DocumentId; readonly page: JoinedPage }
  | {
      readonly kind: 'cursors';
      readonly space: SpaceId;
      readonly document: DocumentId;
      readonly cursors: readonly RemoteCursor[];
    }
  | {
      readonly kind: 'saved';
      readonly space: SpaceId;
      readonly document: DocumentId;
      readonly state: 'pending' | 'durable';
    }
  | { readonly kind: 'problem'; readonly space: SpaceId; readonly document: DocumentId; readonly failure: Failure };

export interface Documents {
  open(space: SpaceId, document: DocumentId): Promise<Result<OpenedDocument>>;
  close(space: SpaceId, document: DocumentId): Promise<void>;
  edit(space: SpaceId, document: DocumentId, edit: DocumentEdit): Promise<Result<void>>;
  /** Takes back this device's last edit of the document (pages undo in their editor instead). */
  undo(space: SpaceId, document: DocumentId): Promise<Result<void>>;
  redo(space: SpaceId, document: DocumentId): Promise<Result<void>>;
  joinPage(space: SpaceId, document: DocumentId, clientId: string): Promise<Result<JoinedPage>>;
  /** `stale-version`: the missing steps are on their way as an event; rebase and push again. */
  pushSteps(
    space: SpaceId,
    document: DocumentId,
    push: { readonly version: number; readonly steps: readonly unknown[]; readonly clientId: string },
  ): Promise<Result<void>>;
  /** Own caret as ProseMirror positions; undefined when the editor lost focus. */
  setCursor(
    space: SpaceId,
    document: DocumentId,
    cursor: { readonly anchor: number; readonly head: number } | undefined,
  ): Promise<void>;
  /** Creates a page with content in one change, or gives an open or existing one this content; durable when resolved. */
  createPage(space: SpaceId, document: DocumentId, doc: PageNodeJson): Promise<Result<void>>;
  /**
   * [K4] A new document that shows what this page or board shows, without its history; durable when resolved. Naming it
   * in the index is another step (`item.share`).
   */
  rebase(space: SpaceId, document: DocumentId): Promise<Result<DocumentId>>;
  /**
   * Brings what was written in the document's former one after it was begun again into it. `own`: only when this device
   * wrote all of it.
   */
  carryOver(space: SpaceId, document: DocumentId, whose: 'own' | 'all'): Promise<Result<CarriedOver>>;
  /** The current view without keeping the document open (export, search). */
  readView(space: SpaceId, document: DocumentId): Promise<Result<DocumentView>>;
  /** [C2] The document as it stood here on a branch that the others never got; `unknown-document` where nothing is kept of it. */
  readLost(
    space: SpaceId,
    work: { readonly device: DeviceId; readonly document: DocumentId },
  ): Promise<Result<DocumentView>>;
  /** Blocks at the end of a page, as one new edit; durable when resolved. */
  addBlocks(space: SpaceId, document: DocumentId, blocks: readonly PageNodeJson[]): Promise<Result<void>>;
  /** Commits every pending local edit now; resolves once durable (page hidden, lock, export). */
  flush(): Promise<void>;
  subscribe(listener: (event: DocumentsEvent) => void): () => void;
}
