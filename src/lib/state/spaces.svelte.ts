/** The spaces this device is in, as the engine lists them; undefined until the first answer. */
import { createSubscriber } from 'svelte/reactivity';
import type { Engine, SpaceSummary } from '$lib/engine/engine.ts';
import type { SpaceId } from '$lib/foundation/ids.ts';

export class Spaces {
  readonly #subscribe: () => void;
  #all: readonly SpaceSummary[] | undefined;

  constructor(engine: Engine) {
    this.#subscribe = createSubscriber((update) => {
      const take = (spaces: readonly SpaceSummary[]): void => {
        this.#all = spaces;
        update();
      };
      const stop = engine.subscribe((event) => {
        if (event.kind === 'spaces') take(event.spaces);
        // A locked engine forgets; an opened one is asked again.
        if (event.kind === 'session' && event.session.kind === 'open') void engine.spaces().then(take);
      });
      void engine.spaces().then(take);
      return stop;
    });
  }

  get all(): readonly SpaceSummary[] | undefined {
    this.#subscribe();
    return this.#all;
  }

  /** Without those that are shown inside another one that is here. */
  get top(): readonly SpaceSummary[] {
    const all = this.all ?? [];
    const held = new Set(all.map((each) => each.space));
    return all.filter(({ parent }) => parent === undefined || !held.has(parent.space));
  }

  /** Private channels and direct messages of a space that this person is in. */
  inside(space: SpaceId): readonly SpaceSummary[] {
    return (this.all ?? []).filter(({ parent, isReady }) => isReady && parent?.space === space);
  }

  find(id: string): SpaceSummary | undefined {
    return this.all?.find((each) => each.space === id);
  }
}
