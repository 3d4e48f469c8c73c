/** The ways back in as they stand: asked anew whenever the session tells of a change. */
import { createSubscriber } from 'svelte/reactivity';
import type { Engine } from '$lib/engine/engine.ts';
import type { PasskeyView, WaysBackView } from '$lib/engine/ways-back/ways-back-calls.ts';

export class WaysBack {
  readonly #subscribe: () => void;
  #view: WaysBackView | undefined;
  #passkeys: readonly PasskeyView[] = [];

  constructor(engine: Engine) {
    this.#subscribe = createSubscriber((update) => {
      const ask = async (): Promise<void> => {
        [this.#view, this.#passkeys] = await Promise.all([engine.waysBack(), engine.passkeys()]);
        update();
      };
      const stop = engine.subscribe((event) => {
        if (event.kind === 'session') void ask();
      });
      void ask();
      return stop;
    });
  }

  get view(): WaysBackView | undefined {
    this.#subscribe();
    return this.#view;
  }

  get passkeys(): readonly PasskeyView[] {
    this.#subscribe();
    return this.#passkeys;
  }
}
