/** Converts files to an import plan in a worker of its own; aborting ends the worker at once and changes nothing. */
import type { ImportPlan } from '../documents/markdown/import-plan.ts';
import { fail, type Result } from '../foundation/result.ts';
import type { ImportReply, ImportRequest } from './import-messages.ts';

export interface PlanNotesOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

export function planNotes(
  request: ImportRequest,
  { signal, onProgress }: PlanNotesOptions,
): Promise<Result<ImportPlan>> {
  const worker = new Worker(new URL('./import-worker.ts', import.meta.url), {
    type: 'module',
    name: 'archipel-import',
  });
  return new Promise<Result<ImportPlan>>((resolve) => {
    signal.addEventListener('abort', () => resolve(fail('cancelled')));
    worker.addEventListener('error', () => resolve(fail('worker-died', 'import')));
    worker.addEventListener('message', ({ data: reply }: MessageEvent<ImportReply>) => {
      if (reply.kind === 'progress') onProgress(reply.done, reply.total);
      else resolve(reply.plan);
    });
    worker.postMessage(request);
  }).finally(() => worker.terminate());
}
