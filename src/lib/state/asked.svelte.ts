/**
 * A value that the engine knows: asked for when a screen first needs it, and again at each event that may change it.
 * A question that failed is told once and asked again at the next event of any kind. Made while a component is made.
 */
import { createSubscriber } from 'svelte/reactivity';
import type { Engine, EngineEvent } from '$lib/engine/engine.ts';
import { getFrame } from './context.ts';

export class Asked<T> {
  readonly #subscribe: () => void;
  #value: T | undefined;

  constructor(engine: Engine, ask: () => Promise<T>, isNews: (event: EngineEvent) => boolean) {
    const { onFault } = getFrame();
    this.#subscribe = createSubscriber((update) => {
      let isOwed = false;
      let isTold = false;
      const renew = async (): Promise<void> => {
        isOwed = false;
        try {
          this.#value = await ask();
          isTold = false;
          update();
        } catch (fault) {
          isOwed = true;
          if (!isTold) onFault(fault);
          isTold = true;
        }
      };
      void renew();
      return engine.subscribe((event) => {
        if (isOwed || isNews(event)) void renew();
      });
    });
  }

  /** Undefined until the first answer. */
  get current(): T | undefined {
    this.#subscribe();
    return this.#value;
  }
}
