/** Composition root of the documents worker: Automerge and schemas, no key. Its first message brings the engine's port. */
import wasmUrl from '@automerge/automerge/automerge.wasm?url';
import { connectRpc, serveRpc } from '../adapters/platform/rpc.ts';
import { SystemClock } from '../adapters/platform/system-clock.ts';
import { SystemRandom } from '../adapters/platform/system-random.ts';
import { SystemScheduler } from '../adapters/platform/system-scheduler.ts';
import { readyAutomerge } from '../documents/automerge.ts';
import type { DocumentsEvent } from '../documents/documents.ts';
import { createDocumentsSession } from '../documents/documents-session.ts';
import type { Engine, EngineEvent } from '../engine/engine.ts';
import { announceLife } from './connection-life.ts';
import { DOCUMENTS_METHODS, ENGINE_METHODS } from './contracts.ts';

declare const self: DedicatedWorkerGlobalScope;

function begin(port: MessagePort): void {
  port.start();
  announceLife((message) => port.postMessage(message));
  const { remote: engine } = connectRpc<EngineEvent, Engine>(port, ENGINE_METHODS);
  const session = createDocumentsSession({
    port: engine,
    clock: new SystemClock(),
    random: new SystemRandom(),
    scheduler: new SystemScheduler(),
    automergeReady: readyAutomerge(wasmUrl),
  });
  serveRpc<DocumentsEvent>(self, session, DOCUMENTS_METHODS);
}

self.addEventListener('message', (event: MessageEvent<unknown>) => {
  const message = event.data;
  if (typeof message !== 'object' || message === null || !('engine' in message)) return;
  if (message.engine instanceof MessagePort) begin(message.engine);
});
