/** Unsent words per channel: a closed tab loses none, and they go on on the person's other devices. */
import type { Engine } from '$lib/engine/engine.ts';
import type { DocumentId } from '$lib/foundation/ids.ts';

const TABLE = 'draft';

export async function loadDraft(engine: Engine, document: DocumentId): Promise<string> {
  const bytes = await engine.getPersonal(TABLE, document);
  return bytes === undefined ? '' : new TextDecoder().decode(bytes);
}

export async function saveDraft(engine: Engine, document: DocumentId, text: string): Promise<void> {
  if (text === '') await engine.deletePersonal(TABLE, document);
  else await engine.putPersonal(TABLE, document, new TextEncoder().encode(text));
}
