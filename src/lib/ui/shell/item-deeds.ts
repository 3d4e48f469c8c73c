import type { IndexItem } from '$lib/documents/views.ts';
import type { DocumentId } from '$lib/foundation/ids.ts';
import type { TreePlace } from './page-tree.ts';

/** What can be done to an entry of the index. */
export interface ItemDeeds {
  readonly addUnder: (parent: DocumentId) => void;
  readonly move: (document: DocumentId, place: TreePlace) => void;
  readonly rename: (item: IndexItem) => void;
  readonly trash: (item: IndexItem) => void;
}
