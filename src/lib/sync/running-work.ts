/** Asynchronous work of one link: its failures are told, never swallowed, and its end can be waited for. */
export class RunningWork {
  readonly #onFailure: (error: unknown) => void;
  #count = 0;
  #waiting: (() => void)[] = [];

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  run(work: () => Promise<void>): void {
    this.#count++;
    work()
      .catch(this.#onFailure)
      .finally(() => {
        this.#count--;
        if (this.#count > 0) return;
        for (const resolve of this.#waiting.splice(0)) resolve();
      });
  }

  /** Resolves when nothing runs. */
  settled(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
