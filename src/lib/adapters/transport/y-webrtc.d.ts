/** The parts of y-webrtc and simple-peer that the mesh touches; the packages' own types leave them open. */
declare module 'y-webrtc' {
  export interface SimplePeer {
    readonly initiator: boolean;
    readonly _pc: RTCPeerConnection | null;
    on(event: 'close', listener: () => void): void;
  }
  export interface WebrtcConn {
    readonly peer: SimplePeer;
    destroy(): void;
  }
  export interface PeersChange {
    readonly added: readonly string[];
    readonly removed: readonly string[];
  }
  export class WebrtcProvider {
    constructor(
      room: string,
      doc: object,
      options: {
        signaling: readonly string[];
        password: string;
        filterBcConns: boolean;
        maxConns: number;
        peerOpts: { config: RTCConfiguration };
      },
    );
    readonly room: { readonly webrtcConns: ReadonlyMap<string, WebrtcConn> } | null;
    on(event: 'peers', listener: (change: PeersChange) => void): void;
    destroy(): void;
  }
}
