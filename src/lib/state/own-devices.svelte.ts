/** The person's devices, and the pairing that is under way on this one, as the engine tells them. */
import { createSubscriber } from 'svelte/reactivity';
import type { OwnDevice, PairingState } from '$lib/engine/devices/devices-calls.ts';
import type { Engine } from '$lib/engine/engine.ts';

export class OwnDevices {
  readonly #subscribe: () => void;
  #list: readonly OwnDevice[] | undefined;

  constructor(engine: Engine) {
    this.#subscribe = createSubscriber((update) => {
      const ask = async (): Promise<void> => {
        this.#list = await engine.ownDevices();
        update();
      };
      const stop = engine.subscribe((event) => {
        // A count of spaces may change with them; a session that opened has others.
        if (event.kind === 'devices' || event.kind === 'spaces' || event.kind === 'session') void ask();
      });
      void ask();
      return stop;
    });
  }

  /** This one first; undefined until the engine has answered. */
  get list(): readonly OwnDevice[] | undefined {
    this.#subscribe();
    return this.#list;
  }
}

export class Pairing {
  readonly #subscribe: () => void;
  #state: PairingState = { side: 'none' };

  constructor(engine: Engine) {
    this.#subscribe = createSubscriber((update) => {
      const take = (state: PairingState): void => {
        this.#state = state;
        update();
      };
      const stop = engine.subscribe((event) => {
        if (event.kind === 'pairing') take(event.pairing);
      });
      void engine.pairing().then(take);
      return stop;
    });
  }

  get state(): PairingState {
    this.#subscribe();
    return this.#state;
  }
}
