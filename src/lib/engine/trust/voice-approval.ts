/**
 * [I3] The inviting side of the approval by voice: shows its value to whoever claims, takes what they reveal, and tells
 * each claimant what became of the claim. Who is let in, `Invitations` decides with the person's word.
 */
import type { ClaimId, SpaceId } from '../../foundation/ids.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import { claimIdOf } from '../../crypto/claims.ts';
import type { Mailbox } from '../../crypto/mailbox.ts';
import { rankOf, type Invite } from '../../membership/membership-state.ts';
import { RANKS } from '../../membership/seniority.ts';
import type { ClaimVerdict, InviteLetter, InviteState } from '../../protocol/invite-letter.ts';
import type { InviteClaim } from '../../protocol/membership-op.ts';
import { mailboxOfLink, NOTE_SLOT, sealLetter } from '../invite-mail.ts';
import type { MailRoom } from '../mail-room.ts';
import type { Vault } from '../vault.ts';
import type { MadeInvite } from '../vault-secrets.ts';
import { digitsOf, type JoinRequest, type JoinRequests } from './join-requests.ts';

export interface VoiceApprovalPorts {
  readonly vault: Vault;
  readonly mail: MailRoom;
  readonly requests: JoinRequests;
  /** [I6] The claim bears the name of someone verified, under another key, and the person has not looked yet. */
  readonly isDoubtful: (claim: InviteClaim) => boolean;
  readonly isMember: (space: SpaceId, claim: InviteClaim) => boolean;
}

export class VoiceApproval {
  readonly #ports: VoiceApprovalPorts;

  constructor(ports: VoiceApprovalPorts) {
    this.#ports = ports;
  }

  isNeeded(invite: Invite, claim: InviteClaim): boolean {
    return invite.approve || rankOf(invite.role) > RANKS.editor || this.#ports.isDoubtful(claim);
  }

  /** Persist first, then show our value: the claimant is committed to theirs. */
  async ask(made: MadeInvite, claim: InviteClaim): Promise<Result<never>> {
    const request = await this.#ports.requests.take(made.space, claim);
    const verdict = request === undefined ? 'refused' : request.verdict;
    if (request === undefined || verdict !== undefined) this.tell(made, claim, verdict ?? 'refused');
    else this.#reply(made, { kind: 'ask', claim: request.id, value: request.value });
    return fail('approval-awaited');
  }

  tell(made: MadeInvite, claim: InviteClaim, verdict: ClaimVerdict): void {
    this.#reply(made, { kind: 'verdict', claim: claimIdOf(claim), verdict });
  }

  onReveal(made: MadeInvite, { claim, value }: { readonly claim: ClaimId; readonly value: Uint8Array }): Promise<void> {
    return this.#ports.requests.reveal(made.space, claim, value);
  }

  /** What a relay may have lost, and what an invitation that is over leaves to say. */
  async answerAgain(made: MadeInvite, state: InviteState): Promise<void> {
    const { requests, vault } = this.#ports;
    if (!vault.isOpen) return;
    for (const request of await requests.of(made.space)) {
      if (request.invite !== made.invite) continue;
      const due = this.#ports.isMember(made.space, request.claim) ? 'admitted' : state === 'open' ? undefined : state;
      const verdict = request.verdict ?? due;
      if (verdict !== request.verdict && verdict !== undefined) await requests.decide(made.space, request.id, verdict);
      if (verdict !== undefined) this.#reply(made, { kind: 'verdict', claim: request.id, verdict });
      else if (request.revealed === undefined)
        this.#reply(made, { kind: 'ask', claim: request.id, value: request.value });
    }
    if (state === 'expired' || state === 'revoked') await requests.forget(made.space, made.invite);
  }

  /** The request, if the person compared the very digits that it shows. */
  async confirm(space: SpaceId, id: ClaimId, digits: string): Promise<Result<JoinRequest>> {
    const request = await this.#ports.requests.find(space, id);
    if (request === undefined || request.verdict !== undefined) return fail('request-gone');
    if (digitsOf(request) !== digits) return fail('digits-differ');
    return this.#ports.isDoubtful(request.claim) ? fail('contact-changed') : ok(request);
  }

  async decide(space: SpaceId, id: ClaimId, verdict: ClaimVerdict): Promise<Result<void>> {
    const { requests, vault } = this.#ports;
    const request = await requests.find(space, id);
    if (request === undefined || request.verdict !== undefined) return fail('request-gone');
    await requests.decide(space, id, verdict);
    const made = vault.secrets.invites.find((each) => each.invite === request.invite);
    if (made !== undefined) this.tell(made, request.claim, verdict);
    return ok(undefined);
  }

  send(mailbox: Mailbox, letter: InviteLetter): void {
    const sealed = sealLetter(mailbox, letter);
    if (sealed.ok) this.#ports.mail.put(mailbox.id, sealed.value, letter.kind === 'note' ? { slot: NOTE_SLOT } : {});
  }

  #reply(made: MadeInvite, letter: InviteLetter): void {
    const mailbox = mailboxOfLink(made.link);
    if (mailbox !== undefined) this.send(mailbox, letter);
  }
}
