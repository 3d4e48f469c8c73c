/** [K4] Sharing today's version of items with who came later, with its words; what went wrong is said. */
import type { AppClients } from '$lib/app/clients.ts';
import type { IndexItem } from '$lib/documents/views.ts';
import * as m from '$lib/paraglide/messages';
import type { Space } from '$lib/state/space.svelte.ts';
import type { Toasts } from '$lib/state/toasts.svelte.ts';
import { attempt } from '../attempt.ts';

export interface ShareItemsOptions {
  readonly clients: Pick<AppClients, 'documents'>;
  readonly toasts: Toasts;
  readonly space: Space;
  readonly items: readonly IndexItem[];
  readonly onProgress?: (done: number, total: number) => void;
}

export async function shareItems({ clients, toasts, space, items, onProgress }: ShareItemsOptions): Promise<void> {
  // Seldom wanted: the code comes when it is.
  const { shareToday } = await import('$lib/workspace/share-today.ts');
  const { documents } = clients;
  const progress = onProgress === undefined ? {} : { onProgress };
  const shared = await attempt(toasts, shareToday({ documents, space: space.id, items, ...progress }));
  await space.reading.renew();
  if (shared.ok) toasts.show(m.stewardship_newcomers_shared());
}
