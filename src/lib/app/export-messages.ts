/** What a tab gives its export worker: plain views; an archive comes back. */
import type { DocumentId } from '../foundation/ids.ts';
import type { DocumentView, IndexView } from '../documents/views.ts';

export interface ExportRequest {
  readonly index: IndexView;
  readonly views: ReadonlyMap<DocumentId, DocumentView>;
  /** By member id; messages of the readable copy name their authors. */
  readonly names: ReadonlyMap<string, string>;
}
