/**
 * The operations of one space as a graph: who knew of what when it acted. It judges nothing but shape and rule M,
 * both of which an operation's own bytes and chain decide for ever (docs/spec/membership.md §2). An operation whose
 * parents are missing waits, within bounds.
 */
import type { DeviceId, EnvelopeId } from '../foundation/ids.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import type { MembershipRecord } from '../protocol/membership-op.ts';
import { PastSet } from './past-set.ts';

export const MAX_PARENTS = 16;
export const MAX_PENDING_PER_AUTHOR = 512;
export const MAX_PENDING = 8192;

/** One verified type 0 or type 1 envelope, and what its author's chain had acknowledged before it. */
export interface MembershipEntry {
  readonly id: EnvelopeId;
  readonly author: DeviceId;
  readonly seq: number;
  readonly prev: EnvelopeId;
  readonly record: MembershipRecord;
  /** The author's membership operation before this one in its chain; undefined at its first. */
  readonly previous: EnvelopeId | undefined;
  /** Heads that the author attested between `previous` and this entry. */
  readonly acknowledged: readonly EnvelopeId[];
}

/** A verified attest (type 6): the author had seen these membership heads and held these chain positions. */
export interface Attest {
  readonly author: DeviceId;
  readonly seq: number;
  readonly heads: readonly EnvelopeId[];
  readonly held: readonly { readonly device: DeviceId; readonly seq: number }[];
}

/** An entry in its place: `index` grows along every path, and nothing depends on it but speed. */
export interface MembershipNode {
  readonly entry: MembershipEntry;
  readonly index: number;
  readonly past: PastSet;
  /** The parents without those that lie in the past of another. */
  readonly parents: readonly MembershipNode[];
  /** Rule M: the past holds all that the same device had acknowledged before. */
  readonly keepsMemory: boolean;
}

export type AddOutcome = 'added' | 'pending' | 'known';

export class MembershipGraph {
  readonly #nodes: MembershipNode[] = [];
  readonly #byId = new Map<EnvelopeId, MembershipNode>();
  #heads: readonly MembershipNode[] = [];
  readonly #pending = new Map<EnvelopeId, MembershipEntry>();
  readonly #waiting = new Map<EnvelopeId, Set<EnvelopeId>>();
  readonly #pendingOf = new Map<DeviceId, number>();
  readonly #byAuthor = new Map<DeviceId, MembershipNode[]>();
  /** The operation that each placed one follows in its chain; of a first one its author. */
  readonly #followed = new Set<EnvelopeId | DeviceId>();
  readonly #forked = new Set<DeviceId>();
  /** By author and heads. */
  readonly #attests = new Map<string, Attest>();

  /** Takes a verified entry. A failure changed nothing; `pending` entries join by themselves when parents come. */
  add(entry: MembershipEntry): Result<AddOutcome> {
    if (this.#byId.has(entry.id) || this.#pending.has(entry.id)) return ok('known');
    const misshapen = this.#misshapen(entry);
    if (misshapen !== undefined) return fail('malformed', misshapen);
    const missing = entry.record.parents.filter((parent) => !this.#byId.has(parent));
    if (missing.length > 0) return this.#postpone(entry, missing);
    this.#place(entry);
    this.#release(entry.id);
    return ok('added');
  }

  /**
   * Takes a verified attest; its heads may still be unknown. Of one author's attests with the same heads one is
   * kept, with the highest positions of all, so that what is kept grows with the membership and not with time.
   */
  attest(attest: Attest): void {
    const heads = [...attest.heads].sort();
    const key = `${attest.author}:${heads.join()}`;
    const kept = this.#attests.get(key);
    const held = new Map(kept?.held.map(({ device, seq }) => [device, seq]));
    for (const { device, seq } of attest.held) held.set(device, Math.max(seq, held.get(device) ?? -1));
    this.#attests.set(key, {
      author: attest.author,
      seq: Math.max(attest.seq, kept?.seq ?? 0),
      heads,
      held: [...held].map(([device, seq]) => ({ device, seq })),
    });
  }

  has(id: EnvelopeId): boolean {
    return this.#byId.has(id);
  }

  find(id: EnvelopeId): MembershipNode | undefined {
    return this.#byId.get(id);
  }

  /** The operations that no other has in its past, rule M's void ones aside; sorted. */
  heads(): readonly EnvelopeId[] {
    return this.#heads.map((head) => head.entry.id).sort();
  }

  /** `id` and all before it, in an order in which parents come first. */
  past(id: EnvelopeId): readonly MembershipEntry[] {
    const node = this.#byId.get(id);
    if (node === undefined) return [];
    return this.#nodes
      .filter((other) => other.index === node.index || node.past.has(other.index))
      .map((other) => other.entry);
  }

  /** Whether `id` is among `heads` or in their past. */
  isKnownAt(id: EnvelopeId, heads: readonly EnvelopeId[]): boolean {
    const node = this.#byId.get(id);
    if (node === undefined) return false;
    return heads.some((head) => head === id || this.#byId.get(head)?.past.has(node.index) === true);
  }

  /** All placed operations, parents first. */
  nodes(): readonly MembershipNode[] {
    return this.#nodes;
  }

  attests(): readonly Attest[] {
    return [...this.#attests.values()];
  }

  get attestCount(): number {
    return this.#attests.size;
  }

  /** The placed operations of one device, on all branches of its chain. */
  operationsOf(device: DeviceId): readonly MembershipNode[] {
    return this.#byAuthor.get(device) ?? [];
  }

  /** Devices of which two operations follow the same one. */
  forkedDevices(): ReadonlySet<DeviceId> {
    return this.#forked;
  }

  /** The ids that entries wait for. */
  missing(): readonly EnvelopeId[] {
    return [...this.#waiting.keys()].filter((id) => !this.#pending.has(id)).sort();
  }

  get size(): number {
    return this.#nodes.length;
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  /** Those of `ids` that do not lie in the past of another, sorted; undefined when one is unknown. */
  maximal(ids: readonly EnvelopeId[]): readonly MembershipNode[] | undefined {
    const nodes: MembershipNode[] = [];
    for (const id of ids.length < 2 ? ids : new Set(ids)) {
      const node = this.#byId.get(id);
      if (node === undefined) return undefined;
      nodes.push(node);
    }
    return maximalNodes(nodes);
  }

  #misshapen(entry: MembershipEntry): string | undefined {
    const { parents, operation } = entry.record;
    if (parents.length > MAX_PARENTS) return 'too many parents';
    if (parents.some((parent, i) => i > 0 && parent <= (parents[i - 1] ?? ''))) return 'parents not sorted';
    if (operation.op !== 'genesis') return parents.length === 0 ? 'no parents' : undefined;
    if (parents.length > 0 || entry.seq !== 0) return 'genesis must come first';
    if (operation.keys.device !== entry.author) return 'genesis by another device';
    return this.#nodes.length > 0 ? 'second genesis' : undefined;
  }

  #postpone(entry: MembershipEntry, missing: readonly EnvelopeId[]): Result<AddOutcome> {
    const own = this.#pendingOf.get(entry.author) ?? 0;
    if (own >= MAX_PENDING_PER_AUTHOR || this.#pending.size >= MAX_PENDING)
      return fail('quota-exceeded', 'pending operations');
    this.#pendingOf.set(entry.author, own + 1);
    this.#pending.set(entry.id, entry);
    for (const parent of missing) {
      const waiting = this.#waiting.get(parent) ?? new Set();
      this.#waiting.set(parent, waiting.add(entry.id));
    }
    return ok('pending');
  }

  #release(placed: EnvelopeId): void {
    const queue = [placed];
    for (let parent = queue.pop(); parent !== undefined; parent = queue.pop()) {
      const waiting = this.#waiting.get(parent);
      this.#waiting.delete(parent);
      for (const id of waiting ?? []) {
        const entry = this.#pending.get(id);
        if (entry === undefined || entry.record.parents.some((other) => !this.#byId.has(other))) continue;
        this.#pending.delete(id);
        this.#pendingOf.set(entry.author, (this.#pendingOf.get(entry.author) ?? 1) - 1);
        this.#place(entry);
        queue.push(id);
      }
    }
  }

  #place(entry: MembershipEntry): void {
    const parents = this.maximal(entry.record.parents) ?? [];
    const past = PastSet.following(parents);
    const keepsMemory = this.#keepsMemory(entry, past);
    const node: MembershipNode = { entry, index: this.#nodes.length, past, parents, keepsMemory };
    this.#nodes.push(node);
    this.#byId.set(entry.id, node);
    this.#join(node);
    if (!keepsMemory) return;
    this.#heads = [...this.#heads.filter((head) => !past.has(head.index)), node];
  }

  /** Two operations of one device that follow the same one are a fork. */
  #join(node: MembershipNode): void {
    const { author, previous } = node.entry;
    const branch = previous ?? author;
    if (this.#followed.has(branch)) this.#forked.add(author);
    this.#followed.add(branch);
    const own = this.#byAuthor.get(author);
    if (own === undefined) this.#byAuthor.set(author, [node]);
    else own.push(node);
  }

  /** Walks back over the author's own operations until one that kept its memory vouches for all before it. */
  #keepsMemory(entry: MembershipEntry, past: PastSet): boolean {
    const holds = (id: EnvelopeId): boolean => {
      const node = this.#byId.get(id);
      return node !== undefined && past.has(node.index);
    };
    for (let own: MembershipEntry | undefined = entry; own !== undefined;) {
      if (!own.acknowledged.every(holds)) return false;
      if (own.previous === undefined) return true;
      if (!holds(own.previous)) return false;
      const previous = this.#byId.get(own.previous);
      if (previous?.keepsMemory === true) return true;
      own = previous?.entry;
    }
    return true;
  }
}

export function maximalNodes(nodes: readonly MembershipNode[]): readonly MembershipNode[] {
  if (nodes.length < 2) return nodes;
  return nodes
    .filter((node) => !nodes.some((other) => other.past.has(node.index)))
    .sort((a, b) => (a.entry.id < b.entry.id ? -1 : 1));
}

/** Neither knew of the other. */
export function isConcurrent(a: MembershipNode, b: MembershipNode): boolean {
  return a !== b && !a.past.has(b.index) && !b.past.has(a.index);
}
