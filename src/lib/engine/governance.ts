/**
 * What a space's own records say: genesis, operations, attests, epochs and boxes, read from stored entries in chain
 * order. Sealed ones whose secret is not held yet stall their author's queue, and move on when a box arrives. It stores
 * and sends nothing; whoever writes asks it what to write under.
 */
import type { EnvelopeId, SpaceId } from '../foundation/ids.ts';
import { isCardValid, verifyClaim } from '../crypto/claims.ts';
import { membershipRefOf, openClear, openEnvelope, spaceIdOf, type VerifiedEnvelope } from '../crypto/envelope-seal.ts';
import type { StoredEntry } from '../log/log-store.ts';
import { MembershipHistory } from '../membership/membership-history.ts';
import type { BranchId, BranchStart, ChainId } from '../membership/own-chains.ts';
import { decodeAttestation } from '../protocol/attest.ts';
import type { EnvelopeType } from '../protocol/envelope.ts';
import { decodeEpochOp } from '../protocol/epoch-op.ts';
import { decodeKeybox } from '../protocol/keybox.ts';
import { decodeMembershipRecord } from '../protocol/membership-codec.ts';
import type { MembershipOp, SpaceParent } from '../protocol/membership-op.ts';
import type { Payload } from '../protocol/payload.ts';
import { heldEnvelope } from './held-envelope.ts';
import { epochIdOf, SpaceKeys, type BoxOpener } from './space-keys.ts';

export const GOVERNANCE_TYPES: readonly EnvelopeType[] = [
  'genesis',
  'membership',
  'epoch',
  'keybox',
  'attest',
  'testimony',
];

export interface Genesis {
  readonly id: EnvelopeId;
  readonly operation: MembershipOp & { readonly op: 'genesis' };
}

type Digestion = 'done' | 'stalled';

export class Governance {
  readonly space: SpaceId;
  readonly keys: SpaceKeys;
  readonly history: MembershipHistory;
  /** Where this replica's copy of the log ends, as far as it was digested. */
  position = 0;
  #genesis: Genesis | undefined;
  readonly #stalled = new Map<ChainId, StoredEntry[]>();
  readonly #branches = new Map<ChainId, BranchStart>();
  readonly #claimedTimes = new Map<EnvelopeId, number>();

  constructor(space: SpaceId, openers: readonly BoxOpener[]) {
    this.space = space;
    this.keys = new SpaceKeys(space, openers);
    this.history = new MembershipHistory({
      space,
      hashHeads: membershipRefOf,
      checks: {
        verifyClaim: (place, claim, invitePk) => verifyClaim(place, claim, invitePk).ok,
        verifyCard: (place, memberId, card) => isCardValid({ space: place, memberId }, card),
      },
    });
  }

  get genesis(): Genesis | undefined {
    return this.#genesis;
  }

  /** The space that this one is shown in. */
  get parent(): SpaceParent | undefined {
    return this.#genesis?.operation.parent;
  }

  /** What an operation's author said about when it was; nothing is decided by it [C5]. */
  claimedTimeOf(operation: EnvelopeId): number {
    return this.#claimedTimes.get(operation) ?? 0;
  }

  /** True while records are held that cannot be read or placed yet: what is unknown may still become known. */
  get isIncomplete(): boolean {
    return this.#genesis === undefined || this.#stalled.size > 0 || this.history.graph.pendingCount > 0;
  }

  /** Takes stored entries, each author's in chain order, entries before them taken already. */
  digest(entries: readonly StoredEntry[]): void {
    for (const entry of entries) {
      this.position = Math.max(this.position, entry.position);
      this.#digestIn(entry.author, entry);
    }
    this.#retryStalled();
  }

  /**
   * Takes entries of a branch that the log does not hold, in chain order, those before them taken already: what stands
   * before the branch, and what stands on it.
   */
  digestBranch(branch: BranchId, start: BranchStart, entries: readonly StoredEntry[]): void {
    this.#branches.set(branch, start);
    this.history.openBranch(branch, start);
    for (const entry of entries) this.#digestIn(branch, entry);
    this.#retryStalled();
  }

  #digestIn(chain: ChainId, entry: StoredEntry): void {
    if (!GOVERNANCE_TYPES.includes(entry.type)) return;
    const queue = this.#stalled.get(chain);
    const mustWait =
      (entry.type === 'membership' || entry.type === 'attest') && this.#isStalledBefore(chain, entry.seq);
    if (mustWait || this.#take(chain, entry) === 'stalled') this.#stalled.set(chain, [...(queue ?? []), entry]);
  }

  /** Whether something waits that the chain holds before `seq`. */
  #isStalledBefore(chain: ChainId, seq: number): boolean {
    for (let place: BranchStart | undefined = { of: chain, seq }; place !== undefined;) {
      if ((this.#stalled.get(place.of)?.[0]?.seq ?? Infinity) < place.seq) return true;
      place = this.#branches.get(place.of);
    }
    return false;
  }

  #retryStalled(): void {
    for (let hasMoved = true; hasMoved;) {
      hasMoved = false;
      for (const [chain, queue] of this.#stalled) {
        const rest = [...queue];
        const start = this.#branches.get(chain);
        const isHeldUp = start !== undefined && this.#isStalledBefore(start.of, start.seq);
        while (!isHeldUp && rest[0] !== undefined && this.#take(chain, rest[0]) === 'done') rest.shift();
        hasMoved ||= rest.length < queue.length;
        if (rest.length === 0) this.#stalled.delete(chain);
        else this.#stalled.set(chain, rest);
      }
    }
  }

  #take(chain: ChainId, entry: StoredEntry): Digestion {
    const envelope = heldEnvelope(entry);
    if (envelope.header.flags.clear) {
      const payload = openClear(envelope);
      if (payload.ok) this.#takeClear(chain, entry, payload.value);
      return 'done';
    }
    return this.#takeSealed(chain, entry, envelope);
  }

  #takeClear(chain: ChainId, entry: StoredEntry, payload: Payload): void {
    if (entry.type === 'genesis') this.#takeGenesis(entry, payload);
    if (entry.type === 'epoch') {
      const op = decodeEpochOp(payload.body);
      const { author, seq, position } = entry;
      const { claimedTime } = payload;
      if (op.ok)
        this.keys.addEpoch({ ...op.value, id: epochIdOf(entry.id), author, chain, seq, position, claimedTime });
    }
    if (entry.type === 'keybox') {
      const box = decodeKeybox(payload.body);
      if (box.ok) this.keys.addBox({ ...box.value, author: entry.author });
    }
  }

  #takeGenesis(entry: StoredEntry, { body, claimedTime }: Payload): void {
    const record = decodeMembershipRecord(body);
    if (!record.ok || record.value.operation.op !== 'genesis' || spaceIdOf(entry.id) !== this.space) return;
    const { id, author, seq, prev } = entry;
    this.#claimedTimes.set(id, claimedTime);
    const outcome = this.history.addOperation({ id, author, seq, prev, record: record.value });
    if (outcome.ok) this.#genesis = { id, operation: record.value.operation };
  }

  /** A record that is void for everybody is done with: only a missing secret or a full waiting room stalls. */
  #takeSealed(chain: ChainId, entry: StoredEntry, envelope: VerifiedEnvelope): Digestion {
    const payload = openEnvelope(envelope, this.keys.content);
    if (!payload.ok) return payload.error.code === 'unknown-epoch' ? 'stalled' : 'done';
    const { id, author, seq, prev } = entry;
    if (entry.type === 'attest') {
      const attest = decodeAttestation(payload.value.body);
      if (attest.ok)
        this.history.addAttest({ author, seq, heads: attest.value.mheads, held: attest.value.chains }, chain);
      return 'done';
    }
    const record = decodeMembershipRecord(payload.value.body);
    if (!record.ok) return 'done';
    this.#claimedTimes.set(id, payload.value.claimedTime);
    const outcome = this.history.addOperation({ id, author, seq, prev, record: record.value }, chain);
    return !outcome.ok && outcome.error.code === 'quota-exceeded' ? 'stalled' : 'done';
  }
}
