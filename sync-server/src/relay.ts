/**
 * The relay without sockets, clock or disk of its own: what all connections share. `main.ts` gives it real ports, tests
 * give it others. One journal tick = one transaction, then one write per socket.
 */
import { spaceIdOf } from '../../src/lib/crypto/envelope-seal.ts';
import type { VerifiedEnvelope } from '../../src/lib/crypto/envelope-seal.ts';
import { bytesToHex } from '../../src/lib/foundation/bytes.ts';
import type { Clock } from '../../src/lib/foundation/clock.ts';
import type { SpaceId } from '../../src/lib/foundation/ids.ts';
import type { Random } from '../../src/lib/foundation/random.ts';
import type { Scheduler } from '../../src/lib/foundation/scheduler.ts';
import { ENVELOPE_TYPES } from '../../src/lib/protocol/envelope.ts';
import { AccessList } from './acl.ts';
import { Allowances } from './allowance.ts';
import { Audience } from './audience.ts';
import type { RelayIdentity } from './auth.ts';
import { Connection } from './connection.ts';
import type { AppendWrite, EnvelopeStore } from './envelope-store.ts';
import { Journal } from './journal.ts';
import type { JsonLog } from './json-log.ts';
import type { Limits } from './limits.ts';
import { Mailboxes } from './mailbox.ts';
import type { Metrics } from './metrics.ts';
import type { OutgoingSocket } from './outgoing.ts';
import type { Room } from './room.ts';
import { Rooms } from './rooms.ts';
import type { Settings } from './settings.ts';
import type { SignatureChecker } from './signature-checks.ts';

const DAY_SECONDS = 86_400;
const MAIL_SWEEP_MS = 3_600_000;

export interface RelayPorts {
  readonly store: EnvelopeStore;
  readonly identity: RelayIdentity;
  readonly signatures: SignatureChecker;
  readonly limits: Limits;
  readonly creation: Settings['creation'];
  readonly clock: Clock;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly metrics: Metrics;
  readonly log: JsonLog;
}

export class Relay {
  readonly ports: RelayPorts;
  readonly rooms: Rooms;
  readonly audience: Audience;
  readonly mailboxes: Mailboxes;
  readonly journal: Journal;
  readonly allowances: ReturnType<typeof allowancesOf>;
  readonly mailWatchers = new Map<string, Set<Connection>>();
  readonly #connections = new Set<Connection>();
  #dirty: Connection[] = [];
  readonly #maybeIdle = new Set<SpaceId>();
  #cancelSweep: () => void;

  constructor(ports: RelayPorts) {
    const { store, limits, metrics } = ports;
    this.ports = ports;
    this.rooms = new Rooms(store);
    this.audience = new Audience(metrics);
    this.mailboxes = new Mailboxes(store, limits);
    this.allowances = allowancesOf(limits);
    this.journal = new Journal({
      ...ports,
      onRollback: () => {
        this.mailboxes.forgetPending();
        this.rooms.restoreAll();
      },
      onTick: () => this.#onTick(),
    });
    this.#cancelSweep = this.#sweepMailLater();
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** `origin` is the address the client dialled, as this relay vouches for it [R1]; `address` names a source for limits. */
  accept(socket: OutgoingSocket, from: { readonly origin: string; readonly address: string }): Connection {
    const connection = new Connection(this, socket, from);
    this.#connections.add(connection);
    return connection;
  }

  /** False once this address failed too many proofs lately. */
  mayConnect(address: string): boolean {
    return this.allowances.failedAuths.hasSome(address, this.ports.clock.nowMs());
  }

  /** Commits, says BYE and closes; nothing is accepted afterwards. */
  stop(): void {
    this.#cancelSweep();
    for (const connection of [...this.#connections]) connection.checks.settle();
    this.journal.settle();
    for (const connection of [...this.#connections]) connection.end('transport-closed');
  }

  forget(connection: Connection, spaces: Iterable<SpaceId>): void {
    this.#connections.delete(connection);
    for (const space of spaces) {
      this.audience.leave(space, connection);
      this.#maybeIdle.add(space);
    }
    if (this.journal.isEmpty) this.#letIdleRoomsGo();
  }

  /** The connection has something to send with the end of this tick; it says so once. */
  markDirty(connection: Connection): void {
    this.#dirty.push(connection);
  }

  /** The envelope was judged: it becomes durable with this tick, then `onDurable` and the delivery. */
  append(
    room: Room,
    envelope: VerifiedEnvelope,
    then: { from: Connection; frame: Uint8Array; onDurable: () => void; onFailed: () => void },
  ): void {
    const { space } = room;
    const { author, seq, type, tag } = envelope.header;
    room.extend(envelope);
    const write: AppendWrite = {
      kind: 'append',
      space,
      key: author,
      seq,
      id: envelope.id,
      type: ENVELOPE_TYPES[type],
      tag,
      bytes: envelope.bytes,
      atMs: this.ports.clock.nowMs(),
    };
    this.journal.add({
      write,
      onDurable: () => {
        this.ports.metrics.add('appends');
        then.onDurable();
        this.audience.publish(space, then.frame, then.from);
      },
      onFailed: then.onFailed,
    });
  }

  /** A genesis makes its space known here; its author becomes the first of the access list. */
  found(genesis: VerifiedEnvelope): Room {
    const space = spaceIdOf(genesis.id);
    const room = this.rooms.found(space);
    room.acl = AccessList.foundedBy(genesis.header.author);
    this.journal.add({
      write: {
        kind: 'acl',
        space,
        counter: 0,
        entries: room.acl.sorted(),
        removed: [],
        atMs: this.ports.clock.nowMs(),
      },
      onDurable: () => {
        this.announceAcl(room);
      },
      onFailed: () => undefined,
    });
    return room;
  }

  /** The access list changed: who may no longer read leaves, the others learn the new list. */
  announceAcl(room: Room): void {
    for (const connection of this.#connections) connection.onAclChanged(room);
  }

  watchMail(mailbox: Uint8Array, connection: Connection): void {
    const box = bytesToHex(mailbox);
    const watchers = this.mailWatchers.get(box) ?? new Set();
    watchers.add(connection);
    this.mailWatchers.set(box, watchers);
  }

  unwatchMail(box: string, connection: Connection): void {
    const watchers = this.mailWatchers.get(box);
    watchers?.delete(connection);
    if (watchers?.size === 0) this.mailWatchers.delete(box);
  }

  #onTick(): number {
    this.mailboxes.settle();
    this.audience.release();
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const connection of dirty) connection.flush();
    if (this.journal.isEmpty) this.#letIdleRoomsGo();
    return dirty.length;
  }

  #letIdleRoomsGo(): void {
    for (const space of this.#maybeIdle) if (this.audience.of(space).size === 0) this.rooms.letGo(space);
    this.#maybeIdle.clear();
  }

  #sweepMailLater(): () => void {
    return this.ports.scheduler.after(MAIL_SWEEP_MS, () => {
      this.journal.add({
        write: { kind: 'mail-expire', beforeMs: this.ports.clock.nowMs() },
        onDurable: () => undefined,
        onFailed: () => undefined,
      });
      this.#cancelSweep = this.#sweepMailLater();
    });
  }
}

function allowancesOf(limits: Limits) {
  return {
    appends: new Allowances({ perSecond: limits.appendPerSecond, burst: limits.appendBurst }),
    bytes: new Allowances({ perSecond: limits.keyBytesPerDay / DAY_SECONDS, burst: limits.keyBytesPerDay }),
    spaces: new Allowances({
      perSecond: limits.spacesPerAddressPerDay / DAY_SECONDS,
      burst: limits.spacesPerAddressPerDay,
    }),
    struckVisits: new Allowances({
      perSecond: limits.struckVisitsPerDay / DAY_SECONDS,
      burst: limits.struckVisitsPerDay,
    }),
    failedAuths: new Allowances({ perSecond: limits.failedAuthsPerAddress / 600, burst: limits.failedAuthsPerAddress }),
    mail: new Allowances({ perSecond: limits.mailPerAddressPerHour / 3600, burst: limits.mailPerAddressPerHour }),
  };
}
