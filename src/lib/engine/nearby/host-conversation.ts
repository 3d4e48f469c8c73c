/**
 * The host's end of an invitation from hand to hand [I2]: this device is itself the post office of its invitation's
 * mailbox, for the one device at the other end. It gives out the note, and takes the claim in. Any other mailbox is
 * none of its business.
 */
import { equalBytes } from '../../foundation/bytes.ts';
import type { InviteId } from '../../foundation/ids.ts';
import { inviteMailboxOf } from '../../crypto/claims.ts';
import { asKey, type InviteSeed } from '../../crypto/keys.ts';
import type { Frame } from '../../protocol/frames.ts';
import type { InviteLink } from '../../protocol/invite-link.ts';
import type { Invitations } from '../invitations.ts';
import type { LinkConversation } from '../links.ts';
import type { SpaceReplica } from '../space-replica.ts';
import type { OnFault } from '../turns.ts';
import type { NearbyNews } from './nearby-calls.ts';

export interface HostOptions {
  readonly invitations: Invitations;
  readonly replica: SpaceReplica;
  readonly invite: InviteId;
  readonly link: InviteLink;
}

/** A claim costs two signature checks; who sends more than a lost acknowledgement explains is not heard. */
const MAX_LETTERS = 16;

export class HostConversation implements LinkConversation {
  readonly link: InviteLink;
  readonly #options: HostOptions;
  readonly #mailbox: Uint8Array;
  #tell: (news: NearbyNews) => void = () => undefined;
  #onFault: OnFault = () => undefined;
  #send: ((frame: Frame) => void) | undefined;
  #letters = 0;
  #isAdmitted = false;

  constructor(options: HostOptions) {
    this.#options = options;
    this.link = options.link;
    this.#mailbox = inviteMailboxOf(asKey<InviteSeed>(options.link.seed)).id;
  }

  with(ports: { readonly tell: (news: NearbyNews) => void; readonly onFault: OnFault }): this {
    this.#tell = ports.tell;
    this.#onFault = ports.onFault;
    return this;
  }

  /** The invitation was shown and not used. */
  async takeBack(): Promise<void> {
    const { invitations, replica, invite } = this.#options;
    if (!this.#isAdmitted && replica.state.invites.get(invite)?.uses === 0) await invitations.revoke(replica, invite);
  }

  onUp(send: (frame: Frame) => void): void {
    this.#send = send;
  }

  onDown(): void {
    this.#send = undefined;
  }

  onFrame(frame: Frame): void {
    if ((frame.kind !== 'mail-get' && frame.kind !== 'mail-put') || !equalBytes(frame.mailbox, this.#mailbox)) return;
    if (frame.kind === 'mail-get') {
      const note = frame.isOn ? this.#options.invitations.noteOf(this.#options.invite) : undefined;
      if (note !== undefined) this.#send?.({ kind: 'mail', mailbox: this.#mailbox, items: [{ id: 0, blob: note }] });
    } else if (frame.slot === undefined && ++this.#letters <= MAX_LETTERS)
      this.#take(frame.blob.slice()).catch(this.#onFault);
  }

  async #take(blob: Uint8Array): Promise<void> {
    const { invitations, replica, invite } = this.#options;
    const admitted = await invitations.receive(invite, blob);
    if (!admitted.ok) {
      this.#send?.({ kind: 'refused', request: 'mail-put', subject: this.#mailbox, code: 'not-a-member' });
      this.#tell({ kind: 'failed', code: admitted.error.code });
      return;
    }
    this.#send?.({ kind: 'mail-ack', mailbox: this.#mailbox, item: 1 });
    if (this.#isAdmitted) return;
    this.#isAdmitted = true;
    const name = replica.members().find(({ member }) => member === admitted.value)?.name ?? '';
    this.#tell({ kind: 'admitted', space: replica.space, name });
  }
}
