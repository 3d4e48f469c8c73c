/**
 * How a tab (and its documents worker) reaches the one engine. Where the browser has a SharedWorker that can keep
 * keys, a MessagePort to it.
 * Elsewhere every tab starts a dedicated engine worker, a Web Lock lets exactly one of them run, and the others' calls
 * travel to it over a BroadcastChannel; when its tab closes, the next one takes over. Either way: one engine, one socket.
 */
import { MOVED, type PortLike } from '../adapters/platform/rpc.ts';
import { BroadcastPort } from '../adapters/platform/broadcast-port.ts';
import { takeEarlyWorker, WORKER_TYPE } from './early-workers.ts';
import { ENGINE_CHANNEL, UNFIT, type EngineControl } from './engine-channel.ts';
import { mayShareEngine, settleInTabs } from './engine-home.ts';
import workerUrl from './engine-worker.ts?worker&url';

export interface EngineAccess {
  readonly port: PortLike;
  /** A second connection, to be handed to another worker. */
  readonly openPort: () => MessagePort;
  control(message: EngineControl, transfer: readonly Transferable[]): void;
  /** True where each tab has an engine of its own that waits for its turn. */
  readonly isPerTab: boolean;
  /** Called when the engine's home moved to another tab: what was in flight is to be asked again. */
  readonly onMoved: (listener: () => void) => void;
}

export function connectEngine(): EngineAccess {
  return mayShareEngine() ? connectShared() : connectDedicated();
}

function connectShared(): EngineAccess {
  const worker =
    takeEarlyWorker('engine') ?? new SharedWorker(workerUrl, { type: WORKER_TYPE, name: 'archipel-engine' });
  worker.port.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (data === UNFIT) settleInTabs();
  });
  worker.port.start();
  return {
    port: worker.port,
    openPort() {
      const channel = new MessageChannel();
      worker.port.postMessage({ control: 'connect', port: channel.port1 } satisfies EngineControl, [channel.port1]);
      return channel.port2;
    },
    control: (message, transfer) => worker.port.postMessage(message, [...transfer]),
    isPerTab: false,
    onMoved: () => undefined,
  };
}

function connectDedicated(): EngineAccess {
  const worker = new Worker(workerUrl, { type: WORKER_TYPE, name: 'archipel-engine' });
  const port = new BroadcastPort(new BroadcastChannel(ENGINE_CHANNEL), 'client', crypto.randomUUID());
  return {
    port,
    openPort() {
      const channel = new MessageChannel();
      relayPort(channel.port1, new BroadcastPort(new BroadcastChannel(ENGINE_CHANNEL), 'client', crypto.randomUUID()));
      return channel.port2;
    },
    control: (message, transfer) => worker.postMessage(message, [...transfer]),
    isPerTab: true,
    onMoved: (listener) => port.onServerChange(listener),
  };
}

/** Joins a transferable port to one that cannot be transferred. */
function relayPort(near: MessagePort, far: BroadcastPort): void {
  near.addEventListener('message', (event: MessageEvent<unknown>) => far.postMessage(event.data));
  far.addEventListener('message', (event) => near.postMessage(event.data));
  far.onServerChange(() => near.postMessage(MOVED));
  near.start();
}
