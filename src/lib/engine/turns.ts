/** Work that must not interleave: each task starts when the one before it ended, whatever its outcome. */
/** What failed while nobody waited: a full disk, a bug, or an open vault that was locked meanwhile. */
export type OnFault = (fault: unknown) => void;

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

  /** Like `run`, for work that nobody waits for. */
  detach(task: () => Promise<void>, onFault: OnFault): void {
    this.run(task).catch(onFault);
  }

  /** Resolves when everything queued so far has ended. */
  async settled(): Promise<void> {
    await this.#last;
  }
}
