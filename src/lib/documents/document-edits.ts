/** Every edit a person can make to a document, by name. Pages are edited by steps instead; see documents.ts. */
import type { DocumentId, MemberId } from '../foundation/ids.ts';
import type { TaskStatus } from './views.ts';

export interface NewItem {
  readonly document: DocumentId;
  readonly kind: 'page' | 'board' | 'channel';
  readonly title: string;
  readonly parent: DocumentId | null;
}

export type IndexEdit =
  | { readonly edit: 'space.rename'; readonly name: string }
  /** Stands last among its siblings. */
  | ({ readonly edit: 'item.add' } & NewItem)
  /** Many at once, in one change (import). A parent may be an earlier item of the same list. */
  | { readonly edit: 'items.add'; readonly items: readonly NewItem[] }
  | { readonly edit: 'item.rename'; readonly document: DocumentId; readonly title: string }
  /** Places a page under `parent`, after sibling `after` (null = first). A move that would close a cycle is refused. */
  | {
      readonly edit: 'item.move';
      readonly document: DocumentId;
      readonly parent: DocumentId | null;
      readonly after: DocumentId | null;
    }
  /** Lists the item where everyone who is in reads it; from now on it shows `content`, of the same kind, if given [K4]. */
  | { readonly edit: 'item.share'; readonly document: DocumentId; readonly content?: DocumentId }
  | { readonly edit: 'item.trash'; readonly document: DocumentId }
  | { readonly edit: 'item.restore'; readonly document: DocumentId };

export interface TaskFields {
  readonly title?: string;
  readonly status?: TaskStatus;
  /** null clears. */
  readonly assignee?: MemberId | null;
  readonly due?: string | null;
}

export type BoardEdit =
  | { readonly edit: 'task.add'; readonly id: string; readonly fields: TaskFields & { readonly title: string } }
  | { readonly edit: 'task.set'; readonly id: string; readonly fields: TaskFields }
  /** Moves to a status and after a task of that status (null = first). */
  | { readonly edit: 'task.move'; readonly id: string; readonly status: TaskStatus; readonly after: string | null }
  | { readonly edit: 'task.delete'; readonly id: string }
  | { readonly edit: 'check.add'; readonly id: string; readonly item: string; readonly text: string }
  | {
      readonly edit: 'check.set';
      readonly id: string;
      readonly item: string;
      readonly text?: string;
      readonly isDone?: boolean;
    }
  | { readonly edit: 'check.delete'; readonly id: string; readonly item: string };

export type ChannelEdit =
  | { readonly edit: 'message.send'; readonly id: string; readonly text: string; readonly replyTo?: string }
  | { readonly edit: 'message.edit'; readonly id: string; readonly text: string }
  | { readonly edit: 'message.delete'; readonly id: string }
  | { readonly edit: 'reaction.toggle'; readonly id: string; readonly emoji: string };

export type DocumentEdit = IndexEdit | BoardEdit | ChannelEdit;
