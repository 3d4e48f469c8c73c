/**
 * The membership of one space as this replica holds it: feed it every verified membership operation and attest, each
 * device's in chain order, and ask for states, for what to write next, and for judgements on content.
 * [Note: mref] An entry names the heads its author held by their hash. An author announces heads that are new to it
 * with an attest of its own before the first entry that uses them, so that everyone can find the heads again.
 */
import type { DeviceId, EnvelopeId, MembershipRef, SpaceId } from '../foundation/ids.ts';
import { assert } from '../foundation/assert.ts';
import type { Result } from '../foundation/result.ts';
import { judgeContent, type ContentClaim, type ContentJudgement, type HeldPosition } from './judge-content.ts';
import type { SignatureChecks } from './judge-operation.ts';
import {
  MembershipGraph,
  MAX_PARENTS,
  type AddOutcome,
  type Attest,
  type MembershipEntry,
} from './membership-graph.ts';
import type { MembershipState, VoidOperation } from './membership-state.ts';
import { OwnChains, type BranchId, type BranchStart, type ChainId } from './own-chains.ts';
import { MembershipResolver } from './resolver.ts';

export interface MembershipPorts {
  readonly space: SpaceId;
  readonly checks: SignatureChecks;
  /** The `mref` of sorted heads. */
  readonly hashHeads: (heads: readonly EnvelopeId[]) => MembershipRef;
}

/** A verified type 0 or type 1 envelope, its payload opened. */
export type VerifiedOperation = Omit<MembershipEntry, 'previous' | 'acknowledged'>;

/** [M5] An operation whose standing changed through what came late. */
export interface OutcomeChange {
  readonly id: EnvelopeId;
  /** Why it is void now; undefined when it stands again. */
  readonly now: VoidOperation | undefined;
}

export class MembershipHistory {
  readonly #graph = new MembershipGraph();
  readonly #resolver: MembershipResolver;
  readonly #chains = new OwnChains();
  readonly #headsOf = new Map<MembershipRef, readonly EnvelopeId[]>();
  readonly #ports: MembershipPorts;

  constructor(ports: MembershipPorts) {
    this.#ports = ports;
    this.#resolver = new MembershipResolver(this.#graph, { space: ports.space, checks: ports.checks });
  }

  get graph(): MembershipGraph {
    return this.#graph;
  }

  /**
   * Takes an operation. All earlier operations and attests of its author's chain must have been given before. After a
   * failure with `quota-exceeded` it must be offered again, once what the graph waits for has come.
   */
  addOperation(operation: VerifiedOperation, chain: ChainId = operation.author): Result<AddOutcome> {
    const { previous, attested } = this.#chains.before(chain, operation.seq);
    const outcome = this.#graph.add({ ...operation, previous, acknowledged: attested });
    const isPartOfChain = outcome.ok || outcome.error.code === 'quota-exceeded';
    if (isPartOfChain) {
      this.#chains.recordOperation(chain, operation.seq, operation.id);
      this.#learn([operation.id]);
    }
    return outcome;
  }

  /** Takes an attest, its author's earlier entries given before; its heads may still be unknown. */
  addAttest(attest: Attest, chain: ChainId = attest.author): void {
    this.#chains.recordAttest(chain, attest.seq, attest.heads);
    this.#learn(attest.heads);
    this.#graph.attest(attest);
  }

  /**
   * A branch of a chain that forked, other than the one in the log: its operations and attests come under its name, so
   * that rules M and F judge what stands on it as they do where it is the one in the log.
   */
  openBranch(branch: BranchId, start: BranchStart): void {
    this.#chains.openBranch(branch, start);
  }

  /** The state at all heads this replica holds. */
  current(): MembershipState {
    return this.#resolver.resolve();
  }

  /** The state at given heads; undefined while one of them is unknown. */
  findState(heads: readonly EnvelopeId[]): MembershipState | undefined {
    return this.#resolver.find(heads);
  }

  /** The heads behind an `mref`; undefined until their author's announcement is here. */
  findHeads(mref: MembershipRef): readonly EnvelopeId[] | undefined {
    return this.#headsOf.get(mref);
  }

  /** The parents of the next operation of `author`, and the heads its next entry refers to: at most 16, sorted. */
  headsFor(author: DeviceId): readonly EnvelopeId[] {
    const { previous, attested } = this.#chains.before(author, Infinity);
    const required = (previous === undefined ? attested : [previous, ...attested]).filter((id) => this.#graph.has(id));
    const all = this.#graph.maximal([...this.#graph.heads(), ...required]) ?? [];
    const ids = all.map((node) => node.entry.id);
    if (ids.length <= MAX_PARENTS) return ids.sort();
    // Rule M comes first: what was acknowledged stays acknowledged. The rest is merged by the operations to come.
    const chosen = new Set<EnvelopeId>();
    for (const id of required) {
      if (this.#graph.isKnownAt(id, [...chosen])) continue;
      const cover = ids.find((head) => this.#graph.isKnownAt(id, [head]));
      if (cover !== undefined) chosen.add(cover);
    }
    for (const id of ids) if (chosen.size < MAX_PARENTS) chosen.add(id);
    return [...chosen].sort();
  }

  /** The heads that `author` must attest before its next entry; undefined when it has announced them already. */
  findAnnouncement(author: DeviceId): readonly EnvelopeId[] | undefined {
    const heads = this.headsFor(author);
    return heads.join() === [...this.#chains.latest(author)].sort().join() ? undefined : heads;
  }

  /** The `mref` of the next entry of `author`, its announcement made. */
  mrefFor(author: DeviceId): MembershipRef {
    return this.#ports.hashHeads(this.headsFor(author));
  }

  /** Judges an entry by what its author knew; `unknown-membership` means: ask again when more has come. */
  judge(claim: ContentClaim & { readonly mref: MembershipRef }): ContentJudgement {
    const named = this.#headsOf.get(claim.mref);
    return named === undefined ? { refused: 'unknown-membership' } : this.judgeAt(claim, named);
  }

  /** The same for an entry that names its heads themselves. */
  judgeAt(claim: ContentClaim, named: readonly EnvelopeId[], chain: ChainId = claim.author): ContentJudgement {
    // A device cannot unknow what its chain acknowledged, whatever older heads an entry names.
    const { previous, attested } = this.#chains.before(chain, claim.seq);
    const acknowledged = previous === undefined ? attested : [previous, ...attested];
    const heads = [...named, ...acknowledged];
    const known = this.#resolver.find(heads);
    if (known === undefined) return { refused: 'unknown-membership' };
    return judgeContent(claim, {
      known,
      knew: (operation) => this.#graph.isKnownAt(operation, heads),
      current: this.current(),
      held: () => this.#positionsOf(claim.author),
    });
  }

  /** [M5] What stands differently in `after` among the operations that `before` knew. */
  compare(before: MembershipState, after: MembershipState): readonly OutcomeChange[] {
    const changes: OutcomeChange[] = [];
    for (const [id, now] of after.voids.entries()) {
      if (!before.voids.has(id) && this.#graph.isKnownAt(id, before.heads)) changes.push({ id, now });
    }
    for (const id of before.voids.keys()) {
      if (!after.voids.has(id) && this.#graph.isKnownAt(id, after.heads)) changes.push({ id, now: undefined });
    }
    return changes;
  }

  #learn(heads: readonly EnvelopeId[]): void {
    const sorted = [...heads].sort();
    this.#headsOf.set(this.#ports.hashHeads(sorted), sorted);
  }

  #positionsOf(device: DeviceId): readonly HeldPosition[] {
    const positions: HeldPosition[] = [];
    for (const { author, heads, held } of this.#graph.attests()) {
      const seq = held.find((position) => position.device === device)?.seq;
      if (seq === undefined || this.#graph.maximal(heads) === undefined) continue;
      positions.push({
        author,
        seq,
        knew: (operation) => this.#graph.isKnownAt(operation, heads),
        knownState: () => {
          const state = this.#resolver.find(heads);
          assert(state !== undefined, 'the heads of the attest are in the graph');
          return state;
        },
      });
    }
    return positions;
  }
}
