/** Work that waits until what the person just typed is on the screen, or this page may end. */
import { whenLeaving } from '../primitives/leaving.ts';

/** A page nobody sees is not painted. */
const LONGEST_MS = 100;

export class AfterPaint {
  readonly #work: () => void;
  readonly #stayHere: () => void;
  #frame: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(work: () => void) {
    this.#work = work;
    this.#stayHere = whenLeaving(() => this.runNow());
  }

  get isAwaited(): boolean {
    return this.#timer !== undefined;
  }

  /** The screen is about to change; the work runs once, after the next paint. */
  request(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.runNow(), LONGEST_MS);
    // A frame's callback comes before its paint, a task that it starts after.
    this.#frame = requestAnimationFrame(() => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.runNow(), 0);
    });
  }

  /** Runs what waits without waiting. */
  runNow(): void {
    if (this.#timer === undefined) return;
    this.#cancel();
    this.#work();
  }

  /** For good. */
  end(): void {
    this.runNow();
    this.#stayHere();
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#timer = undefined;
    this.#frame = undefined;
  }
}
