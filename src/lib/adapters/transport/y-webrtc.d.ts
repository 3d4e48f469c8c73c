/** The parts of y-webrtc and simple-peer that the mesh touches; the packages' own types leave them open. */
declare module 'y-webrtc' {
  export interface PeerSignal {
    readonly type: string;
    readonly sdp?: string;
    readonly candidate?: { readonly candidate: string };
  }
  export interface SimplePeer {
    readonly initiator: boolean;
    readonly destroyed: boolean;
    readonly _pc: RTCPeerConnection | null;
    signal: (signal: PeerSignal) => void;
    on(event: 'close', listener: () => void): void;
  }
  /** What a message is handed to. */
  export interface MeshParty {
    readonly glareToken: number | undefined;
    readonly closed?: boolean;
    readonly peer: Pick<SimplePeer, 'signal'>;
  }
  export interface SignalingConn {
    connected: boolean;
    send(message: object): void;
    emit(event: 'message', args: readonly [object]): void;
    destroy(): void;
  }
  export interface WebrtcRoom {
    readonly peerId: string;
    webrtcConns: Map<string, MeshParty>;
  }
  export class WebrtcConn implements MeshParty {
    constructor(signalling: SignalingConn | undefined, initiator: boolean, remotePeerId: string, room: WebrtcRoom);
    readonly glareToken: number | undefined;
    readonly closed: boolean;
    readonly peer: SimplePeer;
    destroy(): void;
  }
  export interface PeersChange {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    /** Other tabs of this browser. */
    readonly bcPeers: readonly string[];
  }
  export class WebrtcProvider {
    constructor(
      room: string,
      doc: object,
      options: {
        signaling: readonly string[];
        password: string | null;
        filterBcConns: boolean;
        maxConns: number;
        peerOpts: { config: RTCConfiguration };
      },
    );
    readonly room: WebrtcRoom | null;
    readonly signalingConns: readonly SignalingConn[];
    on(event: 'status', listener: () => void): void;
    on(event: 'peers', listener: (change: PeersChange) => void): void;
    destroy(): void;
  }
}
