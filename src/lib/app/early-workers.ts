/**
 * The page's first script (scripts/early-start.js) starts the workers long before this code has loaded, so that keys and
 * documents get ready meanwhile. Each early worker is taken once; whoever finds none starts one.
 */
interface EarlyWorkers {
  engine?: SharedWorker;
  documents?: Worker;
}

/** The built workers are classic scripts, as vite.config.ts says; while developing they are modules. */
export const WORKER_TYPE: WorkerType = import.meta.env.DEV ? 'module' : 'classic';

export function takeEarlyWorker<K extends keyof EarlyWorkers>(kind: K): EarlyWorkers[K] | undefined {
  const early = (globalThis as { archipelEarly?: EarlyWorkers }).archipelEarly;
  const worker = early?.[kind];
  delete early?.[kind];
  return worker;
}
