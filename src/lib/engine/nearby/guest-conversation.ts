/** The newcomer's end of an invitation from hand to hand [I2][I4]: the host's link is its post office, for this one mailbox. */
import { bytesToHex, equalBytes } from '../../foundation/bytes.ts';
import { inviteMailboxOf } from '../../crypto/claims.ts';
import { asKey, type InviteSeed } from '../../crypto/keys.ts';
import type { Frame } from '../../protocol/frames.ts';
import type { Joining } from '../joining.ts';
import type { LinkConversation } from '../links.ts';
import type { MailRoom } from '../mail-room.ts';
import type { OnFault } from '../turns.ts';
import type { NearbyNews } from './nearby-calls.ts';

export interface GuestOptions {
  readonly seed: Uint8Array;
  readonly link: string;
  readonly mail: MailRoom;
  readonly joining: Joining;
  /** The space is held from now on: its links are to prove keys for it. */
  readonly onJoining: () => void;
  readonly tell: (news: NearbyNews) => void;
  readonly onFault: OnFault;
}

export class GuestConversation implements LinkConversation {
  readonly #options: GuestOptions;
  readonly #mailbox: Uint8Array;
  #hasAsked = false;

  constructor(options: GuestOptions) {
    this.#options = options;
    this.#mailbox = inviteMailboxOf(asKey<InviteSeed>(options.seed)).id;
  }

  onUp(send: (frame: Frame) => void): void {
    this.#options.mail.connectOffice(this.#mailbox, send);
    if (this.#hasAsked) return;
    this.#hasAsked = true;
    this.#join().catch(this.#options.onFault);
  }

  onDown(send: (frame: Frame) => void): void {
    this.#options.mail.disconnectOffice(this.#mailbox, send);
  }

  onFrame(frame: Frame): void {
    const isOurs = 'mailbox' in frame && equalBytes(frame.mailbox, this.#mailbox);
    if (isOurs && (frame.kind === 'mail' || frame.kind === 'mail-ack')) this.#options.mail.onFrame(frame);
    else if (frame.kind === 'refused' && bytesToHex(frame.subject) === bytesToHex(this.#mailbox))
      this.#options.tell({ kind: 'failed', code: 'claim-invalid' });
  }

  async #join(): Promise<void> {
    const { joining, link, tell } = this.#options;
    const joined = await joining.accept(link);
    if (joined.ok) this.#options.onJoining();
    tell(joined.ok ? { kind: 'joining', space: joined.value } : { kind: 'failed', code: joined.error.code });
  }
}
