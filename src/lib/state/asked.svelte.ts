/** A value that the engine knows: asked for when a screen first needs it, and again at each event that may change it. */
import { createSubscriber } from 'svelte/reactivity';
import type { Engine, EngineEvent } from '$lib/engine/engine.ts';

export class Asked<T> {
  readonly #subscribe: () => void;
  #value: T | undefined;

  constructor(engine: Engine, ask: () => Promise<T>, isNews: (event: EngineEvent) => boolean) {
    this.#subscribe = createSubscriber((update) => {
      const renew = async (): Promise<void> => {
        this.#value = await ask();
        update();
      };
      void renew();
      return engine.subscribe((event) => {
        if (isNews(event)) void renew();
      });
    });
  }

  /** Undefined until the first answer. */
  get current(): T | undefined {
    this.#subscribe();
    return this.#value;
  }
}
