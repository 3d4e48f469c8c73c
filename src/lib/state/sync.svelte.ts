/** Sync status per space, and whether this browser believes it has a network. */
import { createSubscriber } from 'svelte/reactivity';
import type { Engine, SyncStatus } from '$lib/engine/engine.ts';
import type { SpaceId } from '$lib/foundation/ids.ts';

export class Sync {
  readonly #subscribe: () => void;
  readonly #statuses = new Map<SpaceId, SyncStatus>();

  constructor(engine: Engine) {
    this.#subscribe = createSubscriber((update) => {
      const ask = async (): Promise<void> => {
        for (const status of await engine.syncStatus()) this.#statuses.set(status.space, status);
        update();
      };
      void ask();
      return engine.subscribe((event) => {
        if (event.kind === 'sync') {
          this.#statuses.set(event.status.space, event.status);
          update();
        } else if (event.kind === 'session' || event.kind === 'spaces') void ask();
      });
    });
  }

  of(space: SpaceId): SyncStatus | undefined {
    this.#subscribe();
    return this.#statuses.get(space);
  }
}
