/** The engine's end of a page's peer connections, of the mesh or met by hand: each that it reports becomes a `Transport`. */
import type { PortLike } from '../platform/rpc.ts';
import type { Transport, TransportListener } from '../../sync/transport.ts';
import type { MeshOrder, MeshReport, MeshRoom } from './mesh-messages.ts';

export interface MeshLink {
  setRooms(rooms: readonly MeshRoom[]): void;
  /** The page went away: every peer transport closes. */
  close(): void;
}

interface PeerLink {
  listener: TransportListener | undefined;
  bufferedBytes: number;
  readonly early: Uint8Array[];
}

export function acceptMesh(port: PortLike, attach: (transport: Transport, peer: string) => void): MeshLink {
  const peers = new Map<string, PeerLink>();
  const order = (message: MeshOrder): void => port.postMessage(message);

  function closePeer(peer: string): void {
    const link = peers.get(peer);
    if (link === undefined) return;
    peers.delete(peer);
    link.listener?.onClose();
  }

  function openPeer(peer: string, binding: Uint8Array): void {
    closePeer(peer);
    const link: PeerLink = { listener: undefined, bufferedBytes: 0, early: [] };
    peers.set(peer, link);
    const transport: Transport = {
      side: 'peer',
      binding,
      send(frame) {
        link.bufferedBytes += frame.length;
        order({ mesh: 'send', peer, frame });
      },
      bufferedBytes: () => link.bufferedBytes,
      listen(listener) {
        link.listener = listener;
        for (const frame of link.early.splice(0)) listener.onFrame(frame);
      },
      close() {
        order({ mesh: 'hang-up', peer });
        closePeer(peer);
      },
    };
    attach(transport, peer);
  }

  port.addEventListener('message', ({ data }) => {
    if (typeof data !== 'object' || data === null || !('mesh' in data)) return;
    const report = data as MeshReport;
    const link = peers.get(report.peer);
    if (report.mesh === 'open') openPeer(report.peer, report.binding);
    else if (report.mesh === 'closed') closePeer(report.peer);
    else if (link === undefined) return;
    else if (report.mesh === 'drained') link.bufferedBytes = report.bufferedBytes;
    else if (link.listener === undefined) link.early.push(report.frame);
    else link.listener.onFrame(report.frame);
  });

  return {
    setRooms: (rooms) => order({ mesh: 'rooms', rooms }),
    close() {
      for (const peer of [...peers.keys()]) closePeer(peer);
    },
  };
}
