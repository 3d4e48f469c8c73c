/** The conversations with a relay that are not about levelling logs: mailboxes and the access list. */
import type { SpaceId } from '../foundation/ids.ts';
import { bytesToHex } from '../foundation/bytes.ts';
import type { Frame } from '../protocol/frames.ts';
import type { MailRoom } from './mail-room.ts';
import type { RelayAccess } from './relay-access.ts';
import type { SpaceReplica } from './space-replica.ts';
import type { Spaces } from './spaces.ts';

type SendFrame = (frame: Frame) => void;

export interface RelayDeskPorts {
  readonly mail: MailRoom;
  readonly access: RelayAccess;
  readonly spaces: Spaces;
  /** A relay took a space on, or let a key in: prove keys again. */
  readonly onAccess: () => void;
}

export class RelayDesk {
  readonly #ports: RelayDeskPorts;
  #send: SendFrame | undefined;

  constructor(ports: RelayDeskPorts) {
    this.#ports = ports;
  }

  get isUp(): boolean {
    return this.#send !== undefined;
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
    if (this.#send !== undefined) this.#ports.access.reconcile(replica, this.#send);
  }

  onFrame(frame: Frame): void {
    switch (frame.kind) {
      case 'mail':
      case 'mail-ack':
        return this.#ports.mail.onFrame(frame);
      case 'acl-state':
        return this.#onAclState(frame.space, frame);
      case 'refused':
        return this.#onRefused(frame.request, bytesToHex(frame.subject));
      default:
        return;
    }
  }

  #onAclState(space: SpaceId, frame: Extract<Frame, { readonly kind: 'acl-state' }>): void {
    this.#ports.access.onState(frame);
    const replica = this.#ports.spaces.find(space);
    if (replica !== undefined) this.reconcile(replica);
    this.#ports.onAccess();
  }

  /** A relay that does not know the space yet: its founder makes it known, then proves its key again. */
  #onRefused(request: string, subject: string): void {
    if (request !== 'auth') return;
    const replica = this.#ports.spaces.all().find((other) => other.space === subject);
    if (replica !== undefined) this.introduce(replica);
  }
}
