/** Where the work is: sync status per space, and whether edits of this tab are not yet durable on this device. */
import { createSubscriber } from 'svelte/reactivity';
import type { Documents } from '$lib/documents/documents.ts';
import type { Engine, SyncStatus } from '$lib/engine/engine.ts';
import type { DocumentId, SpaceId } from '$lib/foundation/ids.ts';

export class Sync {
  readonly #subscribe: () => void;
  readonly #statuses = new Map<SpaceId, SyncStatus>();
  readonly #unsaved = new Set<DocumentId>();

  constructor(engine: Engine, documents: Documents) {
    this.#subscribe = createSubscriber((update) => {
      const ask = async (): Promise<void> => {
        for (const status of await engine.syncStatus()) this.#statuses.set(status.space, status);
        update();
      };
      void ask();
      const stopSaves = documents.subscribe((event) => {
        // A worker that was replaced says nothing more about what it held.
        if (event.kind === 'page-reset') this.#unsaved.delete(event.document);
        if (event.kind !== 'saved') return;
        if (event.state === 'pending') this.#unsaved.add(event.document);
        else this.#unsaved.delete(event.document);
        update();
      });
      const stopStatus = engine.subscribe((event) => {
        if (event.kind === 'sync') {
          this.#statuses.set(event.status.space, event.status);
          update();
        } else if (event.kind === 'session' || event.kind === 'spaces') void ask();
      });
      return () => {
        stopSaves();
        stopStatus();
      };
    });
  }

  /** Something was typed and is not on the disk yet: a second at most, unless the disk fails. */
  get isSaving(): boolean {
    this.#subscribe();
    return this.#unsaved.size > 0;
  }

  of(space: SpaceId): SyncStatus | undefined {
    this.#subscribe();
    return this.#statuses.get(space);
  }
}
