/** Makes a space and gives it its name: two deeds for the engine and the documents, one for the person. */
import type { AppClients } from '$lib/app/clients.ts';
import type { SpaceId } from '$lib/foundation/ids.ts';
import { ok, type Result } from '$lib/foundation/result.ts';
import { settle } from './document-view.svelte.ts';

export async function createSpace(
  { engine, documents }: Pick<AppClients, 'engine' | 'documents'>,
  name: string,
): Promise<Result<SpaceId>> {
  const created = await settle(engine.createSpace());
  if (!created.ok) return created;
  const { space, index } = created.value;
  const opened = await settle(documents.open(space, index));
  if (!opened.ok) return opened;
  const named = await settle(documents.edit(space, index, { edit: 'space.rename', name }));
  await documents.close(space, index);
  return named.ok ? ok(space) : named;
}
