/** The people one shares spaces with, verified or not [I6], asked again at each event that may change them. */
import type { Engine } from '$lib/engine/engine.ts';
import type { ContactView } from '$lib/engine/trust/contacts.ts';
import type { IdentityKey, MemberId, SpaceId } from '$lib/foundation/ids.ts';
import { Asked } from './asked.svelte.ts';

export class Contacts {
  readonly #asked: Asked<readonly ContactView[]>;

  constructor(engine: Engine) {
    this.#asked = new Asked(
      engine,
      () => engine.contacts(),
      ({ kind }) => kind === 'contacts' || kind === 'members' || kind === 'spaces',
    );
  }

  /** Undefined until the first answer. */
  get all(): readonly ContactView[] | undefined {
    return this.#asked.current;
  }

  find(identity: IdentityKey): ContactView | undefined {
    return this.all?.find((contact) => contact.identity === identity);
  }

  ofMember(space: SpaceId, member: MemberId): ContactView | undefined {
    return this.all?.find(({ places }) => places.some((place) => place.space === space && place.member === member));
  }

  /** Those of a space who are not whom the person verified, and whom the person has not looked at yet. */
  openDoubts(space: SpaceId): readonly ContactView[] {
    return (this.all ?? []).filter(
      ({ doubt, places }) => doubt?.isSeen === false && places.some((place) => place.space === space),
    );
  }
}
