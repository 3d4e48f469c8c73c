/**
 * The inviting side [I1–I3] (docs/spec/invitations.md): makes invitations, keeps their notes at the relay, answers
 * claims with `admit`, a box and a place on the relay's list. The seed stays in this device's vault, so only the device
 * that made an invitation answers it.
 */
import { idFromBytes, type InviteId, type MemberId } from '../foundation/ids.ts';
import type { ErrorCode } from '../foundation/error-codes.ts';
import type { Clock } from '../foundation/clock.ts';
import type { Random } from '../foundation/random.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import { inviteKeyPairOf, inviteMailboxOf, verifyClaim } from '../crypto/claims.ts';
import { asKey, type InviteSeed } from '../crypto/keys.ts';
import type { Mailbox } from '../crypto/mailbox.ts';
import { isInviteStanding } from '../membership/invite-standing.ts';
import { rankOf, type Invite, type MembershipState } from '../membership/membership-state.ts';
import { RANKS } from '../membership/seniority.ts';
import { decodeInviteLink, formatInviteLink, INVITE_SEED_BYTES, spaceTagOf } from '../protocol/invite-link.ts';
import type { InviteClaim, Role } from '../protocol/membership-op.ts';
import type { InvitationView } from './engine.ts';
import { NOTE_SLOT, openLetter, sealNote, type InviteState } from './invite-mail.ts';
import type { MailRoom } from './mail-room.ts';
import { socketUrlOf } from './relay-url.ts';
import type { SpaceReplica } from './space-replica.ts';
import type { Spaces } from './spaces.ts';
import { Turns, type OnFault } from './turns.ts';
import type { Vault } from './vault.ts';
import type { MadeInvite } from './vault-secrets.ts';

export interface InvitationsPorts {
  readonly vault: Vault;
  readonly spaces: Spaces;
  readonly mail: MailRoom;
  readonly clock: Clock;
  readonly random: Random;
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
const CLOSED_CODES = { used: 'invite-used', expired: 'invite-expired', revoked: 'invite-revoked' } as const;
const FINAL_CODES: readonly ErrorCode[] = ['claim-invalid', 'role-forbids', ...Object.values(CLOSED_CODES)];

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
      /** Handed over directly: no relay is needed. */
      readonly isNearby?: true;
    },
  ): Promise<Result<InvitationView>> {
    const { vault, random, clock, origin } = this.#ports;
    if (!replica.isReady) return fail('unknown-membership', 'the space is not ready');
    if (!this.#hasSecondWayIn(replica)) return fail('second-way-in-required');
    // [I3] Whoever governs is confirmed by voice: such roles are given to people who are in already.
    if (rankOf(options.role) > RANKS.editor) return fail('role-forbids', 'a link admits up to editors');
    const relay = socketUrlOf(vault.secrets.relayUrl) ?? (options.isNearby ? '' : undefined);
    if (relay === undefined) return fail('relay-unreachable', 'no relay is set');
    const seed = random.bytes(INVITE_SEED_BYTES);
    const invite = idFromBytes('InviteId', random.bytes(INVITE_BYTES));
    const link = formatInviteLink(origin, { seed, relay, spaceTag: spaceTagOf(replica.space) });
    await vault.update((all) => ({ ...all, invites: [...all.invites, { space: replica.space, invite, link }] }));
    const written = await replica.writer.operate({
      op: 'invite.create',
      inviteId: invite,
      invitePk: inviteKeyPairOf(asKey<InviteSeed>(seed)).publicKey,
      role: options.role,
      maxUses: Math.min(Math.max(1, Math.round(options.maxUses)), MAX_USES),
      expiresAt: clock.nowMs() + Math.min(Math.max(0, options.days), MAX_DAYS) * DAY_MS,
      approve: false,
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
    const links = new Map(this.#ports.vault.secrets.invites.map((made) => [made.invite, made.link]));
    return [...replica.state.invites.values()].map((invite) => ({
      invite: invite.id,
      role: invite.role,
      expiresAt: invite.expiresAt,
      usesLeft: Math.max(0, invite.maxUses - invite.uses),
      state: this.#stateOf(invite, replica.state),
      link: links.get(invite.id),
    }));
  }

  async revoke(replica: SpaceReplica, inviteId: InviteId): Promise<Result<void>> {
    const written = await replica.writer.operate({ op: 'invite.revoke', inviteId });
    if (!written.ok) return written;
    this.refresh();
    return ok(undefined);
  }

  /** Watches what is open, and leaves word where something no longer is. Called after every change and at relay-up. */
  refresh(): void {
    for (const made of this.#ports.vault.secrets.invites) {
      const found = this.#find(made.invite);
      if (found === undefined) continue;
      const { replica, invite, mailbox } = found;
      this.#leaveNote(made, mailbox, { invite, state: this.#stateOf(invite, replica.state) });
    }
  }

  /** The note of an open invitation of this device, for who asks over a direct link. */
  noteOf(inviteId: InviteId): Uint8Array | undefined {
    const found = this.#find(inviteId);
    if (found === undefined) return undefined;
    const { made, replica, mailbox, invite } = found;
    const state = this.#stateOf(invite, replica.state);
    const note = { space: made.space, invite: inviteId, role: invite.role, state };
    const sealed = sealNote(mailbox, note, this.#ports.random);
    return sealed.ok ? sealed.value : undefined;
  }

  /** A claim that came over a direct link; the member it made. A claim that was taken before is taken again. */
  async receive(inviteId: InviteId, blob: Uint8Array): Promise<Result<MemberId>> {
    const found = this.#find(inviteId);
    if (found === undefined) return fail('claim-invalid');
    const letter = openLetter(found.mailbox, blob);
    if (!letter.ok || letter.value.kind !== 'claim') return fail('claim-invalid');
    const { claim } = letter.value;
    const answered = await this.#turns.run(() => this.#answer(found.replica, inviteId, claim));
    return answered.ok ? ok(claim.memberId) : answered;
  }

  /** What is watched ends with the session. */
  clear(): void {
    this.#watched.clear();
  }

  settled(): Promise<void> {
    return this.#turns.settled();
  }

  #leaveNote(
    made: MadeInvite,
    mailbox: Mailbox,
    { invite, state }: { readonly invite: Invite; readonly state: InviteState },
  ): void {
    const { mail, random } = this.#ports;
    const before = this.#watched.get(made.invite);
    if (before?.noted === state) return;
    this.#watched.set(made.invite, { mailbox, noted: state });
    const note = sealNote(mailbox, { space: made.space, invite: made.invite, role: invite.role, state }, random);
    if (note.ok) mail.put(mailbox.id, note.value, { slot: NOTE_SLOT });
    if (state !== 'open') {
      mail.unwatch(mailbox.id);
      return;
    }
    mail.watch(mailbox.id, (item) =>
      this.#turns.detach(() => this.#onLetter(made, mailbox, item), this.#ports.onFault),
    );
  }

  async #onLetter(
    made: MadeInvite,
    mailbox: Mailbox,
    item: { readonly id: number; readonly blob: Uint8Array },
  ): Promise<void> {
    const { spaces, mail, vault } = this.#ports;
    if (!vault.isOpen) return;
    const letter = openLetter(mailbox, item.blob);
    if (letter.ok && letter.value.kind === 'note') return;
    const replica = spaces.find(made.space);
    if (replica === undefined) return;
    const isDone =
      !letter.ok ||
      letter.value.kind !== 'claim' ||
      isFinal(await this.#answer(replica, made.invite, letter.value.claim));
    if (isDone) mail.drop(mailbox.id, item.id);
  }

  #find(inviteId: InviteId) {
    if (!this.#ports.vault.isOpen) return undefined;
    const made = this.#ports.vault.secrets.invites.find((each) => each.invite === inviteId);
    const replica = made && this.#ports.spaces.find(made.space);
    const invite = replica?.state.invites.get(inviteId);
    const link = decodeInviteLink(made?.link ?? '');
    if (made === undefined || replica === undefined || invite === undefined || !link.ok) return undefined;
    return { made, replica, invite, mailbox: inviteMailboxOf(asKey<InviteSeed>(link.value.seed)) };
  }

  /** Good when the claimant is in, by this or an earlier answer. */
  async #answer(replica: SpaceReplica, inviteId: InviteId, claim: InviteClaim): Promise<Result<void>> {
    const invite = replica.state.invites.get(inviteId);
    if (invite === undefined || claim.inviteId !== inviteId || claim.role !== invite.role) return fail('claim-invalid');
    const isKnown = replica.state.member(claim.memberId)?.devices[0] === claim.keys.device;
    if (!isKnown) {
      const state = this.#stateOf(invite, replica.state);
      if (state !== 'open') return fail(CLOSED_CODES[state]);
      if (!verifyClaim(replica.space, claim, invite.invitePk).ok) return fail('claim-invalid');
      const admitted = await replica.writer.operate({ op: 'admit', memberId: claim.memberId, role: claim.role, claim });
      if (!admitted.ok) return admitted;
    }
    await replica.writer.rotateIfNeeded();
    await replica.writer.supplyBoxes();
    this.#ports.onAdmitted(replica);
    this.refresh();
    return ok(undefined);
  }

  #stateOf(invite: Invite, membership: MembershipState): InviteState {
    if (!isInviteStanding(membership, invite)) return 'revoked';
    if (invite.uses >= invite.maxUses) return 'used';
    return invite.expiresAt <= this.#ports.clock.nowMs() ? 'expired' : 'open';
  }

  /** [V4] The words are written down, or another device of this person holds the space. */
  #hasSecondWayIn(replica: SpaceReplica): boolean {
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
