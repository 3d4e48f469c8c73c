/**
 * Composition root of the engine worker: the only place where keys live. Runs as a SharedWorker for all tabs, or as a
 * dedicated worker that waits for the lock; see engine-port.ts. A port delivers nothing before its `start`, so calls
 * made while the engine is starting are kept by the browser, in order.
 */
import { acceptBroadcastClients } from '../adapters/platform/broadcast-port.ts';
import { serveRpc, tellClient } from '../adapters/platform/rpc.ts';
import type { EngineEvent } from '../engine/engine.ts';
import { awaitEnd, connectionTo } from './connection-life.ts';
import { ENGINE_METHODS } from './contracts.ts';
import { ENGINE_CHANNEL, UNFIT, type EngineControl } from './engine-channel.ts';
import { startEngine, type RunningEngine } from './engine-root.ts';

declare const self: DedicatedWorkerGlobalScope | SharedWorkerGlobalScope;

function serve(port: MessagePort, running: RunningEngine): void {
  const connection = connectionTo(running.engine);
  const stop = serveRpc<EngineEvent>(port, connection.engine, ENGINE_METHODS);
  const stopNearby = running.attachNearby(port);
  const end = async (): Promise<void> => {
    stop();
    stopNearby();
    port.close();
    await connection.end();
  };
  port.addEventListener('message', (event: MessageEvent<unknown>) => {
    const order = orderIn(event.data);
    if (order?.control === 'life') awaitEnd(order.lock, end);
    else if (order !== undefined) obey(order, running);
  });
  port.start();
}

function orderIn(message: unknown): EngineControl | undefined {
  return typeof message === 'object' && message !== null && 'control' in message
    ? (message as EngineControl)
    : undefined;
}

function obey(order: EngineControl | undefined, running: RunningEngine): void {
  if (order?.control === 'connect') serve(order.port, running);
  else if (order?.control === 'mesh') running.attachMesh(order.port);
  else if (order?.control === 'network') running.noteNetwork(order.isThere);
}

/** Some browsers store no key from a SharedWorker. */
async function canKeepKeys(): Promise<boolean> {
  const key = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  try {
    structuredClone(key);
    return true;
  } catch (cause) {
    if (cause instanceof DOMException) return false;
    throw cause;
  }
}

if ('onconnect' in self) {
  const { origin } = self.location;
  const running = canKeepKeys().then((isFit) => (isFit ? startEngine(origin) : undefined));
  self.onconnect = (event) => {
    const port = event.ports[0];
    if (port === undefined) return;
    void running.then((root) => {
      if (root === undefined) port.postMessage(UNFIT);
      else serve(port, root);
    });
  };
} else {
  const orders: (EngineControl | undefined)[] = [];
  let root: RunningEngine | undefined;
  self.addEventListener('message', (event: MessageEvent<unknown>) => {
    const order = orderIn(event.data);
    if (root !== undefined) obey(order, root);
    else if (order?.control !== 'network') orders.push(order);
  });
  const origin = self.location.origin;
  // The lock is held for the worker's whole life: when its tab closes, the next tab's engine starts.
  void self.navigator.locks.request(ENGINE_CHANNEL, async () => {
    const running = await startEngine(origin);
    root = running;
    for (const order of orders.splice(0)) obey(order, running);
    acceptBroadcastClients(new BroadcastChannel(ENGINE_CHANNEL), crypto.randomUUID(), (port) => {
      serveRpc<EngineEvent>(port, running.engine, ENGINE_METHODS);
      running.attachNearby(port);
      // A tab that knew the engine before it moved may hold it for open: keys did not move.
      void running.engine
        .session()
        .then((session) => tellClient(port, { kind: 'session', session } satisfies EngineEvent));
    });
    await new Promise<never>(() => undefined);
  });
}
