/**
 * Which documents are open, and for how many: the last one to leave closes. A document that is closing is out of reach,
 * so nobody writes into it; whoever comes back meanwhile waits, and gets the same one if it could not save and stayed.
 */
import type { DocumentId, SpaceId } from '../foundation/ids.ts';
import { ok, type Result } from '../foundation/result.ts';
import type { OpenDocument } from './open-document.ts';
import type { PartedDocument } from './parted-document.ts';

export type Opened = OpenDocument | PartedDocument;

export interface Holding {
  readonly space: SpaceId;
  readonly document: DocumentId;
  readonly loading: Promise<Result<Opened>>;
  readonly opened: Opened | undefined;
}

interface Held extends Holding {
  opened: Opened | undefined;
  holders: number;
}

type Load = (space: SpaceId, document: DocumentId) => Promise<Result<Opened>>;

export class OpenDocuments {
  readonly #load: Load;
  readonly #held = new Map<DocumentId, Held>();
  /** Resolves to the document when it could not close. */
  readonly #closing = new Map<DocumentId, Promise<Opened | undefined>>();

  constructor(load: Load) {
    this.#load = load;
  }

  /** The document, if it is loaded and not closing. */
  find(document: DocumentId): Opened | undefined {
    return this.#held.get(document)?.opened;
  }

  /** The document, loaded or loading, without becoming a holder. */
  peek(document: DocumentId): Holding | undefined {
    return this.#held.get(document);
  }

  all(): readonly Opened[] {
    return [...this.#held.values()].flatMap((held) => held.opened ?? []);
  }

  /** One more holder; starts loading when it is the first. A failed load releases every holder by itself. */
  hold(space: SpaceId, document: DocumentId): Holding {
    const known = this.#held.get(document);
    if (known !== undefined) {
      known.holders++;
      return known;
    }
    const loading = this.#loadOrKeep(space, document);
    const held: Held = { space, document, loading, opened: undefined, holders: 1 };
    this.#held.set(document, held);
    return held;
  }

  /** One holder less. */
  async leave(document: DocumentId): Promise<void> {
    const held = this.#held.get(document);
    if (held === undefined || held.holders === 0) return;
    held.holders--;
    await held.loading;
    await this.closeIfLeft(document);
  }

  /** Closes what nobody holds; called again when a disk that refused has taken everything. */
  async closeIfLeft(document: DocumentId): Promise<void> {
    const held = this.#held.get(document);
    if (held?.holders !== 0 || held.opened === undefined) return;
    const { opened } = held;
    this.#held.delete(document);
    const closing = opened.close().then((isClosed) => (isClosed ? undefined : opened));
    this.#closing.set(document, closing);
    const kept = await closing;
    this.#closing.delete(document);
    if (kept === undefined || this.#held.has(document)) return;
    this.#held.set(document, { ...held, loading: Promise.resolve(ok(kept)), opened: kept, holders: 0 });
    await kept.catchUp();
  }

  async #loadOrKeep(space: SpaceId, document: DocumentId): Promise<Result<Opened>> {
    const kept = await this.#closing.get(document);
    const loaded = kept === undefined ? await this.#load(space, document) : ok(kept);
    const held = this.#held.get(document);
    if (held === undefined) return loaded;
    if (!loaded.ok) {
      this.#held.delete(document);
      return loaded;
    }
    held.opened = loaded.value;
    await loaded.value.catchUp();
    return loaded;
  }
}
