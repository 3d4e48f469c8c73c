/** The session as the engine tells it: one union, undefined until the first answer. */
import { createSubscriber } from 'svelte/reactivity';
import type { Engine, SessionState } from '$lib/engine/engine.ts';

const TOUCH_EVERY_MS = 30_000;

export class Session {
  readonly #engine: Engine;
  readonly #subscribe: () => void;
  #current: SessionState | undefined;
  #touchedAt = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#subscribe = createSubscriber((update) => {
      const take = (session: SessionState): void => {
        this.#current = session;
        update();
      };
      const stop = engine.subscribe((event) => {
        if (event.kind === 'session') take(event.session);
      });
      void engine.session().then(take);
      return stop;
    });
  }

  get current(): SessionState | undefined {
    this.#subscribe();
    return this.#current;
  }

  /** Tells the engine that someone is there, at most twice a minute, so that auto-lock counts from the last gesture. */
  touch(nowMs: number): void {
    if (this.#current?.kind !== 'open' || nowMs - this.#touchedAt < TOUCH_EVERY_MS) return;
    this.#touchedAt = nowMs;
    void this.#engine.touch();
  }
}
