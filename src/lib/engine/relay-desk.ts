/** The conversations with a relay that are not about levelling logs: mailboxes and the access list. */
import type { SpaceId } from '../foundation/ids.ts';
import { bytesToHex } from '../foundation/bytes.ts';
import type { WireErrorCode } from '../protocol/frame-codes.ts';
import type { Frame } from '../protocol/frames.ts';
import type { MailRoom } from './mail-room.ts';
import type { OwnChain, RelayAccess } from './relay-access.ts';
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
  readonly chainOf: (replica: SpaceReplica) => Promise<OwnChain>;
  readonly onFault: OnFault;
  /** A relay took a space on, or let a key in: prove keys again. */
  readonly onAccess: () => void;
  /** This device must prove itself anew, which takes a new socket. */
  readonly onRenew: () => void;
}

export class RelayDesk {
  readonly #ports: RelayDeskPorts;
  readonly #turns = new Turns();
  #send: SendFrame | undefined;

  constructor(ports: RelayDeskPorts) {
    this.#ports = ports;
  }

  onUp(send: SendFrame): void {
    this.#send = send;
    this.#ports.access.forgetAll();
    this.#ports.mail.connect(send);
    for (const replica of this.#ports.spaces.all()) this.introduce(replica);
  }

  onDown(send: SendFrame): void {
    this.#ports.mail.disconnect(send);
    if (this.#send === send) this.#send = undefined;
  }

  introduce(replica: SpaceReplica): void {
    if (this.#send !== undefined) this.#ports.access.introduce(replica, this.#send);
  }

  reconcile(replica: SpaceReplica): void {
    if (this.#send !== undefined) this.#turns.detach(() => this.#reconcile(replica), this.#ports.onFault);
  }

  /** The relay acknowledged more of this device's chain. */
  onHeld(replica: SpaceReplica): void {
    if (this.#ports.access.isWaiting(replica.space)) this.reconcile(replica);
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
    const { access, standing, chainOf } = this.#ports;
    const chain = await chainOf(replica);
    if (this.#send !== undefined)
      access.reconcile(replica, { signers: standing.signersOf(replica), chain }, this.#send);
  }

  #onAclState(space: SpaceId, frame: Extract<Frame, { readonly kind: 'acl-state' }>): void {
    this.#ports.access.onState(frame);
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
    else if (code === 'not-a-member' && this.#ports.standing.onRefused(replica)) this.#ports.onRenew();
  }
}
