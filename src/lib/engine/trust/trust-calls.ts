/** Who is let in, and who somebody is: approvals by voice [I3] and what a newcomer hears meanwhile. */
import type { ClaimId, IdentityKey, InviteId, SpaceId } from '../../foundation/ids.ts';
import { fail, type Result } from '../../foundation/result.ts';
import type { ClaimVerdict } from '../../protocol/invite-letter.ts';
import type { Role } from '../../protocol/membership-op.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { SpaceReplica } from '../space-replica.ts';
import { digitsOf } from './join-requests.ts';

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

export interface TrustEngineCalls {
  joinRequests(space: SpaceId): Promise<readonly JoinRequestView[]>;
  /** [I3] `digits` as compared by voice; refused with `digits-differ` when the screen has moved on. */
  approveRequest(space: SpaceId, request: ClaimId, digits: string): Promise<Result<void>>;
  refuseRequest(space: SpaceId, request: ClaimId): Promise<Result<void>>;
  /** Undefined where nothing is waited for. */
  joining(space: SpaceId): Promise<JoiningView | undefined>;
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

  #in<T>(space: SpaceId, work: (replica: SpaceReplica) => Promise<Result<T>>): Promise<Result<T>> {
    if (!this.#parts.session.isOpen) return Promise.resolve(fail('locked'));
    const replica = this.#parts.spaces.find(space);
    return replica === undefined ? Promise.resolve(fail('wrong-space')) : work(replica);
  }
}
