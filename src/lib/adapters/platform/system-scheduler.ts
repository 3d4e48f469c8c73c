import type { Scheduler } from '../../foundation/scheduler.ts';

/** Longer delays wrap around in browsers and would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export class SystemScheduler implements Scheduler {
  after(delayMs: number, task: () => void): () => void {
    const timer = setTimeout(task, Math.min(Math.max(delayMs, 0), MAX_DELAY_MS));
    return () => {
      clearTimeout(timer);
    };
  }
}
