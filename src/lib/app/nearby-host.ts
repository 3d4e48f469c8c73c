/**
 * [P3] Connections that this tab meets by hand: the engine makes and reads the codes, the page holds the channels and pipes
 * their frames to it over its own port. A tab that closes ends its connections; an engine that moves is told of them again.
 */
import type { PortLike } from '../adapters/platform/rpc.ts';
import type { MeshOrder, MeshReport } from '../adapters/transport/mesh-messages.ts';
import type * as NearbyAdapter from '../adapters/transport/nearby-connection.ts';
import type { Engine } from '../engine/engine.ts';
import type { NearbyChoices, NearbyCode, NearbyPurpose } from '../engine/nearby/nearby-calls.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import type { Nearby, NearbyState } from './clients.ts';

/** On one network two devices find each other within a few seconds, or not at all. */
const REACH_MS = 20_000;

type Transport = NonNullable<Awaited<NearbyAdapter.NearbyConnection['opened']>>;

interface Held {
  readonly connection: NearbyAdapter.NearbyConnection;
  transport: Transport | undefined;
}

export class NearbyHost implements Nearby {
  readonly #engine: Engine;
  readonly #port: PortLike;
  readonly #held = new Map<string, Held>();
  readonly #listeners = new Set<(meeting: string, state: NearbyState) => void>();

  constructor(engine: Engine, port: PortLike) {
    this.#engine = engine;
    this.#port = port;
    port.addEventListener('message', ({ data }) => {
      if (typeof data === 'object' && data !== null && 'mesh' in data) this.#obey(data as MeshOrder);
    });
  }

  get isPossible(): boolean {
    return typeof RTCPeerConnection !== 'undefined';
  }

  async offer(purpose: NearbyPurpose): Promise<Result<NearbyCode>> {
    const connection = await this.#load((adapter) => adapter.offerConnection());
    if (connection === undefined) return fail('nearby-unsupported');
    return this.#keep(connection, await this.#engine.offerNearby(connection.description, purpose));
  }

  async answer(code: string, choices: NearbyChoices): Promise<Result<NearbyCode>> {
    const asked = await this.#engine.readNearby(code);
    if (!asked.ok) return asked;
    const connection = await this.#load((adapter) => adapter.answerConnection(asked.value.description));
    if (connection === undefined) return fail(this.isPossible ? 'nearby-malformed' : 'nearby-unsupported');
    return this.#keep(connection, await this.#engine.answerNearby(code, connection.description, choices));
  }

  async accept(meeting: string, answer: string): Promise<Result<void>> {
    const found = await this.#engine.takeNearbyAnswer(meeting, answer);
    if (!found.ok) return found;
    const held = this.#held.get(meeting);
    if (held === undefined || !(await held.connection.accept(found.value))) return fail('nearby-malformed');
    setTimeout(() => {
      if (held.transport === undefined && this.#held.delete(meeting)) {
        held.connection.close();
        this.#tell(meeting, 'unreachable');
      }
    }, REACH_MS);
    return ok(undefined);
  }

  end(meeting: string): void {
    const held = this.#held.get(meeting);
    if (held === undefined || held.transport !== undefined) return;
    this.#held.delete(meeting);
    held.connection.close();
    void this.#engine.endNearby(meeting);
  }

  subscribe(listener: (meeting: string, state: NearbyState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The engine's home moved: the new one hears of what is open. */
  tellAgain(): void {
    for (const [peer, { transport }] of this.#held)
      if (transport !== undefined) this.#report({ mesh: 'open', peer, binding: transport.binding });
  }

  async #load(
    make: (adapter: typeof NearbyAdapter) => Promise<NearbyAdapter.NearbyConnection | undefined>,
  ): Promise<NearbyAdapter.NearbyConnection | undefined> {
    return this.isPossible ? make(await import('../adapters/transport/nearby-connection.ts')) : undefined;
  }

  #keep(connection: NearbyAdapter.NearbyConnection, made: Result<NearbyCode>): Result<NearbyCode> {
    if (!made.ok) {
      connection.close();
      return made;
    }
    const { meeting } = made.value;
    const held: Held = { connection, transport: undefined };
    this.#held.set(meeting, held);
    void connection.opened.then((transport) => {
      if (transport !== undefined) this.#open(meeting, held, transport);
      else if (this.#held.delete(meeting)) this.#tell(meeting, 'unreachable');
    });
    return made;
  }

  #open(peer: string, held: Held, transport: Transport): void {
    held.transport = transport;
    this.#report({ mesh: 'open', peer, binding: transport.binding });
    transport.listen({
      onFrame: (frame) => this.#report({ mesh: 'frame', peer, frame }),
      onClose: () => {
        this.#held.delete(peer);
        this.#report({ mesh: 'closed', peer });
        this.#tell(peer, 'closed');
      },
    });
    held.connection.onDrained((bufferedBytes) => this.#report({ mesh: 'drained', peer, bufferedBytes }));
    this.#tell(peer, 'open');
  }

  #obey(order: MeshOrder): void {
    if (order.mesh === 'rooms') return;
    const transport = this.#held.get(order.peer)?.transport;
    if (transport === undefined) return;
    if (order.mesh === 'hang-up') transport.close();
    else {
      transport.send(order.frame);
      this.#report({ mesh: 'drained', peer: order.peer, bufferedBytes: transport.bufferedBytes() });
    }
  }

  #report(message: MeshReport): void {
    this.#port.postMessage(message);
  }

  #tell(meeting: string, state: NearbyState): void {
    for (const listener of this.#listeners) listener(meeting, state);
  }
}
