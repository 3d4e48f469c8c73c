/** How far the person has read, on whichever of her devices: a personal record for each channel. */
import { SvelteMap } from 'svelte/reactivity';
import type { Engine } from '$lib/engine/engine.ts';
import type { DocumentId } from '$lib/foundation/ids.ts';
import { decodeMarker, encodeMarker, type ReadMarker } from './unread.ts';

const TABLE = 'read';

export type KnownMarker =
  { readonly isKnown: false } | { readonly isKnown: true; readonly marker: ReadMarker | undefined };

export class ReadMarkers {
  readonly #engine: Engine;
  readonly #markers = new SvelteMap<DocumentId, KnownMarker>();
  readonly #asked = new Set<DocumentId>();

  constructor(engine: Engine) {
    this.#engine = engine;
    engine.subscribe((event) => {
      if (event.kind !== 'personal' || event.table !== TABLE || event.origin !== 'foreign') return;
      for (const document of event.keys) void this.#follow(document as DocumentId);
    });
  }

  /** Not known until the device has answered: nothing is called unread before. */
  of(document: DocumentId): KnownMarker {
    if (!this.#asked.has(document)) {
      this.#asked.add(document);
      void this.#load(document);
    }
    return this.#markers.get(document) ?? { isKnown: false };
  }

  /** The marker as it stands when someone opens the channel: the unread line stays there for that visit. */
  async load(document: DocumentId): Promise<ReadMarker | undefined> {
    const known = this.#markers.get(document);
    if (known?.isKnown) return known.marker;
    this.#asked.add(document);
    return this.#load(document);
  }

  set(document: DocumentId, marker: ReadMarker): void {
    const known = this.#markers.get(document);
    if (known?.isKnown && known.marker?.message === marker.message) return;
    this.#asked.add(document);
    this.#markers.set(document, { isKnown: true, marker });
    void this.#engine.putPersonal(TABLE, document, encodeMarker(marker));
  }

  /** Another device has read further. */
  async #follow(document: DocumentId): Promise<void> {
    const bytes = this.#asked.has(document) ? await this.#engine.getPersonal(TABLE, document) : undefined;
    const marker = bytes === undefined ? undefined : decodeMarker(bytes);
    if (marker !== undefined) this.#markers.set(document, { isKnown: true, marker });
  }

  clear(): void {
    this.#markers.clear();
    this.#asked.clear();
  }

  async #load(document: DocumentId): Promise<ReadMarker | undefined> {
    // Before records followed a person, markers were kept on each device.
    const bytes = (await this.#engine.getPersonal(TABLE, document)) ?? (await this.#engine.getLocal(TABLE, document));
    const marker = bytes === undefined ? undefined : decodeMarker(bytes);
    if (!this.#markers.has(document)) this.#markers.set(document, { isKnown: true, marker });
    return marker;
  }
}
