/** Composition root of a tab: joins the engine, hosts the documents worker, and offers the mesh if this tab is elected. */
import { connectRpc } from '../adapters/platform/rpc.ts';
import type { Engine, EngineEvent } from '../engine/engine.ts';
import type { AppClients } from './clients.ts';
import { announceLife } from './connection-life.ts';
import { ENGINE_METHODS } from './contracts.ts';
import { deviceNameOf, introduceDevice } from './device-name.ts';
import { hostDocuments } from './documents-host.ts';
import { connectEngine } from './engine-port.ts';
import { renewOnNewKeys } from './new-keys.ts';
import { offerMesh } from './mesh-host.ts';
import { NearbyHost } from './nearby-host.ts';
import { passOnNetwork } from './network-news.ts';
import { startShell } from './shell.ts';
import { installTrustedTypes } from './trusted-types.ts';

export function startApp(): AppClients {
  installTrustedTypes(location.origin);
  const access = connectEngine();
  const { remote: engine, askAgain } = connectRpc<EngineEvent, Engine>(access.port, ENGINE_METHODS);
  if (!access.isPerTab) announceLife((message) => access.control(message, []));
  const host = hostDocuments(access.openPort);
  const nearby = new NearbyHost(engine, access.port);
  access.onMoved(() => {
    askAgain();
    nearby.tellAgain();
    host.renew();
  });
  renewOnNewKeys(engine, host.renew);
  offerMesh(access);
  passOnNetwork((message) => access.control(message, []));
  introduceDevice(engine, deviceNameOf(navigator.userAgent));

  // A page that leaves or is hidden may never run again: what was typed is committed at once. See docs/spec/page.md.
  const flush = (): void => void host.documents.flush();
  addEventListener('beforeunload', flush);
  addEventListener('pagehide', flush);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') flush();
  });
  return { engine, documents: host.documents, shell: startShell(() => host.documents.flush()), nearby };
}
