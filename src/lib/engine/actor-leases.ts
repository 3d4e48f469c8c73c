/**
 * [G2] Which Automerge actor each open replica of a document writes as. A lease takes the lowest generation that no
 * other open replica of this device holds, so that two tabs never write as one actor and actors stay few.
 */
import type { DocumentId, SpaceId } from '../foundation/ids.ts';

export class ActorLeases {
  readonly #held = new Map<string, Set<number>>();
  readonly #revoked = new Set<string>();

  lease(space: SpaceId, document: DocumentId): number {
    const held = this.#held.get(placeOf(space, document)) ?? new Set<number>();
    this.#held.set(placeOf(space, document), held);
    let generation = 0;
    while (held.has(generation)) generation++;
    held.add(generation);
    this.#revoked.delete(placeOf(space, document));
    return generation;
  }

  /** [C2] The space stands under other keys: what was leased under those before writes no more. */
  revoke(space: SpaceId): void {
    for (const place of this.#held.keys()) {
      if (!place.startsWith(`${space}/`)) continue;
      this.#held.delete(place);
      this.#revoked.add(place);
    }
  }

  /** Whoever writes the document must lease an actor first. */
  isRevoked(space: SpaceId, document: DocumentId): boolean {
    return this.#revoked.has(placeOf(space, document));
  }

  release(space: SpaceId, document: DocumentId, generation: number): void {
    const held = this.#held.get(placeOf(space, document));
    held?.delete(generation);
    if (held?.size === 0) this.#held.delete(placeOf(space, document));
  }
}

function placeOf(space: SpaceId, document: DocumentId): string {
  return `${space}/${document}`;
}
