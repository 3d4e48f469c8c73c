/**
 * The peer mesh: y-webrtc finds the devices of a room and connects them, with the relay as its signalling server; our
 * sealed frames travel on a negotiated channel of our own beside its empty carrier document. Nothing here is trusted:
 * the engine serves a peer only after both sides signed this connection's DTLS fingerprints [P2].
 */
import { WebrtcProvider, type WebrtcConn } from 'y-webrtc';
import { Doc } from 'yjs';
import { bindingOf, frameAssembler, sendFrame } from './data-channel-frames.ts';
import { MeshConnections } from './mesh-connections.ts';
import type { MeshRoom } from './mesh-messages.ts';

const CHANNEL_ID = 200;
const MAX_PEERS_PER_ROOM = 20;

export interface PeerMeshEvents {
  onOpen(peer: string, binding: Uint8Array): void;
  onFrame(peer: string, frame: Uint8Array): void;
  onBuffered(peer: string, bufferedBytes: number): void;
  onClose(peer: string): void;
}

export interface PeerMesh {
  /** Joins and leaves rooms until exactly these are joined. */
  setRooms(rooms: readonly MeshRoom[]): void;
  send(peer: string, frame: Uint8Array): void;
  hangUp(peer: string): void;
}

interface JoinedRoom {
  readonly provider: WebrtcProvider;
  readonly carrier: Doc;
  connections: MeshConnections | undefined;
}

export function createPeerMesh(events: PeerMeshEvents): PeerMesh {
  const rooms = new Map<string, JoinedRoom>();
  const channels = new Map<string, RTCDataChannel>();
  let opened = 0;

  function join({ room, password, signalUrl }: MeshRoom): void {
    const carrier = new Doc();
    const provider = new WebrtcProvider(room, carrier, {
      signaling: [signalUrl],
      password,
      filterBcConns: true,
      maxConns: MAX_PEERS_PER_ROOM,
      // No STUN or TURN of anybody: devices meet on the networks they share.
      peerOpts: { config: { iceServers: [] } },
    });
    const joined: JoinedRoom = { provider, carrier, connections: undefined };
    provider.on('status', () => {
      if (provider.room !== null) joined.connections ??= new MeshConnections(provider, provider.room, openChannel);
    });
    rooms.set(room, joined);
  }

  function openChannel(connection: WebrtcConn): void {
    const pc = connection.peer._pc;
    if (pc === null) return;
    const peer = `peer-${String(++opened)}`;
    const channel = pc.createDataChannel('archipel', { negotiated: true, id: CHANNEL_ID });
    channel.binaryType = 'arraybuffer';
    const assemble = frameAssembler();
    const bound = bindingOf(pc);
    channel.addEventListener('open', () => {
      channels.set(peer, channel);
      // It may have closed again before its binding was known.
      void bound.then((binding) => {
        if (channels.has(peer)) events.onOpen(peer, binding);
      });
    });
    channel.addEventListener('message', (event: MessageEvent<ArrayBuffer>) => {
      const frame = assemble(new Uint8Array(event.data));
      if (frame === 'oversized') channel.close();
      else if (frame !== undefined)
        void bound.then(() => {
          if (channels.has(peer)) events.onFrame(peer, frame);
        });
    });
    channel.addEventListener('bufferedamountlow', () => events.onBuffered(peer, channel.bufferedAmount));
    const closed = (): void => {
      if (channels.delete(peer)) events.onClose(peer);
    };
    channel.addEventListener('close', closed);
    connection.peer.on('close', closed);
  }

  return {
    setRooms(wanted) {
      const names = new Set(wanted.map(({ room }) => room));
      for (const [name, { provider, carrier, connections }] of rooms) {
        if (names.has(name)) continue;
        rooms.delete(name);
        connections?.leave();
        provider.destroy();
        carrier.destroy();
      }
      for (const room of wanted) if (!rooms.has(room.room)) join(room);
    },
    send(peer, frame) {
      const channel = channels.get(peer);
      if (channel?.readyState !== 'open') return;
      sendFrame(channel, frame);
      events.onBuffered(peer, channel.bufferedAmount);
    },
    hangUp: (peer) => channels.get(peer)?.close(),
  };
}
