/**
 * The connections of one room, as the map in which y-webrtc looks up who a message is from. By itself it stumbles where
 * two devices call each other in the same moment, where an answer or an address comes for a call that is over, and
 * where nobody ever answers. Here: one of the two calls holds, by the peers' names; an offer begins a new connection,
 * whatever was there; what belongs to no call is dropped; a call that is not answered is given up and made again.
 */
import { WebrtcConn, type MeshParty, type PeerSignal, type WebrtcProvider, type WebrtcRoom } from 'y-webrtc';

const ANSWER_WITHIN_MS = 10_000;
/** Addresses that may come before the description they belong to. */
const MAX_EARLY = 50;

export class MeshConnections extends Map<string, MeshParty> {
  readonly #provider: WebrtcProvider;
  readonly #room: WebrtcRoom;
  readonly #onConnection: (connection: WebrtcConn) => void;
  #dropped: string | undefined;
  #isLeft = false;

  /** To be made when the room is there, before its first message. */
  constructor(provider: WebrtcProvider, room: WebrtcRoom, onConnection: (connection: WebrtcConn) => void) {
    super();
    this.#provider = provider;
    this.#room = room;
    this.#onConnection = onConnection;
    room.webrtcConns = this;
    provider.on('peers', ({ added, bcPeers }) => {
      for (const id of added) if (!bcPeers.includes(id)) this.#onPeer(id);
    });
  }

  /** Never undefined: y-webrtc takes for granted that whoever answers was called. */
  override get(id: string): MeshParty {
    return super.get(id) ?? { glareToken: undefined, peer: { signal: (signal) => this.#onStranger(id, signal) } };
  }

  /** A connection that closes takes no newer one with it. */
  override delete(id: string): boolean {
    return super.get(id)?.closed === true && super.delete(id);
  }

  /** What is still on its way for the room finds nobody. */
  leave(): void {
    this.#isLeft = true;
  }

  /** Told after every message of someone who was not here before it: only an announcement leaves it to us to call. */
  #onPeer(id: string): void {
    const wasDropped = this.#dropped === id;
    this.#dropped = undefined;
    if (!this.has(id) && !wasDropped && !this.#isLeft) this.#connect(id, true);
  }

  #onStranger(id: string, signal: PeerSignal): void {
    if (signal.type === 'offer' && !this.#isLeft) this.#connect(id, false).peer.signal(signal);
    else this.#dropped = id;
  }

  #connect(id: string, isCall: boolean): WebrtcConn {
    const [signalling] = this.#provider.signalingConns;
    const connection = new WebrtcConn(signalling, isCall, id, this.#room);
    this.#guard(connection, id);
    this.set(id, connection);
    this.#onConnection(connection);
    return connection;
  }

  #guard(connection: WebrtcConn, id: string): void {
    const { peer } = connection;
    const take = peer.signal.bind(peer);
    const early: PeerSignal[] = [];
    let remote: string | undefined;
    peer.signal = (signal) => {
      if (signal.type === 'offer' && (peer.initiator || remote !== undefined)) {
        connection.destroy();
        this.#connect(id, false).peer.signal(signal);
      } else if (peer.destroyed) return;
      else if (signal.sdp !== undefined) {
        remote = signal.sdp;
        take(signal);
        for (const address of early.splice(0)) peer.signal(address);
      } else if (remote !== undefined) {
        if (isAddressOf(remote, signal)) take(signal);
      } else if (early.length < MAX_EARLY) early.push(signal);
    };
    // y-webrtc refuses an offer whose token is below the own one: only the call that holds refuses the other's.
    const holds = peer.initiator && this.#room.peerId > id;
    Object.defineProperty(connection, 'glareToken', {
      get: () => (holds && remote === undefined ? 2 : 1),
      set: () => undefined,
    });
    setTimeout(() => {
      if (remote === undefined) connection.destroy();
    }, ANSWER_WITHIN_MS);
  }
}

/** Not of a call that lost against the one that holds. */
function isAddressOf(description: string, { candidate }: PeerSignal): boolean {
  const ufrag = / ufrag (\S+)/u.exec(candidate?.candidate ?? '')?.[1];
  return ufrag === undefined || description.includes(`a=ice-ufrag:${ufrag}\r\n`);
}
