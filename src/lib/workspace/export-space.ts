/** Gives a space back as one archive that needs no Archipel to be read: Markdown in folders, and every document as JSON. */
import type { Documents } from '../documents/documents.ts';
import { indexDocumentOf } from '../documents/document-kind.ts';
import { contentOf, type DocumentView, type IndexView } from '../documents/views.ts';
import type { Engine } from '../engine/engine.ts';
import type { DocumentId, SpaceId } from '../foundation/ids.ts';
import { fail, type Result } from '../foundation/result.ts';

/** Everything that an export holds, as plain data. */
export interface SpaceContents {
  readonly index: IndexView;
  readonly views: ReadonlyMap<DocumentId, DocumentView>;
  readonly names: ReadonlyMap<string, string>;
}

export interface ExportOptions {
  readonly engine: Pick<Engine, 'members'>;
  readonly documents: Documents;
  readonly space: SpaceId;
  /** Turns the contents into an archive; long work, best done elsewhere. */
  readonly pack: (contents: SpaceContents) => Promise<Result<Uint8Array>>;
  readonly onProgress: (done: number, total: number) => void;
}

export async function exportSpace({
  engine,
  documents,
  space,
  pack,
  onProgress,
}: ExportOptions): Promise<Result<Uint8Array>> {
  await documents.flush();
  const index = await documents.readView(space, indexDocumentOf(space));
  if (!index.ok) return index;
  if (index.value.kind !== 'index') return fail('kind-mismatch', 'index');
  const items = index.value.items.filter(({ trashedAt }) => trashedAt === undefined);
  const views = new Map<DocumentId, DocumentView>();
  for (const item of items) {
    const view = await documents.readView(space, contentOf(item));
    if (!view.ok) return view;
    views.set(item.document, view.value);
    onProgress(views.size, items.length);
  }
  const names = new Map((await engine.members(space)).map(({ member, name }) => [member as string, name]));
  return pack({ index: index.value, views, names });
}
