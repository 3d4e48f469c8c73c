/** Delayed and deferred work as a port, so that a simulation owns time. */
export interface Scheduler {
  /** Runs `task` once after at least `delayMs`; the returned function cancels it. */
  after(delayMs: number, task: () => void): () => void;
}
