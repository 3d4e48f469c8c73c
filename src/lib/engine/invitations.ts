/**
 * The inviting side [I1–I3] (docs/spec/invitations.md): makes invitations, keeps their notes at the relay, answers
 * claims with `admit`, a box and a place on the relay's list. The seed stays in this device's vault, so only the device
 * that made an invitation answers it.
 */
import { utf8 } from '../foundation/bytes.ts';
import { idFromBytes, type ClaimId, type InviteId, type MemberId } from '../foundation/ids.ts';
import type { ErrorCode } from '../foundation/error-codes.ts';
import type { Clock } from '../foundation/clock.ts';
import type { Random } from '../foundation/random.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import { inviteKeyPairOf, verifyClaim } from '../crypto/claims.ts';
import { asKey, type InviteSeed } from '../crypto/keys.ts';
import type { Mailbox } from '../crypto/mailbox.ts';
import { isInviteStanding } from '../membership/invite-standing.ts';
import { rankOf, type Invite, type MembershipState } from '../membership/membership-state.ts';
import { RANKS } from '../membership/seniority.ts';
import { formatInviteLink, INVITE_SEED_BYTES, spaceTagOf } from '../protocol/invite-link.ts';
import type { HostNote, InviteState } from '../protocol/invite-letter.ts';
import { MAX_NAME_BYTES } from '../protocol/membership-claim.ts';
import type { InviteClaim, Role } from '../protocol/membership-op.ts';
import type { InvitationView } from './engine.ts';
import { mailboxOfLink, openLetter, sealLetter } from './invite-mail.ts';
import type { MailRoom } from './mail-room.ts';
import { socketUrlOf } from './relay-url.ts';
import type { SpaceReplica } from './space-replica.ts';
import type { Spaces } from './spaces.ts';
import { Turns, type OnFault } from './turns.ts';
import type { VoiceApproval } from './trust/voice-approval.ts';
import type { Vault } from './vault.ts';
import type { MadeInvite } from './vault-secrets.ts';

export interface InvitationsPorts {
  readonly vault: Vault;
  readonly spaces: Spaces;
  readonly mail: MailRoom;
  readonly clock: Clock;
  readonly random: Random;
  readonly voice: VoiceApproval;
  /** Where the app is served: links begin with it. */
  readonly origin: string;
  /** Someone was let in: the relay's list must follow. */
  readonly onAdmitted: (replica: SpaceReplica) => void;
  readonly onFault: OnFault;
}

const DAY_MS = 86_400_000;
const MAX_DAYS = 7;
const MAX_USES = 100;
const INVITE_BYTES = 16;
export const CLOSED_CODES = { used: 'invite-used', expired: 'invite-expired', revoked: 'invite-revoked' } as const;
const FINAL_CODES: readonly ErrorCode[] = [
  'claim-invalid',
  'role-forbids',
  'approval-awaited',
  ...Object.values(CLOSED_CODES),
];

/** An invitation that this device made and still knows. */
interface Found {
  readonly made: MadeInvite;
  readonly replica: SpaceReplica;
  readonly invite: Invite;
  readonly mailbox: Mailbox;
}

export class Invitations {
  readonly #ports: InvitationsPorts;
  readonly #turns = new Turns();
  /** Mailboxes watched, by invitation. */
  readonly #watched = new Map<InviteId, { readonly mailbox: Mailbox; readonly noted: InviteState }>();

  constructor(ports: InvitationsPorts) {
    this.#ports = ports;
  }

  async make(
    replica: SpaceReplica,
    options: {
      readonly role: Role;
      readonly days: number;
      readonly maxUses: number;
      readonly approve?: boolean;
      /** Handed over directly: no relay is needed. */
      readonly isNearby?: true;
      /** The member of the parent whom a letter offers it to. */
      readonly asked?: MemberId;
    },
  ): Promise<Result<InvitationView>> {
    const { vault, random, clock, origin } = this.#ports;
    if (!replica.isReady) return fail('unknown-membership', 'the space is not ready');
    if (!this.hasSecondWayIn(replica)) return fail('second-way-in-required');
    const isGoverning = rankOf(options.role) > RANKS.editor;
    const ownRole = replica.state.member(replica.secrets.member)?.role ?? 'reader';
    // The digits travel through the relay's mailbox.
    if (isGoverning && (options.isNearby || rankOf(ownRole) < RANKS.owner)) return fail('role-forbids');
    const relay = socketUrlOf(vault.secrets.relayUrl) ?? (options.isNearby ? '' : undefined);
    if (relay === undefined) return fail('relay-unreachable', 'no relay is set');
    const seed = random.bytes(INVITE_SEED_BYTES);
    const invite = idFromBytes('InviteId', random.bytes(INVITE_BYTES));
    const link = formatInviteLink(origin, { seed, relay, spaceTag: spaceTagOf(replica.space) });
    const asked = options.asked === undefined ? {} : { asked: options.asked };
    const kept = { space: replica.space, invite, link, ...asked };
    await vault.update((all) => ({ ...all, invites: [...all.invites, kept] }));
    const written = await replica.writer.operate({
      op: 'invite.create',
      inviteId: invite,
      invitePk: inviteKeyPairOf(asKey<InviteSeed>(seed)).publicKey,
      role: options.role,
      maxUses: Math.min(Math.max(1, Math.round(options.maxUses)), MAX_USES),
      expiresAt: clock.nowMs() + Math.round(Math.min(Math.max(0, options.days), MAX_DAYS) * DAY_MS),
      // [I3] Whoever is to govern is confirmed by voice, asked for or not.
      approve: isGoverning || options.approve === true,
    });
    if (!written.ok) {
      await this.#forget([invite]);
      return written;
    }
    this.refresh();
    const view = this.list(replica).find((other) => other.invite === invite);
    return view === undefined ? fail('invite-malformed') : ok(view);
  }

  list(replica: SpaceReplica): readonly InvitationView[] {
    const own = new Map(this.#ports.vault.secrets.invites.map((made) => [made.invite, made]));
    return [...replica.state.invites.values()].map((invite) => ({
      invite: invite.id,
      role: invite.role,
      expiresAt: invite.expiresAt,
      usesLeft: Math.max(0, invite.maxUses - invite.uses),
      state: this.#stateOf(invite, replica.state),
      approve: invite.approve,
      link: own.get(invite.id)?.link,
      ...this.#askedBy(replica, own.get(invite.id)?.asked),
    }));
  }

  async revoke(replica: SpaceReplica, inviteId: InviteId): Promise<Result<void>> {
    const written = await replica.writer.operate({ op: 'invite.revoke', inviteId });
    if (!written.ok) return written;
    this.refresh();
    return ok(undefined);
  }

  /** [I3] Lets in whoever asked, if `digits` are those that both screens show. */
  approve(replica: SpaceReplica, id: ClaimId, digits: string): Promise<Result<void>> {
    const { voice } = this.#ports;
    return this.#turns.run(async () => {
      const request = await voice.confirm(replica.space, id, digits);
      if (!request.ok) return request;
      const invite = replica.state.invites.get(request.value.invite);
      const state = invite === undefined ? 'revoked' : this.#stateOf(invite, replica.state);
      if (state !== 'open') return fail(CLOSED_CODES[state]);
      const admitted = await this.#admit(replica, request.value.claim);
      if (admitted.ok) await voice.decide(replica.space, id, 'admitted');
      this.refresh();
      return admitted;
    });
  }

  /** Watches what is open, and leaves word where something no longer is. Called after every change and at relay-up. */
  refresh(): void {
    for (const made of this.#ports.vault.secrets.invites) {
      const found = this.#find(made.invite);
      if (found === undefined) continue;
      this.#leaveNote(found);
    }
  }

  /** The note of an open invitation of this device, for who asks over a direct link. */
  noteOf(inviteId: InviteId): Uint8Array | undefined {
    const found = this.#find(inviteId);
    if (found === undefined) return undefined;
    const sealed = sealLetter(found.mailbox, { kind: 'note', note: this.#noteOf(found) });
    return sealed.ok ? sealed.value : undefined;
  }

  /** A claim that came over a direct link; the member it made. A claim that was taken before is taken again. */
  async receive(inviteId: InviteId, blob: Uint8Array): Promise<Result<MemberId>> {
    const found = this.#find(inviteId);
    if (found === undefined) return fail('claim-invalid');
    const letter = openLetter(found.mailbox, blob);
    if (!letter.ok || letter.value.kind !== 'claim') return fail('claim-invalid');
    const { claim } = letter.value;
    const answered = await this.#turns.run(() => this.#answer(found, claim));
    return answered.ok ? ok(claim.memberId) : answered;
  }

  /** A claim that came sealed inside another space. */
  async answerDirectly(claim: InviteClaim): Promise<Result<void>> {
    const found = this.#find(claim.inviteId);
    return found === undefined ? fail('claim-invalid') : this.#turns.run(() => this.#answer(found, claim));
  }

  /** What is watched ends with the session. */
  clear(): void {
    this.#watched.clear();
  }

  settled(): Promise<void> {
    return this.#turns.settled();
  }

  #leaveNote(found: Found): void {
    const { mail, voice, onFault } = this.#ports;
    const { made, mailbox } = found;
    const note = this.#noteOf(found);
    const { state } = note;
    const before = this.#watched.get(made.invite);
    if (before?.noted === state) return;
    this.#watched.set(made.invite, { mailbox, noted: state });
    voice.send(mailbox, { kind: 'note', note });
    if (before === undefined || state !== 'open') this.#turns.detach(() => voice.answerAgain(made, state), onFault);
    // Who comes too late for the last use is still told so; after the end of its time the note says enough.
    if (state === 'expired' || state === 'revoked') mail.unwatch(mailbox.id);
    else mail.watch(mailbox.id, (item) => this.#turns.detach(() => this.#onLetter(made, mailbox, item), onFault));
  }

  #noteOf({ made, replica, invite }: Found): HostNote {
    const { role, approve, expiresAt } = invite;
    const { name } = this.#ports.vault.secrets;
    const host = utf8(name).length > MAX_NAME_BYTES ? '' : name;
    const state = this.#stateOf(invite, replica.state);
    return { space: made.space, invite: made.invite, role, state, approve, expiresAt, host };
  }

  async #onLetter(
    made: MadeInvite,
    mailbox: Mailbox,
    item: { readonly id: number; readonly blob: Uint8Array },
  ): Promise<void> {
    const { mail, voice } = this.#ports;
    const found = this.#find(made.invite);
    if (found === undefined) return;
    const opened = openLetter(mailbox, item.blob);
    const letter = opened.ok ? opened.value : undefined;
    // Its own letters lie there for others to read.
    if (letter?.kind === 'note' || letter?.kind === 'ask' || letter?.kind === 'verdict') return;
    if (letter?.kind === 'reveal') await voice.onReveal(made, letter);
    const isDone = letter?.kind !== 'claim' || isFinal(await this.#answer(found, letter.claim));
    if (isDone) mail.drop(mailbox.id, item.id);
  }

  #find(inviteId: InviteId): Found | undefined {
    if (!this.#ports.vault.isOpen) return undefined;
    const made = this.#ports.vault.secrets.invites.find((each) => each.invite === inviteId);
    const replica = made && this.#ports.spaces.find(made.space);
    const invite = replica?.state.invites.get(inviteId);
    const mailbox = mailboxOfLink(made?.link ?? '');
    if (made === undefined || replica === undefined || invite === undefined || mailbox === undefined) return undefined;
    return { made, replica, invite, mailbox };
  }

  /** Good when the claimant is in, by this or an earlier answer. */
  async #answer({ made, replica, invite }: Found, claim: InviteClaim): Promise<Result<void>> {
    const { voice } = this.#ports;
    if (claim.inviteId !== made.invite || claim.role !== invite.role) return fail('claim-invalid');
    const isKnown = replica.state.member(claim.memberId)?.devices[0] === claim.keys.device;
    if (!isKnown) {
      if (!verifyClaim(replica.space, claim, invite.invitePk).ok) return fail('claim-invalid');
      // Nobody's place is taken twice: such an admission would be void, and the log is not the claimant's to fill.
      if (isTaken(replica.state, claim)) return fail('claim-invalid');
      const state = this.#stateOf(invite, replica.state);
      if (state !== 'open') {
        voice.tell(made, claim, state);
        return fail(CLOSED_CODES[state]);
      }
      if (voice.isNeeded(invite, claim)) return voice.ask(made, claim);
    }
    const answered = isKnown ? await this.#settle(replica) : await this.#admit(replica, claim);
    this.refresh();
    return answered;
  }

  async #admit(replica: SpaceReplica, claim: InviteClaim): Promise<Result<void>> {
    const admitted = await replica.writer.operate({ op: 'admit', memberId: claim.memberId, role: claim.role, claim });
    return admitted.ok ? this.#settle(replica) : admitted;
  }

  /** What an admission calls for: boxes, and a place on the relay's list. */
  async #settle(replica: SpaceReplica): Promise<Result<void>> {
    await replica.writer.rotateIfNeeded();
    await replica.writer.supplyBoxes();
    this.#ports.onAdmitted(replica);
    return ok(undefined);
  }

  #askedBy({ governance }: SpaceReplica, member: MemberId | undefined): Pick<InvitationView, 'asked'> {
    const parent = governance.parent && this.#ports.spaces.find(governance.parent.space);
    const asked = member && parent?.state.member(member);
    return asked === undefined ? {} : { asked: asked.card?.name ?? '' };
  }

  #stateOf(invite: Invite, membership: MembershipState): InviteState {
    if (!isInviteStanding(membership, invite)) return 'revoked';
    if (invite.uses >= invite.maxUses) return 'used';
    return invite.expiresAt <= this.#ports.clock.nowMs() ? 'expired' : 'open';
  }

  /** [V4] The words are written down, or another device of this person holds the space. */
  hasSecondWayIn(replica: SpaceReplica): boolean {
    if (this.#ports.vault.secrets.areWordsConfirmed) return true;
    const own = replica.state.member(replica.secrets.member)?.devices ?? [];
    const usable = own.filter(
      (id) => replica.state.isActiveDevice(id) && replica.state.device(id)?.isRecovery === false,
    );
    return usable.length > 1;
  }

  async #forget(invites: readonly InviteId[]): Promise<void> {
    await this.#ports.vault.update((all) => ({
      ...all,
      invites: all.invites.filter((made) => !invites.includes(made.invite)),
    }));
  }
}

/** The claim needs no further attention: let in, in already, or refused for good. */
function isFinal(answered: Result<void>): boolean {
  return answered.ok || FINAL_CODES.includes(answered.error.code);
}

function isTaken({ members, devices }: MembershipState, { memberId, keys, recovery }: InviteClaim): boolean {
  return members.has(memberId) || devices.has(keys.device) || (recovery !== undefined && devices.has(recovery.device));
}
