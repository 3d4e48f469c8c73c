/**
 * Peer connections exist only in pages, and their channels cannot be handed to a worker: one tab, elected by a Web
 * Lock, holds the mesh and pipes its frames to the engine. The mesh is loaded only when there is a room to join.
 */
import type { PeerMesh } from '../adapters/transport/peer-mesh.ts';
import type { MeshOrder, MeshReport } from '../adapters/transport/mesh-messages.ts';
import { MESH_LOCK } from './engine-channel.ts';
import type { EngineAccess } from './engine-port.ts';

export function offerMesh(access: EngineAccess): void {
  if (typeof RTCPeerConnection === 'undefined') return;
  if (access.isPerTab) {
    // The tab whose engine runs holds the mesh: a waiting engine asks for no room.
    runMesh(access);
    return;
  }
  void navigator.locks.request(MESH_LOCK, async () => {
    runMesh(access);
    // Held until the tab goes; the next one in line then takes over.
    await new Promise<never>(() => undefined);
  });
}

function runMesh(access: EngineAccess): void {
  const channel = new MessageChannel();
  const report = (message: MeshReport): void => channel.port2.postMessage(message);
  let mesh: Promise<PeerMesh> | undefined;

  channel.port2.addEventListener('message', (event: MessageEvent<MeshOrder>) => {
    const order = event.data;
    if (order.mesh === 'rooms' && order.rooms.length === 0 && mesh === undefined) return;
    mesh ??= import('../adapters/transport/peer-mesh.ts').then(({ createPeerMesh }) =>
      createPeerMesh({
        onOpen: (peer, binding) => report({ mesh: 'open', peer, binding }),
        onFrame: (peer, frame) => report({ mesh: 'frame', peer, frame }),
        onBuffered: (peer, bufferedBytes) => report({ mesh: 'drained', peer, bufferedBytes }),
        onClose: (peer) => report({ mesh: 'closed', peer }),
      }),
    );
    void mesh.then((joined) => {
      if (order.mesh === 'rooms') joined.setRooms(order.rooms);
      else if (order.mesh === 'send') joined.send(order.peer, order.frame);
      else joined.hangUp(order.peer);
    });
  });
  channel.port2.start();
  access.control({ control: 'mesh', port: channel.port1 }, [channel.port1]);
}
