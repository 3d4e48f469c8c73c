/**
 * The resolver R(G) of docs/spec/membership.md: what a set of operations amounts to, whatever the order in which they
 * came. Every operation is judged in its own causal past; quarrels are settled per region of concurrency; states are
 * kept by heads. Where nothing is concurrent, a state is the one before plus one operation [M6].
 */
import type { EnvelopeId, SpaceId } from '../foundation/ids.ts';
import { assert } from '../foundation/assert.ts';
import { applyOperation } from './apply-operation.ts';
import { attestsUnder, findForks, findUnconfirmed, type Witness } from './forks.ts';
import { judgeOperation, type Judgement, type SignatureChecks } from './judge-operation.ts';
import { kahnOrder } from './kahn-order.ts';
import type { MembershipGraph, MembershipNode } from './membership-graph.ts';
import { MembershipState, type VoidOperation } from './membership-state.ts';
import { RULES, settleQuarrel, type QuarrelRules, type View } from './quarrel.ts';
import { findRegion } from './region.ts';

export interface ResolverOptions {
  readonly space: SpaceId;
  readonly checks: SignatureChecks;
  /** Other rules than the protocol's, for tests that show what each rule is for [M7]. */
  readonly rules?: QuarrelRules;
}

/** One use of `resolve`, without a memory. */
export function resolve(graph: MembershipGraph, options: ResolverOptions): MembershipState {
  return new MembershipResolver(graph, options).resolve();
}

export class MembershipResolver {
  readonly #graph: MembershipGraph;
  readonly #options: ResolverOptions;
  readonly #rules: QuarrelRules;
  readonly #views: View[] = [];
  /** States at more heads than one, by their indices. */
  readonly #states = new Map<string, MembershipState>();
  /** What each author saw after its own operation; dropped once the operations around it are settled. */
  readonly #seenAfter: (MembershipState | undefined)[] = [];
  /** States at a single head, by its index. */
  readonly #statesAfter: MembershipState[] = [];
  /** Signatures are checked once per operation, whatever else is forgotten. */
  readonly #checked = new Map<EnvelopeId, { readonly invitePk: Uint8Array | undefined; readonly isGood: boolean }>();
  #attestCount = 0;

  constructor(graph: MembershipGraph, options: ResolverOptions) {
    this.#graph = graph;
    this.#options = options;
    this.#rules = options.rules ?? RULES;
  }

  /** The state at `heads`, by default at the graph's own; undefined when one of them is not in the graph. */
  find(heads: readonly EnvelopeId[] = this.#graph.heads()): MembershipState | undefined {
    const nodes = this.#graph.maximal(heads);
    return nodes === undefined ? undefined : this.#resolve(nodes);
  }

  /** Like `find`, for heads that the caller knows to be in the graph. */
  resolve(heads: readonly EnvelopeId[] = this.#graph.heads()): MembershipState {
    const state = this.find(heads);
    assert(state !== undefined, 'heads are in the graph');
    return state;
  }

  #resolve(heads: readonly MembershipNode[]): MembershipState {
    this.#forgetAfterAttest();
    // In graph order every state that a view needs is there already, so nothing recurses deeply.
    const top = heads.reduce((highest, head) => Math.max(highest, head.index), -1);
    for (let index = this.#views.length; index <= top; index++) {
      const node = this.#graph.nodes()[index];
      assert(node !== undefined, 'nodes are dense');
      this.#views.push(this.#look(node));
    }
    return this.#stateAt(heads);
  }

  /** An attest may confirm a branch of a fork; without forks it changes no state. */
  #forgetAfterAttest(): void {
    const count = this.#graph.attestCount;
    if (count !== this.#attestCount && this.#graph.forkedDevices().size > 0) {
      this.#views.length = 0;
      this.#states.clear();
      this.#statesAfter.length = 0;
      this.#seenAfter.length = 0;
    }
    this.#attestCount = count;
  }

  #look(node: MembershipNode): View {
    const known = this.#stateAt(node.parents);
    const { author, id } = node.entry;
    const standing = {
      memberPath: known.memberOf(author)?.path ?? [],
      devicePath: known.device(author)?.path ?? [],
      id,
    };
    const judgement = this.#judge(node, known);
    if (!judgement.isAdmissible) return { node, known, judgement, standing };
    const effect = this.#apply(known, { node, known, judgement });
    if (typeof effect === 'string')
      return { node, known, judgement: { isAdmissible: false, reason: effect }, standing };
    this.#seenAfter[node.index] = effect;
    return { node, known, judgement, standing };
  }

  #judge(node: MembershipNode, known: MembershipState): Judgement {
    if (!node.keepsMemory) return { isAdmissible: false, reason: 'forgot-acknowledged' };
    const { id, author, record } = node.entry;
    const once = (invitePk: Uint8Array | undefined, check: () => boolean): boolean => {
      const checked = this.#checked.get(id);
      if (checked !== undefined && checked.invitePk === invitePk) return checked.isGood;
      const isGood = check();
      this.#checked.set(id, { invitePk, isGood });
      return isGood;
    };
    const { space, checks } = this.#options;
    return judgeOperation({
      operation: record.operation,
      author,
      state: known,
      verifyClaim: (claim, invitePk) =>
        once(invitePk, () => {
          return checks.verifyClaim(space, claim, invitePk) && checks.verifyCard(space, claim.memberId, claim.card);
        }),
      verifyCard: (member, card) => once(undefined, () => checks.verifyCard(space, member, card)),
    });
  }

  #stateAt(heads: readonly MembershipNode[]): MembershipState {
    const [only] = heads;
    if (only === undefined) return MembershipState.empty;
    if (heads.length === 1) return this.#stateAfter(only);
    const key = heads.map((head) => head.index).join();
    const kept = this.#states.get(key);
    if (kept !== undefined) return kept;
    const state = this.#derive(heads).with({ heads: heads.map((head) => head.entry.id) });
    this.#states.set(key, state);
    return state;
  }

  #stateAfter(head: MembershipNode): MembershipState {
    const kept = this.#statesAfter[head.index];
    if (kept !== undefined) return kept;
    const state = this.#derive([head]).with({ heads: [head.entry.id] });
    this.#statesAfter[head.index] = state;
    return state;
  }

  #derive(heads: readonly MembershipNode[]): MembershipState {
    const forks = findForks(this.#graph, heads);
    const [only] = heads;
    if (only !== undefined && heads.length === 1 && forks.size === 0) return this.#step(this.#view(only));
    const region = findRegion(heads, new Set(forks.keys()));
    const views = region.nodes.map((node) => this.#view(node));
    const voids = new Map<EnvelopeId, VoidOperation>();
    for (const node of this.#unconfirmed(heads, forks, views)) {
      voids.set(node.entry.id, { reason: 'fork-unconfirmed', by: forks.get(node)?.[0]?.entry.id });
    }
    const state = this.#replay(this.#stateAt(region.base), views, voids);
    for (const node of region.nodes) this.#seenAfter[node.index] = undefined;
    return state;
  }

  #view(node: MembershipNode): View {
    return this.#views[node.index] ?? this.#look(node);
  }

  #step(view: View): MembershipState {
    const { known, judgement, node } = view;
    const { id } = node.entry;
    if (!judgement.isAdmissible)
      return known.with({ voids: known.voids.set(id, { reason: judgement.reason, by: undefined }) });
    const after = this.#seenAfter[node.index] ?? this.#apply(known, view);
    assert(typeof after !== 'string', 'an admissible operation has an effect on what its author knew');
    return after;
  }

  #apply(
    state: MembershipState,
    { node, known, judgement }: Pick<View, 'node' | 'known' | 'judgement'>,
  ): ReturnType<typeof applyOperation> {
    return applyOperation(state, {
      node,
      known,
      lowersTo: judgement.isAdmissible ? judgement.lowersTo : undefined,
      isInPast: (id) => {
        const other = this.#graph.find(id);
        return other !== undefined && node.past.has(other.index);
      },
    });
  }

  #unconfirmed(
    heads: readonly MembershipNode[],
    forks: ReadonlyMap<MembershipNode, readonly MembershipNode[]>,
    views: readonly View[],
  ): ReadonlySet<MembershipNode> {
    if (forks.size === 0) return new Set();
    const byOperation = views
      .filter((view) => view.judgement.isAdmissible)
      .map(({ node, known }): Witness => ({ heads: node.parents, author: node.entry.author, knownState: () => known }));
    const byAttest = attestsUnder(this.#graph, heads).map(({ attest, seen }): Witness => ({
      heads: seen,
      author: attest.author,
      knownState: () => this.#stateAt(seen),
    }));
    return findUnconfirmed(forks, [...byOperation, ...byAttest]);
  }

  /** Replays what stands. What replay refuses is void from the start, so the quarrel is settled anew without it. */
  #replay(
    base: MembershipState,
    views: readonly View[],
    outset: ReadonlyMap<EnvelopeId, VoidOperation>,
  ): MembershipState {
    const voidFromStart = new Map(outset);
    const ordered = kahnOrder(views);
    for (;;) {
      const voids = settleQuarrel({ views, base, voids: voidFromStart, rules: this.#rules });
      let state = base;
      for (const [id, ruling] of voids) state = state.with({ voids: state.voids.set(id, ruling) });
      const before = voidFromStart.size;
      for (const view of ordered) {
        const { id } = view.node.entry;
        if (voids.has(id)) continue;
        const effect = this.#isSupported(state, view) ? this.#apply(state, view) : 'unsupported';
        if (typeof effect !== 'string') {
          state = effect;
          continue;
        }
        const ruling = { reason: effect, by: undefined };
        state = state.with({ voids: state.voids.set(id, ruling) });
        if (effect !== 'unsupported') voidFromStart.set(id, ruling);
      }
      if (voidFromStart.size === before) return state;
    }
  }

  #isSupported(state: MembershipState, { judgement }: View): boolean {
    return judgement.isAdmissible && judgement.supports.every((group) => group.some((id) => !state.voids.has(id)));
  }
}
