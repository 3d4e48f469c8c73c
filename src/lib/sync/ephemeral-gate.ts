/**
 * [P4] At most ten presence frames a second and session, in both directions. Going out, the latest one wins and is sent
 * when its turn comes; coming in, what is too frequent is dropped. Signals pass, up to a flood limit.
 */
import type { Clock } from '../foundation/clock.ts';
import type { Scheduler } from '../foundation/scheduler.ts';
import type { EnvelopeHeader } from '../protocol/envelope.ts';
import { MAX_PRESENCE_SESSIONS, MAX_SIGNALS_PER_SECOND, PRESENCE_INTERVAL_MS } from './limits.ts';

interface SessionTurn {
  nextMs: number;
  waiting: Uint8Array | undefined;
  cancel: (() => void) | undefined;
}

export class EphemeralGate {
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #outgoing = new Map<string, SessionTurn>();
  readonly #incoming = new Map<string, { second: number; count: number }>();

  constructor(ports: { readonly clock: Clock; readonly scheduler: Scheduler }) {
    this.#clock = ports.clock;
    this.#scheduler = ports.scheduler;
  }

  /** Calls `send` now or at the session's next turn, with the latest bytes. */
  release(header: EnvelopeHeader, bytes: Uint8Array, send: (bytes: Uint8Array) => void): void {
    if (header.type !== 'presence') {
      send(bytes);
      return;
    }
    const nowMs = this.#clock.nowMs();
    const turn = this.#turnOf(header.prev, nowMs);
    if (nowMs >= turn.nextMs) {
      turn.nextMs = nowMs + PRESENCE_INTERVAL_MS;
      turn.waiting = undefined;
      send(bytes);
      return;
    }
    turn.waiting = bytes;
    turn.cancel ??= this.#scheduler.after(turn.nextMs - nowMs, () => {
      turn.cancel = undefined;
      turn.nextMs = this.#clock.nowMs() + PRESENCE_INTERVAL_MS;
      if (turn.waiting !== undefined) send(turn.waiting);
      turn.waiting = undefined;
    });
  }

  /** True while this session, or all signals together, stay within what a fair sender sends. */
  admits(header: EnvelopeHeader): boolean {
    const session = header.type === 'presence' ? header.prev : 'signals';
    const limit = header.type === 'presence' ? 2_000 / PRESENCE_INTERVAL_MS : MAX_SIGNALS_PER_SECOND;
    const second = Math.floor(this.#clock.nowMs() / 1_000);
    const count = this.#incoming.get(session);
    if (count === undefined || count.second !== second) {
      if (count === undefined) makeRoom(this.#incoming);
      this.#incoming.set(session, { second, count: 1 });
      return true;
    }
    count.count++;
    return count.count <= limit;
  }

  close(): void {
    for (const turn of this.#outgoing.values()) turn.cancel?.();
    this.#outgoing.clear();
  }

  #turnOf(session: string, nowMs: number): SessionTurn {
    const known = this.#outgoing.get(session);
    if (known !== undefined) return known;
    makeRoom(this.#outgoing, (turn) => turn.cancel?.());
    const turn: SessionTurn = { nextMs: nowMs, waiting: undefined, cancel: undefined };
    this.#outgoing.set(session, turn);
    return turn;
  }
}

/** Forgets the session that was first met longest ago. */
function makeRoom<T>(sessions: Map<string, T>, onDrop: (value: T) => void = () => undefined): void {
  if (sessions.size < MAX_PRESENCE_SESSIONS) return;
  for (const [session, value] of sessions) {
    onDrop(value);
    sessions.delete(session);
    return;
  }
}
