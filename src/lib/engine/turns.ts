/** Work that must not interleave: each task starts when the one before it ended, whatever its outcome. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task);
    this.#last = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }

  /** Resolves when everything queued so far has ended. */
  async settled(): Promise<void> {
    await this.#last;
  }
}
