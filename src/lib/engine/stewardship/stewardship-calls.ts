/**
 * What those who look after a space ask of the engine: work that came too late [M8], who did what and whether it counts,
 * outcomes that something late turned round [M5], and ownership when no owner is left.
 */
import type { DeviceId, DocumentId, EnvelopeId, MemberId, SpaceId } from '../../foundation/ids.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import type { VoidReason } from '../../membership/membership-state.ts';
import type { MembershipOp, Role } from '../../protocol/membership-op.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { SpaceSummary } from '../engine.ts';
import type { SpaceReplica } from '../space-replica.ts';
import { historyPage } from './history-lines.ts';
import { judgeLateWork, listLateWork } from './late-work.ts';
import { claimOwnership } from './lawful-change.ts';
import { makeMembershipExport } from './membership-export.ts';

export interface Named {
  readonly member: MemberId;
  readonly name: string;
  readonly isSelf: boolean;
}

/** Whether an operation counts, and why not; `because` is the one that is in its way, where one is. */
export type Standing =
  | { readonly kind: 'counts' }
  | { readonly kind: 'void'; readonly reason: VoidReason; readonly because: Deed | undefined };

/** Who did what to whom. */
export interface Deed {
  readonly id: EnvelopeId;
  readonly deed: MembershipOp['op'];
  readonly author: Named | undefined;
  readonly subject: Named | undefined;
  readonly role: Role | undefined;
  /** Of a device: its name. */
  readonly device: string;
  /** Of adopted or rejected work: how many entries, and the reason given. */
  readonly count: number;
  readonly reason: string;
  /** As the author's clock said; nothing is decided by it. */
  readonly claimedTime: number;
}

export interface HistoryLine extends Deed {
  readonly standing: Standing;
}

export interface HistoryPage {
  /** Newest first. */
  readonly lines: readonly HistoryLine[];
  /** Give it as `before` for the page after this one; undefined at the end. */
  readonly next: number | undefined;
  readonly total: number;
}

/** [M8] What one device wrote in one document after its removal or demotion, waiting for a decision. */
export interface LateWork {
  readonly device: DeviceId;
  readonly author: Named | undefined;
  readonly document: DocumentId;
  readonly envelopes: readonly EnvelopeId[];
  readonly changes: number;
  readonly bytes: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** An admin turned it away; it is kept, and may still be taken in. */
  readonly isSetAside: boolean;
  /** What made it late; undefined when its author's standing itself came to nothing. */
  readonly cause: Deed | undefined;
}

/** [M5] What came late and turned an outcome round. */
export interface Outcome {
  readonly operations: readonly HistoryLine[];
  readonly members: readonly {
    readonly who: Named;
    readonly was: { readonly isActive: boolean; readonly role: Role };
    readonly now: { readonly isActive: boolean; readonly role: Role };
  }[];
}

export interface StewardshipEngine {
  /** Late work that waits, and what was set aside. */
  lateWork(space: SpaceId): Promise<readonly LateWork[]>;
  /** Takes late work in or sets it aside, for everybody; adopted entries are then given out like any other. */
  judgeLateWork(
    space: SpaceId,
    decision: {
      readonly verdict: 'adopt' | 'reject';
      readonly envelopes: readonly EnvelopeId[];
      readonly reason: string;
    },
  ): Promise<Result<void>>;
  /** For the highest role among those left, once no owner remains. */
  claimOwnership(space: SpaceId): Promise<Result<void>>;
  membershipHistory(
    space: SpaceId,
    page: { readonly before: number | undefined; readonly limit: number },
  ): Promise<HistoryPage>;
  /** The history as a signed file (docs/spec/membership-export.md). */
  exportMembership(space: SpaceId): Promise<Result<Uint8Array>>;
  /** What was turned round since it was last dismissed; undefined when nothing was. */
  outcome(space: SpaceId): Promise<Outcome | undefined>;
  dismissOutcome(space: SpaceId): Promise<void>;
  /** A private channel or a direct message inside `parent`: the chosen members are asked in by sealed letters. */
  createPrivateSpace(
    parent: SpaceId,
    options: { readonly kind: 'private' | 'direct'; readonly members: readonly MemberId[] },
  ): Promise<Result<SpaceSummary>>;
  /** Asks more members of the parent into a private channel; a direct message stays with those it was made for. */
  inviteToPrivateSpace(space: SpaceId, members: readonly MemberId[]): Promise<Result<void>>;
  /** Members of the parent who are not in this private channel and were not asked by this device; empty where nobody can be asked. */
  privateOutsiders(space: SpaceId): Promise<readonly MemberId[]>;
  /** The private spaces held here inside `parent` that the same person is in. */
  privateMemberships(
    parent: SpaceId,
    member: MemberId,
  ): Promise<readonly { readonly space: SpaceId; readonly who: Named }[]>;
}

const MAX_PAGE_LINES = 200;

export class StewardshipCalls implements StewardshipEngine {
  readonly #parts: EngineParts;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  async lateWork(space: SpaceId): Promise<readonly LateWork[]> {
    const replica = this.#find(space);
    return replica === undefined ? [] : listLateWork(replica);
  }

  judgeLateWork(
    space: SpaceId,
    decision: {
      readonly verdict: 'adopt' | 'reject';
      readonly envelopes: readonly EnvelopeId[];
      readonly reason: string;
    },
  ): Promise<Result<void>> {
    return this.#in(space, async (replica) => {
      const judged = await judgeLateWork(replica, decision);
      if (judged.ok) this.#parts.events.emit({ kind: 'late-work', space });
      return judged;
    });
  }

  claimOwnership(space: SpaceId): Promise<Result<void>> {
    return this.#in(space, claimOwnership);
  }

  membershipHistory(
    space: SpaceId,
    { before, limit }: { readonly before: number | undefined; readonly limit: number },
  ): Promise<HistoryPage> {
    const replica = this.#find(space);
    if (replica === undefined) return Promise.resolve({ lines: [], next: undefined, total: 0 });
    return Promise.resolve(historyPage(replica, { before, limit: Math.min(Math.max(1, limit), MAX_PAGE_LINES) }));
  }

  exportMembership(space: SpaceId): Promise<Result<Uint8Array>> {
    return this.#in(space, async (replica) => ok(await makeMembershipExport(replica)));
  }

  async outcome(space: SpaceId): Promise<Outcome | undefined> {
    const replica = this.#find(space);
    return replica === undefined ? undefined : this.#parts.outcomes.find(replica);
  }

  async dismissOutcome(space: SpaceId): Promise<void> {
    if (this.#find(space) === undefined) return;
    await this.#parts.outcomes.dismiss(space);
    this.#parts.events.emit({ kind: 'outcome', space });
  }

  createPrivateSpace(
    parent: SpaceId,
    options: { readonly kind: 'private' | 'direct'; readonly members: readonly MemberId[] },
  ): Promise<Result<SpaceSummary>> {
    return this.#in(parent, async (replica) => {
      const created = await this.#parts.privateSpaces.create(replica, options);
      return created.ok ? ok(created.value.summary()) : created;
    });
  }

  inviteToPrivateSpace(space: SpaceId, members: readonly MemberId[]): Promise<Result<void>> {
    return this.#in(space, (replica) => this.#parts.privateSpaces.invite(replica, members));
  }

  privateOutsiders(space: SpaceId): Promise<readonly MemberId[]> {
    const replica = this.#find(space);
    return Promise.resolve(replica === undefined ? [] : this.#parts.privateSpaces.outsiders(replica));
  }

  privateMemberships(
    parent: SpaceId,
    member: MemberId,
  ): Promise<readonly { readonly space: SpaceId; readonly who: Named }[]> {
    const replica = this.#find(parent);
    return Promise.resolve(replica === undefined ? [] : this.#parts.privateSpaces.memberships(replica, member));
  }

  #find(space: SpaceId): SpaceReplica | undefined {
    return this.#parts.session.isOpen ? this.#parts.spaces.find(space) : undefined;
  }

  #in<T>(space: SpaceId, work: (replica: SpaceReplica) => Promise<Result<T>>): Promise<Result<T>> {
    if (!this.#parts.session.isOpen) return Promise.resolve(fail('locked'));
    const replica = this.#parts.spaces.find(space);
    return replica === undefined ? Promise.resolve(fail('wrong-space')) : work(replica);
  }
}
