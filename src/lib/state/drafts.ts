/** Unsent words per channel, sealed on this device, so that a closed tab loses none. */
import type { Engine } from '$lib/engine/engine.ts';
import type { DocumentId } from '$lib/foundation/ids.ts';

const TABLE = 'draft';

export async function loadDraft(engine: Engine, document: DocumentId): Promise<string> {
  const bytes = await engine.getLocal(TABLE, document);
  return bytes === undefined ? '' : new TextDecoder().decode(bytes);
}

export async function saveDraft(engine: Engine, document: DocumentId, text: string): Promise<void> {
  if (text === '') await engine.deleteLocal(TABLE, document);
  else await engine.putLocal(TABLE, document, new TextEncoder().encode(text));
}
