/** What the sidebar and the screens do to the index, with its words and its way back. */
import type { IndexItem } from '$lib/documents/views.ts';
import type { DocumentId } from '$lib/foundation/ids.ts';
import * as m from '$lib/paraglide/messages';
import type { Frame } from '$lib/state/context.ts';
import { placeOfDocument } from '$lib/state/places.ts';
import type { ItemKind, Space } from '$lib/state/space.svelte.ts';
import { attempt } from '../attempt.ts';
import type { ItemDeeds } from './item-deeds.ts';

export interface IndexDeeds extends ItemDeeds {
  readonly add: (kind: ItemKind) => void;
  readonly renameItem: (document: DocumentId, title: string) => void;
  readonly renameSpace: (name: string) => void;
  readonly restore: (item: IndexItem) => void;
}

export function titleOf(item: Pick<IndexItem, 'title'>): string {
  return item.title === '' ? m.shell_untitled() : item.title;
}

export function indexDeeds(space: Space, frame: Frame, askName: (item: IndexItem) => void): IndexDeeds {
  const { toasts } = frame;
  const addAndOpen = async (kind: ItemKind, parent: DocumentId | null): Promise<void> => {
    const added = await attempt(toasts, space.add(kind, '', parent));
    if (added.ok) frame.go(placeOfDocument(space.id, added.value));
  };
  const restore = async (item: IndexItem): Promise<void> => {
    await attempt(toasts, space.edit({ edit: 'item.restore', document: item.document }));
  };
  const trash = async (item: IndexItem): Promise<void> => {
    const trashed = await attempt(toasts, space.edit({ edit: 'item.trash', document: item.document }));
    if (trashed.ok) toasts.show(m.shell_trashed({ title: titleOf(item) }), () => void restore(item));
  };
  return {
    add: (kind) => void addAndOpen(kind, null),
    addUnder: (parent) => void addAndOpen('page', parent),
    move: (document, place) => void attempt(toasts, space.edit({ edit: 'item.move', document, ...place })),
    rename: askName,
    renameItem: (document, title) => void attempt(toasts, space.edit({ edit: 'item.rename', document, title })),
    renameSpace: (name) => void attempt(toasts, space.edit({ edit: 'space.rename', name })),
    trash: (item) => void trash(item),
    restore: (item) => void restore(item),
  };
}
