/**
 * What someone who waits to be let in hears from the host [I3]: the value to compare digits with, and the verdict. Whoever
 * holds the link could have written it: digits then differ, and a verdict is a word on the screen that changes nothing else.
 */
import type { SpaceId } from '../../foundation/ids.ts';
import type { Clock } from '../../foundation/clock.ts';
import { approvalDigitsOf, claimIdOf } from '../../crypto/claims.ts';
import type { Mailbox } from '../../crypto/mailbox.ts';
import type { InviteLetter } from '../../protocol/invite-letter.ts';
import { decodeClaim } from '../../protocol/membership-claim.ts';
import { mailboxOfLink, openLetter, sealLetter } from '../invite-mail.ts';
import type { MailRoom } from '../mail-room.ts';
import type { SpaceReplica } from '../space-replica.ts';
import { Turns, type OnFault } from '../turns.ts';
import type { Vault } from '../vault.ts';
import type { JoinWait } from '../vault-secrets.ts';
import type { JoiningView } from './trust-calls.ts';

export interface JoinAnswersPorts {
  readonly vault: Vault;
  readonly mail: MailRoom;
  readonly clock: Clock;
  readonly onChange: (space: SpaceId) => void;
  readonly onFault: OnFault;
}

export class JoinAnswers {
  readonly #ports: JoinAnswersPorts;
  readonly #turns = new Turns();

  constructor(ports: JoinAnswersPorts) {
    this.#ports = ports;
  }

  /** From the moment the claim is posted, and again at every start while it waits. */
  watch(replica: SpaceReplica, mailbox: Mailbox): void {
    const { mail, onFault } = this.#ports;
    this.#reveal(replica, mailbox);
    mail.watch(mailbox.id, ({ id, blob }) => {
      const letter = openLetter(mailbox, blob);
      if (letter.ok) this.#turns.detach(() => this.#onLetter(replica, mailbox, { id, letter: letter.value }), onFault);
    });
  }

  end(replica: SpaceReplica): void {
    const mailbox = mailboxOfLink(replica.secrets.link);
    if (mailbox !== undefined) this.#ports.mail.unwatch(mailbox.id);
    this.#ports.onChange(replica.space);
  }

  view(replica: SpaceReplica): JoiningView | undefined {
    const { standing, wait } = replica.secrets;
    if (standing !== 'joining' || wait === undefined) return undefined;
    const isLate = wait.expiresAt <= this.#ports.clock.nowMs();
    const { host, expiresAt, approve } = wait;
    const id = ownClaimOf(replica);
    const digits =
      wait.asked === undefined || id === undefined
        ? undefined
        : approvalDigitsOf(id, { invitee: wait.opening, approver: wait.asked });
    const state = wait.answer ?? (digits !== undefined ? 'compare' : isLate ? 'expired' : 'waiting');
    return { space: replica.space, state, digits, host, expiresAt, approve };
  }

  settled(): Promise<void> {
    return this.#turns.settled();
  }

  async #onLetter(
    replica: SpaceReplica,
    mailbox: Mailbox,
    { id, letter }: { readonly id: number; readonly letter: InviteLetter },
  ): Promise<void> {
    const { vault, mail } = this.#ports;
    const { standing, wait } = replica.secrets;
    if (!vault.isOpen || standing !== 'joining' || wait === undefined) return;
    if (letter.kind === 'note') {
      // "Used" may well mean by this very claim; the verdict says whose.
      const { state } = letter.note;
      if (state === 'expired' || state === 'revoked') await this.#keep(replica, { answer: wait.answer ?? state });
      return;
    }
    if (letter.kind === 'claim' || letter.kind === 'reveal' || letter.claim !== ownClaimOf(replica)) return;
    if (letter.kind === 'verdict') await this.#keep(replica, { answer: letter.verdict });
    // The first value counts: a second one would let somebody choose among digits.
    if (letter.kind === 'ask' && wait.asked === undefined) {
      await this.#keep(replica, { asked: letter.value.slice() });
      this.#reveal(replica, mailbox);
    }
    mail.drop(mailbox.id, id);
  }

  /** Never before the approver's value is here and kept. */
  #reveal(replica: SpaceReplica, mailbox: Mailbox): void {
    const { wait } = replica.secrets;
    const claim = ownClaimOf(replica);
    if (wait?.asked === undefined || claim === undefined) return;
    const sealed = sealLetter(mailbox, { kind: 'reveal', claim, value: wait.opening });
    if (sealed.ok) this.#ports.mail.put(mailbox.id, sealed.value);
  }

  async #keep(replica: SpaceReplica, change: Partial<JoinWait>): Promise<void> {
    const { wait } = replica.secrets;
    if (wait === undefined) return;
    const kept = replica.noteWait({ ...wait, ...change });
    await this.#ports.vault.update((all) => ({
      ...all,
      spaces: all.spaces.map((other) => (other.space === kept.space && other.device === kept.device ? kept : other)),
    }));
    this.#ports.onChange(replica.space);
  }
}

function ownClaimOf({ secrets }: SpaceReplica) {
  const claim = decodeClaim(secrets.claim);
  return claim.ok ? claimIdOf(claim.value) : undefined;
}
