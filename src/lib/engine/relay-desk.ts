/** The conversations with a relay that are not about levelling logs: mailboxes and the access list. */
import type { DeviceId, SpaceId } from '../foundation/ids.ts';
import type { Scheduler } from '../foundation/scheduler.ts';
import { bytesToHex } from '../foundation/bytes.ts';
import type { WireErrorCode } from '../protocol/frame-codes.ts';
import type { Frame } from '../protocol/frames.ts';
import type { MailRoom } from './mail-room.ts';
import type { RelayAccess } from './relay-access.ts';
import type { RelayStanding } from './relay-standing.ts';
import type { SpaceReplica } from './space-replica.ts';
import type { Spaces } from './spaces.ts';
import { Turns, type OnFault } from './turns.ts';

type SendFrame = (frame: Frame) => void;

export interface RelayDeskPorts {
  readonly mail: MailRoom;
  readonly access: RelayAccess;
  readonly standing: RelayStanding;
  readonly spaces: Spaces;
  /** The relay told all that it holds of the space, and nothing of it is missing here. */
  readonly hasHeardRelay: (space: SpaceId) => boolean;
  readonly scheduler: Scheduler;
  readonly onFault: OnFault;
  /** A relay took a space on, or let a key in: prove keys again. */
  readonly onAccess: () => void;
  /** This device must prove itself anew, which takes a new socket. */
  readonly onRenew: () => void;
}

/** Who has just come back knows less than the relay, and would list whom others struck. Not for ever: some entries nobody can take. */
const HEAR_FIRST_MS = 10_000;

export class RelayDesk {
  readonly #ports: RelayDeskPorts;
  /** By space, how far the relay holds each chain, as far as it told on this connection. */
  readonly #held = new Map<SpaceId, Map<DeviceId, number>>();
  /** Spaces whose list waits for what the relay has to tell, and the end of that. */
  readonly #hearing = new Map<SpaceId, () => void>();
  readonly #heard = new Set<SpaceId>();
  readonly #turns = new Turns();
  #send: SendFrame | undefined;

  constructor(ports: RelayDeskPorts) {
    this.#ports = ports;
  }

  onUp(send: SendFrame): void {
    this.#send = send;
    this.#forget();
    this.#ports.mail.connect(send);
    for (const replica of this.#ports.spaces.all()) this.introduce(replica);
  }

  onDown(send: SendFrame): void {
    this.#ports.mail.disconnect(send);
    if (this.#send !== send) return;
    this.#send = undefined;
    this.#forget();
  }

  introduce(replica: SpaceReplica): void {
    if (this.#send !== undefined) this.#ports.access.introduce(replica, this.#send);
  }

  reconcile(replica: SpaceReplica): void {
    if (this.#send === undefined) return;
    if (this.#ports.standing.onLearned(replica)) this.#ports.onRenew();
    else if (this.#mayChange(replica.space)) this.#turns.detach(() => this.#reconcile(replica), this.#ports.onFault);
  }

  /** The relay holds more of a chain. */
  onHeld(replica: SpaceReplica, { device, seq }: { readonly device: DeviceId; readonly seq: number }): void {
    const held = this.#held.get(replica.space) ?? new Map<DeviceId, number>();
    this.#held.set(replica.space, held.set(device, Math.max(seq, held.get(device) ?? -1)));
    if (this.#ports.access.isWaiting(replica.space)) this.reconcile(replica);
  }

  onStatus(): void {
    for (const space of this.#hearing.keys()) {
      const replica = this.#ports.spaces.find(space);
      if (replica !== undefined && this.#ports.hasHeardRelay(space)) this.reconcile(replica);
    }
  }

  settled(): Promise<void> {
    return this.#turns.settled();
  }

  onFrame(frame: Frame): void {
    if (frame.kind === 'mail' || frame.kind === 'mail-ack') this.#ports.mail.onFrame(frame);
    else if (frame.kind === 'acl-state') this.#onAclState(frame.space, frame);
    else if (frame.kind === 'refused' && frame.request === 'auth')
      this.#onAuthRefused(bytesToHex(frame.subject), frame.code);
  }

  async #reconcile(replica: SpaceReplica): Promise<void> {
    const { access, standing } = this.#ports;
    if (this.#send === undefined) return;
    const isDelivered = async (key: DeviceId): Promise<boolean> => {
      const past = await replica.pastOfRemoval(key);
      const held = this.#held.get(replica.space);
      return past === undefined || [...past.upTo].every(([chain, seq]) => (held?.get(chain) ?? -1) >= seq);
    };
    await access.reconcile(replica, { signers: standing.signersOf(replica), isDelivered }, this.#send);
  }

  #mayChange(space: SpaceId): boolean {
    if (this.#heard.has(space)) return true;
    if (!this.#ports.hasHeardRelay(space)) return false;
    this.#endHearing(space);
    return true;
  }

  #endHearing(space: SpaceId): void {
    this.#hearing.get(space)?.();
    this.#hearing.delete(space);
    this.#heard.add(space);
  }

  #hearFirst(space: SpaceId): void {
    if (this.#heard.has(space) || this.#hearing.has(space)) return;
    const cancel = this.#ports.scheduler.after(HEAR_FIRST_MS, () => {
      this.#endHearing(space);
      const replica = this.#ports.spaces.find(space);
      if (replica !== undefined) this.reconcile(replica);
    });
    this.#hearing.set(space, cancel);
  }

  #forget(): void {
    this.#ports.access.forgetAll();
    this.#held.clear();
    this.#heard.clear();
    for (const cancel of this.#hearing.values()) cancel();
    this.#hearing.clear();
  }

  #onAclState(space: SpaceId, frame: Extract<Frame, { readonly kind: 'acl-state' }>): void {
    this.#ports.access.onState(frame);
    this.#hearFirst(space);
    const replica = this.#ports.spaces.find(space);
    if (replica !== undefined) {
      this.reconcile(replica);
      const listed = frame.entries.map((entry) => entry.key);
      if (this.#ports.standing.onListed(replica, listed)) {
        this.#ports.onRenew();
        return;
      }
    }
    this.#ports.onAccess();
  }

  /** A relay that does not know the space yet: its founder makes it known. One that does not list this device: see `RelayStanding`. */
  #onAuthRefused(subject: string, code: WireErrorCode): void {
    const replica = this.#ports.spaces.all().find((other) => other.space === subject);
    if (replica === undefined) return;
    if (code === 'wrong-space') this.introduce(replica);
    else if (code === 'not-a-member') {
      const next = this.#ports.standing.onRefused(replica);
      if (next === 'as-recovery') this.#ports.onRenew();
      if (next === 'again') this.#ports.onAccess();
    }
  }
}
