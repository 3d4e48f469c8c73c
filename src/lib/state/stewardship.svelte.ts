/** What waits for those who look after a space, asked again whenever the engine says that it changed. */
import { createSubscriber } from 'svelte/reactivity';
import type { Engine } from '$lib/engine/engine.ts';
import type { LateWork, Outcome } from '$lib/engine/stewardship/stewardship-calls.ts';
import type { SpaceId } from '$lib/foundation/ids.ts';

export class Stewardship {
  readonly #subscribeLate: () => void;
  readonly #subscribeOutcome: () => void;
  #late: readonly LateWork[] = [];
  #outcome: Outcome | undefined;

  constructor(engine: Engine, space: SpaceId) {
    this.#subscribeLate = createSubscriber((update) => {
      const ask = async (): Promise<void> => {
        this.#late = await engine.lateWork(space);
        update();
      };
      void ask();
      return engine.subscribe((event) => {
        if ((event.kind === 'late-work' || event.kind === 'members') && event.space === space) void ask();
      });
    });
    this.#subscribeOutcome = createSubscriber((update) => {
      const ask = async (): Promise<void> => {
        this.#outcome = await engine.outcome(space);
        update();
      };
      void ask();
      return engine.subscribe((event) => {
        if ((event.kind === 'outcome' || event.kind === 'members') && event.space === space) void ask();
      });
    });
  }

  /** Late work that nobody decided on yet. */
  get waiting(): readonly LateWork[] {
    this.#subscribeLate();
    return this.#late.filter((work) => !work.isSetAside);
  }
  get setAside(): readonly LateWork[] {
    this.#subscribeLate();
    return this.#late.filter((work) => work.isSetAside);
  }
  get outcome(): Outcome | undefined {
    this.#subscribeOutcome();
    return this.#outcome;
  }
}
