/**
 * What leaves the documents worker: plain, read-only, structured-cloneable data. No Automerge value ever does.
 * A conflict list is empty unless two people set the same single-value field concurrently; then it names the values
 * that were not chosen, so that the interface shows both.
 */
import type { DeviceId, DocumentId, MemberId } from '../foundation/ids.ts';

export interface Conflict {
  readonly field: string;
  readonly others: readonly string[];
}

/** A page, board or channel as listed in its space's index. */
export interface IndexItem {
  readonly document: DocumentId;
  readonly kind: 'page' | 'board' | 'channel';
  /** Where it was begun again for who came later: the document that holds what the item shows [K4]. */
  readonly content?: DocumentId;
  readonly title: string;
  /** Pages form a tree; null is the top level, and so is a parent that would close a cycle. */
  readonly parent: DocumentId | null;
  /** Nesting as displayed: 0 at the top level. */
  readonly depth: number;
  readonly trashedAt: number | undefined;
  readonly conflicts: readonly Conflict[];
}

/** The document that holds what an item shows: the one it is named after, unless it was begun again. */
export function contentOf(item: Pick<IndexItem, 'document' | 'content'>): DocumentId {
  return item.content ?? item.document;
}

export interface IndexView {
  readonly kind: 'index';
  /** The space's name. */
  readonly name: string;
  readonly conflicts: readonly Conflict[];
  /** In display order: pages depth-first, then boards, then channels; trashed items last. */
  readonly items: readonly IndexItem[];
}

export const TASK_STATUSES = ['todo', 'doing', 'done'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

export interface ChecklistItem {
  readonly id: string;
  readonly text: string;
  readonly isDone: boolean;
}

export interface TaskView {
  readonly id: string;
  readonly title: string;
  readonly status: TaskStatus;
  readonly assignee: MemberId | undefined;
  /** A calendar day, `YYYY-MM-DD`, without a time zone. */
  readonly due: string | undefined;
  readonly checklist: readonly ChecklistItem[];
  readonly createdBy: MemberId | undefined;
  readonly conflicts: readonly Conflict[];
}

export interface BoardView {
  readonly kind: 'board';
  /** In board order: tasks of one status keep their relative order. */
  readonly tasks: readonly TaskView[];
}

export interface ReactionView {
  readonly emoji: string;
  readonly members: readonly MemberId[];
}

export interface MessageView {
  readonly id: string;
  readonly author: MemberId;
  readonly text: string;
  /** Milliseconds since 1970, clamped; for display. The list is already in the agreed order [C5]. */
  readonly sentAt: number;
  readonly editedAt: number | undefined;
  /** A deleted message keeps its place and loses its text. */
  readonly isDeleted: boolean;
  readonly replyTo: string | undefined;
  readonly reactions: readonly ReactionView[];
}

export interface ChannelView {
  readonly kind: 'channel';
  readonly messages: readonly MessageView[];
}

/** A ProseMirror document as JSON; see documents/page/page-schema.ts. */
export type PageNodeJson = { readonly [key: string]: unknown };

export interface PageView {
  readonly kind: 'page';
  readonly doc: PageNodeJson;
}

export type DocumentView = IndexView | BoardView | ChannelView | PageView;

/** Where another person's caret stands, as ProseMirror positions in the current version of the page. */
export interface RemoteCursor {
  readonly session: string;
  readonly member: MemberId;
  readonly device: DeviceId;
  readonly anchor: number;
  readonly head: number;
}
