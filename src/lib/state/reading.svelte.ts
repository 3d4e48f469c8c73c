/** [K4] Who reads what in one space: what newcomers may read, which items some members cannot, and since when one reads. */
import { createSubscriber } from 'svelte/reactivity';
import { contentOf, type IndexItem } from '$lib/documents/views.ts';
import type { Engine } from '$lib/engine/engine.ts';
import type { HistoryFrom } from '$lib/engine/keying/keying-calls.ts';
import type { DocumentId, MemberId, SpaceId } from '$lib/foundation/ids.ts';

const NOBODY: readonly MemberId[] = [];

export class Reading {
  readonly #items: () => readonly IndexItem[];
  readonly #subscribe: () => void;
  readonly #ask: () => Promise<void>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked: ReadonlySet<DocumentId> = new Set();
  #from: HistoryFrom | undefined;
  #since: number | undefined;
  #closed = new Map<DocumentId, readonly MemberId[]>();

  constructor(engine: Engine, space: SpaceId, items: () => readonly IndexItem[]) {
    this.#items = items;
    let tell = (): void => undefined;
    this.#ask = async () => {
      const [from, since] = [await engine.historyFrom(space), await engine.readsSince(space)];
      const asked = items().map(contentOf);
      const closed = await engine.closedTo(space, asked);
      this.#asked = new Set(asked);
      this.#from = from;
      this.#since = since;
      this.#closed = new Map(closed.map(({ document, members }) => [document, members]));
      tell();
    };
    this.#subscribe = createSubscriber((update) => {
      tell = update;
      void this.#ask();
      const stop = engine.subscribe((event) => {
        if (event.kind === 'members' && event.space === space) this.#askSoon();
      });
      return () => {
        clearTimeout(this.#timer);
        this.#timer = undefined;
        stop();
      };
    });
  }

  /** What newcomers may read; undefined until the engine has answered. */
  get from(): HistoryFrom | undefined {
    this.#subscribe();
    return this.#from;
  }
  /** When this person was let in, if what was written before is closed to them. */
  get since(): number | undefined {
    this.#subscribe();
    return this.#since;
  }
  /** The members who cannot read all of the item. */
  closedTo(item: IndexItem): readonly MemberId[] {
    this.#subscribe();
    if (!this.#asked.has(contentOf(item))) this.#askSoon();
    return this.#closed.get(contentOf(item)) ?? NOBODY;
  }
  /** Pages and boards that somebody who is in cannot read, as listed. */
  get unread(): readonly IndexItem[] {
    return this.#items().filter(
      (item) => item.trashedAt === undefined && item.kind !== 'channel' && this.closedTo(item).length > 0,
    );
  }
  /** Asks again, after a deed that changed it. */
  renew(): Promise<void> {
    return this.#ask();
  }

  /** Items come in crowds, and so does news of members: one question answers for all of them. */
  #askSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#ask();
    }, 300);
  }
}
