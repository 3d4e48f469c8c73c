/** Puts the engine together from this browser's parts: IndexedDB, the relay socket, and whichever page holds the mesh. */
import { SystemClock } from '../adapters/platform/system-clock.ts';
import { SystemRandom } from '../adapters/platform/system-random.ts';
import { SystemScheduler } from '../adapters/platform/system-scheduler.ts';
import type { PortLike } from '../adapters/platform/rpc.ts';
import { ArchipelDatabase } from '../adapters/storage/database.ts';
import { DexieLogStore } from '../adapters/storage/dexie-log-store.ts';
import { CacheCanary, IndexedDbKeyVault } from '../adapters/storage/key-vault-indexeddb.ts';
import { IndexedDbLocalStore } from '../adapters/storage/local-store-indexeddb.ts';
import { acceptMesh, type MeshLink } from '../adapters/transport/mesh-port.ts';
import type { MeshRoom } from '../adapters/transport/mesh-messages.ts';
import { createRelaySocket, type RelaySocket } from '../adapters/transport/relay-socket.ts';
import { calibratedParameters } from '../crypto/passphrase.ts';
import { readyCrypto } from '../crypto/sodium.ts';
import { createEngine, type EngineRoot } from '../engine/create-engine.ts';
import type { Engine, EngineEvent } from '../engine/engine.ts';

export interface RunningEngine {
  readonly engine: Engine;
  /** A page offers to hold the peer connections; the last offer counts. */
  attachMesh(port: MessagePort): void;
  /** A tab's own port also carries the connections that it met by hand; the returned function ends them. */
  attachNearby(port: PortLike): () => void;
  /** The network is said to be gone, or may be there again. */
  noteNetwork(isThere: boolean): void;
}

/** `origin` is where the app is served: its relay is the first one known, and invitation links begin with it. */
export async function startEngine(origin: string): Promise<RunningEngine> {
  await readyCrypto();
  const database = new ArchipelDatabase('archipel');
  const root = await createEngine({
    store: new DexieLogStore(database),
    keyVault: new IndexedDbKeyVault(database, new CacheCanary(caches)),
    localStore: new IndexedDbLocalStore(database),
    clock: new SystemClock(),
    random: new SystemRandom(),
    scheduler: new SystemScheduler(),
    passphraseCost: () => calibratedParameters(() => performance.now()),
    origin,
    relayUrl: origin,
    // The engine tells every tab by its own event; here it only has to be noticed by a developer.
    onFault: (fault) => reportError(fault),
  });
  const network = new Network(root);
  root.engine.subscribe((event) => void network.follow(event));
  await network.refresh();
  const syncNow = (): Promise<void> => {
    network.note(true);
    return root.engine.syncNow();
  };
  return {
    engine: { ...root.engine, syncNow },
    noteNetwork: (isThere) => network.note(isThere),
    attachMesh: (port) => network.attachMesh(port),
    attachNearby: (port) => attachNearby(port, root),
  };
}

/** Peer names are the meetings' own. */
function attachNearby(port: PortLike, root: EngineRoot): () => void {
  const link = acceptMesh(port, (transport, meeting) => root.meet(meeting, transport));
  return () => link.close();
}

/** Follows the session: a socket to its relay while it is open, and a mesh room for each space. */
class Network {
  readonly #root: EngineRoot;
  #socket: { readonly url: string; readonly link: RelaySocket } | undefined;
  #mesh: MeshLink | undefined;
  #relayUrl = '';

  constructor(root: EngineRoot) {
    this.#root = root;
  }

  attachMesh(port: MessagePort): void {
    this.#mesh?.close();
    this.#mesh = acceptMesh(port, (transport) => this.#root.attach(transport));
    port.start();
    void this.#offerRooms();
  }

  note(isThere: boolean): void {
    if (isThere) this.#socket?.link.connectNow();
    else this.#socket?.link.drop();
  }

  async follow(event: EngineEvent): Promise<void> {
    if (event.kind === 'session') await this.refresh();
    else if (event.kind === 'spaces' || event.kind === 'members') await this.#offerRooms();
  }

  async refresh(): Promise<void> {
    // Waits for a change of the session that is under way.
    await this.#root.engine.session();
    this.#relayUrl = this.#root.relayUrl();
    if (this.#socket?.url !== this.#relayUrl) {
      this.#socket?.link.close();
      this.#socket = this.#relayUrl === '' ? undefined : { url: this.#relayUrl, link: this.#connect(this.#relayUrl) };
    }
    await this.#offerRooms();
  }

  #connect(url: string): RelaySocket {
    return createRelaySocket({
      url: socketAddress(url, '/sync'),
      WebSocket,
      scheduler: new SystemScheduler(),
      random: new SystemRandom(),
      onTransport: (transport) => this.#root.attach(transport),
    });
  }

  async #offerRooms(): Promise<void> {
    const mesh = this.#mesh;
    if (mesh === undefined) return;
    const rooms = this.#relayUrl === '' ? [] : await this.#rooms(socketAddress(this.#relayUrl, '/signal'));
    mesh.setRooms(rooms);
  }

  /** A space that no other device shares needs no room, and its tab loads no mesh. */
  async #rooms(signalUrl: string): Promise<readonly MeshRoom[]> {
    const { engine } = this.#root;
    const rooms = (await engine.spaces()).map(async ({ space, device }) => {
      const devices = (await engine.members(space)).flatMap((member) => member.devices);
      const isShared = devices.some((each) => each.isActive && !each.isRecovery && each.device !== device);
      const secrets = isShared ? this.#root.meshSecrets(space) : undefined;
      return secrets === undefined ? [] : [{ space, signalUrl, ...secrets }];
    });
    return (await Promise.all(rooms)).flat();
  }
}

function socketAddress(relayUrl: string, path: string): string {
  return `${relayUrl.trim().replace(/^http/u, 'ws').replace(/\/+$/u, '')}${path}`;
}
