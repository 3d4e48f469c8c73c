/** Where the search for a restored person's spaces stands; undefined until the first answer. */
import { createSubscriber } from 'svelte/reactivity';
import type { Engine } from '$lib/engine/engine.ts';
import type { SpacesSearch } from '$lib/engine/ways-back/ways-back-calls.ts';

export class Search {
  readonly #subscribe: () => void;
  #current: SpacesSearch | undefined;

  constructor(engine: Engine) {
    this.#subscribe = createSubscriber((update) => {
      const take = (search: SpacesSearch): void => {
        this.#current = search;
        update();
      };
      const stop = engine.subscribe((event) => {
        if (event.kind === 'search') take(event.search);
      });
      void engine.spacesSearch().then(take);
      return stop;
    });
  }

  get current(): SpacesSearch | undefined {
    this.#subscribe();
    return this.#current;
  }
}
