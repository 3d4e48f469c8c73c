/** Events to whoever listens. Opened entries are gathered and told once per tick and document. */
import type { DocumentId, SpaceId } from '../foundation/ids.ts';
import type { Scheduler } from '../foundation/scheduler.ts';
import type { EngineEvent, OpenedEntry } from './engine.ts';

export class EngineEvents {
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  readonly #gathered = new Map<
    string,
    { readonly space: SpaceId; readonly document: DocumentId; readonly entries: OpenedEntry[] }
  >();
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  subscribe(listener: (event: EngineEvent) => void): () => void {
    // A fresh function each time: the same listener may subscribe twice and end one of them.
    const own = (event: EngineEvent): void => listener(event);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  emit(event: EngineEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  gather(entries: readonly OpenedEntry[]): void {
    if (entries.length === 0) return;
    if (this.#gathered.size === 0) this.#scheduler.after(0, () => this.#tell());
    for (const entry of entries) {
      const { space, document } = entry;
      const key = `${space}/${document}`;
      const group = this.#gathered.get(key) ?? { space, document, entries: [] };
      this.#gathered.set(key, group);
      group.entries.push(entry);
    }
  }

  /** Nothing that was opened is told after the lock. */
  discard(): void {
    this.#gathered.clear();
  }

  #tell(): void {
    const groups = [...this.#gathered.values()];
    this.#gathered.clear();
    for (const group of groups) this.emit({ kind: 'entries', ...group });
  }
}
