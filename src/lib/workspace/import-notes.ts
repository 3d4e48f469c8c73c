/**
 * Brings planned pages, boards and channels into a space. Each document is stored before the index names it, so an
 * interrupted import leaves whole pages and no broken entry; what was brought in so far stays.
 */
import type { Documents } from '../documents/documents.ts';
import type { NewItem } from '../documents/document-edits.ts';
import { indexDocumentOf } from '../documents/document-kind.ts';
import type { ImportPlan, PlannedItem } from '../documents/markdown/import-plan.ts';
import type { Loss } from '../documents/markdown/losses.ts';
import type { SpaceId } from '../foundation/ids.ts';
import { fail, ok, type Result } from '../foundation/result.ts';

const ITEMS_PER_CHANGE = 50;

export interface ImportReport {
  readonly imported: number;
  readonly losses: readonly Loss[];
}

export interface ImportOptions {
  readonly documents: Documents;
  readonly space: SpaceId;
  readonly plan: ImportPlan;
  readonly onProgress: (done: number, total: number) => void;
  readonly isCancelled: () => boolean;
}

export async function importNotes({
  documents,
  space,
  plan,
  onProgress,
  isCancelled,
}: ImportOptions): Promise<Result<ImportReport>> {
  const index = indexDocumentOf(space);
  const opened = await documents.open(space, index);
  if (!opened.ok) return opened;
  try {
    let done = 0;
    for (let at = 0; at < plan.items.length; at += ITEMS_PER_CHANGE) {
      const batch = plan.items.slice(at, at + ITEMS_PER_CHANGE);
      for (const item of batch) {
        if (isCancelled()) return fail('cancelled');
        const stored = await store(documents, space, item);
        if (!stored.ok) return stored;
        onProgress(++done, plan.items.length);
      }
      const listed = await documents.edit(space, index, { edit: 'items.add', items: batch.map(entryOf) });
      if (!listed.ok) return listed;
    }
    await documents.flush();
    return ok({ imported: plan.items.length, losses: plan.losses });
  } finally {
    await documents.close(space, index);
  }
}

function entryOf({ document, kind, title, parent }: PlannedItem): NewItem {
  return { document, kind, title, parent };
}

async function store(documents: Documents, space: SpaceId, item: PlannedItem): Promise<Result<void>> {
  if (item.kind === 'page') return documents.createPage(space, item.document, item.doc);
  const opened = await documents.open(space, item.document);
  if (!opened.ok) return opened;
  try {
    for (const edit of item.edits) {
      const edited = await documents.edit(space, item.document, edit);
      if (!edited.ok) return edited;
    }
    await documents.flush();
    return ok(undefined);
  } finally {
    await documents.close(space, item.document);
  }
}
