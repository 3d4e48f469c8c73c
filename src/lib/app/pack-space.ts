/** Packs an exported space in a worker of its own, so that the page stays alive meanwhile. */
import { fail, ok, type Result } from '../foundation/result.ts';
import type { ExportRequest } from './export-messages.ts';

export function packSpace(request: ExportRequest): Promise<Result<Uint8Array>> {
  const worker = new Worker(new URL('./export-worker.ts', import.meta.url), {
    type: 'module',
    name: 'archipel-export',
  });
  return new Promise<Result<Uint8Array>>((resolve) => {
    worker.addEventListener('error', () => resolve(fail('worker-died', 'export')));
    worker.addEventListener('message', ({ data }: MessageEvent<Uint8Array>) => resolve(ok(data)));
    worker.postMessage(request);
  }).finally(() => worker.terminate());
}
