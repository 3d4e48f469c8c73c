/** Gives a space back as one archive that needs no Archipel to be read: Markdown in folders, and every document as JSON. */
import type { Documents } from '../documents/documents.ts';
import { indexDocumentOf } from '../documents/document-kind.ts';
import { writeArchive } from '../documents/markdown/archive.ts';
import { filesOfExport } from '../documents/markdown/export-format.ts';
import type { DocumentView } from '../documents/views.ts';
import type { Engine } from '../engine/engine.ts';
import type { DocumentId, SpaceId } from '../foundation/ids.ts';
import { fail, ok, type Result } from '../foundation/result.ts';

export interface ExportOptions {
  readonly engine: Pick<Engine, 'members'>;
  readonly documents: Documents;
  readonly space: SpaceId;
  readonly onProgress: (done: number, total: number) => void;
}

export async function exportSpace({
  engine,
  documents,
  space,
  onProgress,
}: ExportOptions): Promise<Result<{ readonly name: string; readonly archive: Uint8Array }>> {
  await documents.flush();
  const index = await documents.readView(space, indexDocumentOf(space));
  if (!index.ok) return index;
  if (index.value.kind !== 'index') return fail('kind-mismatch', 'index');
  const names = new Map((await engine.members(space)).map(({ member, name }) => [member as string, name]));
  const items = index.value.items.filter(({ trashedAt }) => trashedAt === undefined);
  const views = new Map<DocumentId, DocumentView>();
  for (const { document } of items) {
    const view = await documents.readView(space, document);
    if (!view.ok) return view;
    views.set(document, view.value);
    onProgress(views.size, items.length);
  }
  const files = filesOfExport({
    index: index.value,
    views,
    memberName: (member) => names.get(member) ?? member.slice(0, 8),
  });
  return ok({ name: index.value.name, archive: await writeArchive(files) });
}
