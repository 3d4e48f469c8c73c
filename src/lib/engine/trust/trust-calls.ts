/** Who is let in [I3], who somebody is [I6], and what went wrong [C4]. */
import type { ClaimId, DeviceId, IdentityKey, InviteId, SpaceId } from '../../foundation/ids.ts';
import { fail, type Result } from '../../foundation/result.ts';
import type { ClaimVerdict } from '../../protocol/invite-letter.ts';
import type { Role } from '../../protocol/membership-op.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { SpaceReplica } from '../space-replica.ts';
import type { ContactDoubt, ContactView, SafetyNumber } from './contacts.ts';
import { digitsOf } from './join-requests.ts';
import type { NoticeKind } from './notice-rows.ts';

/** Someone who asks to be let in and waits for this person's decision. */
export interface JoinRequestView {
  readonly request: ClaimId;
  readonly invite: InviteId;
  /** As they call themselves; nobody proved it. */
  readonly name: string;
  readonly role: Role;
  readonly identity: IdentityKey;
  readonly askedAt: number;
  /** Undefined until their device answered. */
  readonly digits: string | undefined;
  /** [I6] Not the person who was verified under this name. */
  readonly doubt: ContactDoubt | undefined;
}

/** What a device that asked to be let in knows of it. */
export interface JoiningView {
  readonly space: SpaceId;
  readonly state: 'waiting' | 'compare' | ClaimVerdict;
  /** To be read to the host. */
  readonly digits: string | undefined;
  /** The host's name, as the invitation says; may be empty. */
  readonly host: string;
  readonly expiresAt: number;
  /** The host decides after a talk. */
  readonly approve: boolean;
}

/** [C4] Something about the log that the person should know. */
export interface NoticeView {
  readonly id: string;
  readonly kind: NoticeKind;
  readonly device: DeviceId | undefined;
  /** Whose device; empty where nobody knows. */
  readonly name: string;
  readonly at: number;
  /** Of `stale`: since when nothing was confirmed. */
  readonly since: number | undefined;
  readonly isSeen: boolean;
  /** It ended well: what was missing came. */
  readonly isResolved: boolean;
  readonly hasProof: boolean;
}

export interface TrustEngineCalls {
  joinRequests(space: SpaceId): Promise<readonly JoinRequestView[]>;
  /** [I3] `digits` as compared by voice; refused with `digits-differ` when the screen has moved on. */
  approveRequest(space: SpaceId, request: ClaimId, digits: string): Promise<Result<void>>;
  refuseRequest(space: SpaceId, request: ClaimId): Promise<Result<void>>;
  /** Undefined where nothing is waited for. */
  joining(space: SpaceId): Promise<JoiningView | undefined>;
  /** [I6] Everyone this person shares a space with, and whoever was verified once. */
  contacts(): Promise<readonly ContactView[]>;
  /** The same digits on both sides. */
  safetyNumber(identity: IdentityKey): Promise<Result<SafetyNumber>>;
  /** The numbers were compared: as `scanned` or pasted from the other's screen, or by ear where it is undefined. */
  verifyContact(identity: IdentityKey, scanned: string | undefined): Promise<Result<void>>;
  unverifyContact(identity: IdentityKey): Promise<Result<void>>;
  /** The person looked at a key that is not the verified one, and goes on without the mark. */
  settleDoubt(identity: IdentityKey): Promise<Result<void>>;
  /** [C4] Oldest first. */
  securityNotices(space: SpaceId): Promise<readonly NoticeView[]>;
  markNoticeSeen(space: SpaceId, notice: string): Promise<Result<void>>;
  /** The two entries that convict a device, for anyone to check. */
  forkProof(space: SpaceId, notice: string): Promise<Result<Uint8Array>>;
}

export class TrustCalls implements TrustEngineCalls {
  readonly #parts: EngineParts;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  async joinRequests(space: SpaceId): Promise<readonly JoinRequestView[]> {
    if (!this.#parts.session.isOpen || this.#parts.spaces.find(space) === undefined) return [];
    const requests = await this.#parts.trust.requests.of(space);
    return requests
      .filter((request) => request.verdict === undefined)
      .map((request) => ({
        request: request.id,
        invite: request.invite,
        name: request.claim.card.name,
        role: request.claim.role,
        identity: request.claim.card.identity,
        askedAt: request.askedAt,
        digits: digitsOf(request),
        doubt: this.#parts.trust.contacts.doubtOfName(request.claim.card.identity, request.claim.card.name),
      }));
  }

  approveRequest(space: SpaceId, request: ClaimId, digits: string): Promise<Result<void>> {
    return this.#in(space, (replica) => this.#parts.invitations.approve(replica, request, digits));
  }

  refuseRequest(space: SpaceId, request: ClaimId): Promise<Result<void>> {
    return this.#in(space, ({ space: place }) => this.#parts.trust.voice.decide(place, request, 'refused'));
  }

  joining(space: SpaceId): Promise<JoiningView | undefined> {
    const replica = this.#parts.spaces.find(space);
    return Promise.resolve(replica === undefined ? undefined : this.#parts.trust.answers.view(replica));
  }

  contacts(): Promise<readonly ContactView[]> {
    return Promise.resolve(this.#parts.session.isOpen ? this.#parts.trust.contacts.list() : []);
  }

  safetyNumber(identity: IdentityKey): Promise<Result<SafetyNumber>> {
    return this.#open(() => Promise.resolve(this.#parts.trust.contacts.safetyNumber(identity)));
  }

  verifyContact(identity: IdentityKey, scanned: string | undefined): Promise<Result<void>> {
    return this.#open(() => this.#parts.trust.contacts.verify(identity, scanned));
  }

  unverifyContact(identity: IdentityKey): Promise<Result<void>> {
    return this.#open(() => this.#parts.trust.contacts.unverify(identity));
  }

  settleDoubt(identity: IdentityKey): Promise<Result<void>> {
    return this.#open(() => this.#parts.trust.contacts.settle(identity));
  }

  async securityNotices(space: SpaceId): Promise<readonly NoticeView[]> {
    const { session, spaces, trust } = this.#parts;
    const replica = spaces.find(space);
    if (!session.isOpen || replica === undefined) return [];
    return (await trust.notices.of(space)).map(({ seq: _, ...notice }) => {
      const member = notice.device === undefined ? undefined : replica.state.memberOf(notice.device);
      return { ...notice, name: member?.card?.name ?? '' };
    });
  }

  markNoticeSeen(space: SpaceId, notice: string): Promise<Result<void>> {
    return this.#open(() => this.#parts.trust.notices.markSeen(space, notice));
  }

  forkProof(space: SpaceId, notice: string): Promise<Result<Uint8Array>> {
    return this.#open(() => this.#parts.trust.notices.proof(space, notice));
  }

  #open<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
    return this.#parts.session.isOpen ? work() : Promise.resolve(fail('locked'));
  }

  #in<T>(space: SpaceId, work: (replica: SpaceReplica) => Promise<Result<T>>): Promise<Result<T>> {
    return this.#open(() => {
      const replica = this.#parts.spaces.find(space);
      return replica === undefined ? Promise.resolve(fail('wrong-space')) : work(replica);
    });
  }
}
