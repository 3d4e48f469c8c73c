/**
 * [K4] Shows pages, boards and channels to who came later and may not read what was written before: a page or a board as
 * it stands today, begun again without its history; a channel by its name, for what is said in it from now on. Each item
 * is whole before the next begins, so an interrupted sharing leaves some shared and some not, and nothing between.
 */
import type { Documents } from '../documents/documents.ts';
import { indexDocumentOf } from '../documents/document-kind.ts';
import { contentOf, type IndexItem } from '../documents/views.ts';
import type { SpaceId } from '../foundation/ids.ts';
import { ok, type Result } from '../foundation/result.ts';

export interface ShareOptions {
  readonly documents: Documents;
  readonly space: SpaceId;
  readonly items: readonly Pick<IndexItem, 'document' | 'kind' | 'content'>[];
  readonly onProgress?: (done: number, total: number) => void;
}

export async function shareToday({ documents, space, items, onProgress }: ShareOptions): Promise<Result<void>> {
  const index = indexDocumentOf(space);
  for (const [at, item] of items.entries()) {
    const { document, kind } = item;
    const content = contentOf(item);
    // What waits in a former document belongs into today's version.
    const carried = kind === 'channel' ? ok(undefined) : await documents.carryOver(space, content, 'all');
    if (!carried.ok) return carried;
    const begun = kind === 'channel' ? ok(document) : await documents.rebase(space, content);
    if (!begun.ok) return begun;
    const listed = await documents.edit(space, index, { edit: 'item.share', document, content: begun.value });
    if (!listed.ok) return listed;
    onProgress?.(at + 1, items.length);
  }
  await documents.flush();
  return ok(undefined);
}
