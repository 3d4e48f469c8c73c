/**
 * Keeps a documents worker alive for this tab. It may die (a poisoned change, memory, the watchdog): it is then
 * replaced, what was open is opened again, and pages announce a reset. Keys and log are elsewhere and untouched.
 */
import { connectRpc, type RpcClient } from '../adapters/platform/rpc.ts';
import type { Documents, DocumentsEvent } from '../documents/documents.ts';
import type { DocumentId, SpaceId } from '../foundation/ids.ts';
import { EnvironmentError, fail, type Result } from '../foundation/result.ts';
import { DOCUMENTS_METHODS } from './contracts.ts';
import workerUrl from './documents-worker.ts?worker&url';
import { takeEarlyWorker, WORKER_TYPE } from './early-workers.ts';

/** A call that takes longer means the worker is stuck: the largest documents load in a tenth of it. */
const WATCHDOG_MS = 20_000;
/** How long the engine's new home may take to store what was typed while it moved. */
const HANDOVER_MS = 5_000;

interface OpenPage {
  readonly space: SpaceId;
  readonly document: DocumentId;
  clientId: string | undefined;
  count: number;
}

export interface DocumentsHost {
  readonly documents: Documents;
  /** The engine has a new home: what is unsaved goes there, then the worker begins again with fresh actors [G2]. */
  readonly renew: () => void;
}

export function hostDocuments(openEnginePort: () => MessagePort): DocumentsHost {
  const listeners = new Set<(event: DocumentsEvent) => void>();
  const open = new Map<DocumentId, OpenPage>();
  const inFlight = new Set<Promise<unknown>>();
  let current = start();
  let renewal: Promise<void> | undefined;

  function emit(event: DocumentsEvent): void {
    for (const listener of listeners) listener(event);
  }

  function start(): { worker: Worker; client: RpcClient<Documents> } {
    const worker =
      takeEarlyWorker('documents') ?? new Worker(workerUrl, { type: WORKER_TYPE, name: 'archipel-documents' });
    const enginePort = openEnginePort();
    worker.postMessage({ engine: enginePort }, [enginePort]);
    worker.addEventListener('error', restart);
    const client = connectRpc<DocumentsEvent, Documents>(worker, DOCUMENTS_METHODS);
    client.remote.subscribe(emit);
    return { worker, client };
  }

  function restart(): void {
    const { worker, client } = current;
    worker.removeEventListener('error', restart);
    worker.terminate();
    client.close();
    current = start();
    for (const page of open.values()) void reopen(page);
  }

  function renew(): void {
    renewal ??= handOver().finally(() => (renewal = undefined));
  }

  async function handOver(): Promise<void> {
    const late = new Promise((resolve) => setTimeout(resolve, HANDOVER_MS));
    // What was asked already is answered first: later questions wait for the new worker.
    await Promise.race([Promise.allSettled([current.client.remote.flush(), ...inFlight]), late]);
    restart();
  }

  async function reopen({ space, document, clientId, count }: OpenPage): Promise<void> {
    const { remote } = current.client;
    // As often as it is open here: each of them will close it once.
    const [opened] = await Promise.all(Array.from({ length: count }, () => settled(remote.open(space, document))));
    if (opened === undefined) return;
    if (!opened.ok) emit({ kind: 'problem', space, document, failure: opened.error });
    else emit({ kind: 'view', space, document, view: opened.value.view });
    if (clientId === undefined) return;
    const joined = await settled(remote.joinPage(space, document, clientId));
    if (joined.ok) emit({ kind: 'page-reset', space, document, page: joined.value });
    else emit({ kind: 'problem', space, document, failure: joined.error });
  }

  /** Runs a call under the watchdog. */
  async function guarded<T>(call: (documents: Documents) => Promise<T>): Promise<T> {
    if (renewal !== undefined) await renewal;
    const alarm = setTimeout(restart, WATCHDOG_MS);
    const answer = call(current.client.remote);
    inFlight.add(answer);
    try {
      return await answer;
    } finally {
      inFlight.delete(answer);
      clearTimeout(alarm);
    }
  }

  const forwarded = Object.fromEntries(
    [...DOCUMENTS_METHODS].map((name) => [
      name,
      (...args: never[]) => guarded((documents) => callByName(documents, name, args)),
    ]),
  ) as unknown as Documents;

  const documents: Documents = {
    ...forwarded,
    open(space, document) {
      const known = open.get(document) ?? { space, document, clientId: undefined, count: 0 };
      known.count++;
      open.set(document, known);
      return guarded((remote) => remote.open(space, document));
    },
    close(space, document) {
      const known = open.get(document);
      if (known !== undefined && --known.count <= 0) open.delete(document);
      return guarded((remote) => remote.close(space, document));
    },
    joinPage(space, document, clientId) {
      const known = open.get(document);
      if (known !== undefined) known.clientId = clientId;
      return guarded((remote) => remote.joinPage(space, document, clientId));
    },
    async pushSteps(space, document, push) {
      if (renewal === undefined) return guarded((remote) => remote.pushSteps(space, document, push));
      // The page begins again and counts anew; the editor keeps what it could not hand over.
      await renewal;
      return fail('stale-version');
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return { documents, renew };
}

/** A worker that dies while it is being asked is replaced again; its failure is told like any other. */
async function settled<T>(call: Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await call;
  } catch (cause) {
    if (cause instanceof EnvironmentError) return fail(cause.code, cause.message);
    throw cause;
  }
}

function callByName(documents: Documents, name: string, args: readonly never[]): Promise<unknown> {
  const methods = documents as unknown as Readonly<Record<string, (...given: readonly never[]) => Promise<unknown>>>;
  return methods[name]?.(...args) ?? Promise.reject(new EnvironmentError('malformed', { detail: name }));
}
