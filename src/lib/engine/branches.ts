/**
 * Chains that forked: the log holds one branch of each, and testimonies tell the others. What stands on a branch is
 * believed for its author's signature and its place for its hash links, so it is judged as it is where it is the one in
 * the log, and all replicas come to the same members [F][M4]. Who holds a branch that decided something tells it, once
 * others are known to hold another one. Content of branches that are not in the log is not opened.
 */
import type { DeviceId, EnvelopeId, SpaceId } from '../foundation/ids.ts';
import { ZERO_ENVELOPE } from '../foundation/ids.ts';
import { openClear, verifyEnvelope, type VerifiedEnvelope } from '../crypto/envelope-seal.ts';
import type { ChainState, LogStore, StoredEntry } from '../log/log-store.ts';
import type { BranchId, BranchStart, ChainId } from '../membership/own-chains.ts';
import { isChainedType } from '../protocol/envelope.ts';
import { decodeTestimony, joinTestimonies, type Testimony } from '../protocol/testimony.ts';
import { heldEnvelope, logEntryOf } from './held-envelope.ts';
import { Turns } from './turns.ts';

export interface BranchesPorts {
  readonly space: SpaceId;
  readonly store: LogStore;
  /** Takes what a branch says about the space, in chain order. */
  readonly digest: (branch: BranchId, start: BranchStart, entries: readonly StoredEntry[]) => void;
  /** [C4] An entry that was told stands in the place of another one in the log. */
  readonly onFork: (witness: VerifiedEnvelope) => void;
}

/** Where a testimony stands in the log. */
export interface ToldAt {
  readonly author: DeviceId;
  readonly seq: number;
  readonly position: number;
}

interface Told {
  readonly entry: StoredEntry;
  readonly at: ToldAt;
  /** The log holds another entry before it: only what is told can show its place. */
  isOffLog: boolean;
}

/** An entry in its place; `branch` undefined where the log holds it. */
interface Joined extends Pick<StoredEntry, 'author' | 'seq'> {
  readonly branch: BranchId | undefined;
  readonly at: ToldAt;
  /** Of operations. */
  readonly bytes: Uint8Array | undefined;
}

interface Start extends BranchStart {
  readonly author: DeviceId;
  readonly first: VerifiedEnvelope;
}

type Heads = ReadonlyMap<DeviceId, ChainState>;

/** Of one device; what is told beyond is not heard, and what is held beyond is not told. */
export const MAX_TOLD_ENTRIES = 8192;
export const MAX_TOLD_BYTES = 32 * 2 ** 20;
/** Of all devices together, while their places are unknown. */
const MAX_WAITING = 2 * MAX_TOLD_ENTRIES;
const PAGE = 256;

export class Branches {
  readonly #ports: BranchesPorts;
  readonly #parts = new Map<ChainId, readonly Testimony[]>();
  readonly #waiting = new Map<EnvelopeId, Told>();
  readonly #joined = new Map<EnvelopeId, Joined>();
  readonly #starts = new Map<BranchId, Start>();
  /** The entry that continues a branch after the given one; another one after the same begins a branch of its own. */
  readonly #next = new Map<EnvelopeId, EnvelopeId>();
  readonly #heard = new Map<DeviceId, { readonly entries: number; readonly bytes: number }>();
  /** Where others are known to hold another branch than the log. */
  readonly #forks = new Map<DeviceId, number>();
  /** Up to where all that decided something has been told. */
  readonly #toldUpTo = new Map<DeviceId, number>();
  readonly #turns = new Turns();
  #untold: readonly StoredEntry[] = [];

  constructor(ports: BranchesPorts) {
    this.#ports = ports;
  }

  /** What the log holds of chains of which others hold another branch, and nobody has told yet. */
  get untold(): readonly StoredEntry[] {
    return this.#untold;
  }

  /** An operation that stands on a branch which the log does not hold: its bytes and where it was told. */
  find(operation: EnvelopeId): { readonly at: ToldAt; readonly bytes: Uint8Array } | undefined {
    const { branch, at, bytes } = this.#joined.get(operation) ?? {};
    return branch === undefined || at === undefined || bytes === undefined ? undefined : { at, bytes };
  }

  /** Others hold another entry of the chain at `seq`, and the same ones before it. */
  noteFork(device: DeviceId, seq: number): void {
    if (seq >= (this.#forks.get(device) ?? Infinity)) return;
    this.#forks.set(device, seq);
    this.#toldUpTo.delete(device);
  }

  /** Takes stored entries, each author's in chain order; what is no testimony is passed over. */
  take(entries: readonly StoredEntry[]): void {
    for (const entry of entries) if (entry.type === 'testimony') this.#hear(entry.author, entry, entry);
  }

  /** Finds the places of what was told, digests it, and looks for what should be told of the log, `own` chain aside. */
  async look(own: DeviceId): Promise<void> {
    if (this.#waiting.size === 0 && this.#starts.size === 0 && this.#forks.size === 0) return;
    await this.#turns.run(() => this.#lookNow(own));
  }

  async #lookNow(own: DeviceId): Promise<void> {
    const heads = await this.#ports.store.heads(this.#ports.space);
    while (await this.#joinSome(heads));
    await this.#findForks(heads);
    const untold: StoredEntry[] = [];
    for (const [device, seq] of this.#forks) {
      if (device !== own) untold.push(...(await this.#untoldOf(device, seq, heads.get(device))));
    }
    this.#untold = untold;
  }

  #hear(chain: ChainId, entry: StoredEntry, { author, seq, position }: ToldAt): void {
    const payload = openClear(heldEnvelope(entry));
    const testimony = payload.ok ? decodeTestimony(payload.value.body) : payload;
    if (!testimony.ok) return;
    const { id, part, parts } = testimony.value;
    const before = this.#parts.get(chain) ?? [];
    this.#parts.delete(chain);
    // A chain tells the parts of an entry one after another, or tells nothing.
    const isNext = part === 0 || (part === before.length && before[0]?.id === id && before[0].parts === parts);
    if (!isNext || this.#waiting.has(id) || this.#joined.has(id)) return;
    const told = part === 0 ? [testimony.value] : [...before, testimony.value];
    if (told.length < parts) {
      this.#parts.set(chain, told);
      return;
    }
    const envelope = verifyEnvelope(joinTestimonies(told));
    if (!envelope.ok || envelope.value.id !== id || !this.#isOfHere(envelope.value) || !this.#hasRoom(envelope.value))
      return;
    const at = { author, seq, position };
    this.#waiting.set(id, { entry: { ...logEntryOf(envelope.value), position }, at, isOffLog: false });
  }

  #isOfHere({ header }: VerifiedEnvelope): boolean {
    return isChainedType(header.type) && header.type !== 'genesis' && header.space === this.#ports.space;
  }

  #hasRoom({ header, bytes }: VerifiedEnvelope): boolean {
    const heard = this.#heard.get(header.author) ?? { entries: 0, bytes: 0 };
    const isFull = heard.entries >= MAX_TOLD_ENTRIES || heard.bytes + bytes.length > MAX_TOLD_BYTES;
    if (isFull || this.#waiting.size >= MAX_WAITING) return false;
    this.#heard.set(header.author, { entries: heard.entries + 1, bytes: heard.bytes + bytes.length });
    return true;
  }

  async #joinSome(heads: Heads): Promise<boolean> {
    let hasJoined = false;
    const inOrder = [...this.#waiting.values()].sort((a, b) => a.entry.seq - b.entry.seq);
    for (const told of inOrder) {
      const { entry, at } = told;
      const place = this.#placeAfter(entry) ?? (await this.#placeInLog(told, heads));
      if (place === undefined) continue;
      hasJoined = true;
      const { id, author, seq, type } = entry;
      const branch = place === 'in-log' ? undefined : place;
      this.#waiting.delete(id);
      this.#joined.set(id, { author, seq, branch, at, bytes: type === 'membership' ? entry.bytes : undefined });
      const start = branch === undefined ? undefined : this.#starts.get(branch);
      if (branch === undefined || start === undefined) continue;
      this.#ports.digest(branch, start, [entry]);
      if (type === 'testimony') this.#hear(branch, entry, at);
    }
    return hasJoined;
  }

  /** The branch that an entry continues, or begins after an entry of another one. */
  #placeAfter(entry: StoredEntry): BranchId | undefined {
    const { id, author, seq, prev } = entry;
    const follows = this.#joined.get(prev);
    if (follows?.branch === undefined || follows.author !== author || follows.seq !== seq - 1) return undefined;
    if (this.#next.has(prev)) return this.#begin(entry, follows.branch);
    this.#next.set(prev, id);
    return follows.branch;
  }

  async #placeInLog(told: Told, heads: Heads): Promise<BranchId | 'in-log' | undefined> {
    const { id, author, seq, prev } = told.entry;
    if (told.isOffLog || (heads.get(author)?.seq ?? -1) < seq - 1) return undefined;
    const [before, held] = await this.#around(author, seq);
    if (held?.id === id) return 'in-log';
    if (prev === (seq === 0 ? ZERO_ENVELOPE : before?.id)) return this.#begin(told.entry, author);
    told.isOffLog = true;
    return undefined;
  }

  #begin(entry: StoredEntry, of: ChainId): BranchId {
    const { id, author, seq } = entry;
    this.#starts.set(id, { of, seq, author, first: heldEnvelope(entry) });
    return id;
  }

  /** What the log holds of a chain at `seq − 1` and at `seq`. */
  async #around(author: DeviceId, seq: number): Promise<readonly [StoredEntry | undefined, StoredEntry | undefined]> {
    const fromSeq = Math.max(0, seq - 1);
    const { space, store } = this.#ports;
    const held = await store.read(space, { by: 'author', author, fromSeq, limit: 2 });
    return [held.find((entry) => entry.seq === seq - 1), held.find((entry) => entry.seq === seq)];
  }

  async #findForks(heads: Heads): Promise<void> {
    for (const [branch, { of, seq, author, first }] of this.#starts) {
      const isKnown = of !== author || seq >= (this.#forks.get(author) ?? Infinity);
      if (isKnown || (heads.get(author)?.seq ?? -1) < seq) continue;
      const [, held] = await this.#around(author, seq);
      if (held === undefined || held.id === branch) continue;
      this.noteFork(author, seq);
      this.#ports.onFork(first);
    }
  }

  /** From the fork up to the last entry that decides something: what decides nothing need not be told. */
  async #untoldOf(author: DeviceId, seq: number, head: ChainState | undefined): Promise<readonly StoredEntry[]> {
    const last = head?.governanceSeq ?? -1;
    if (last < seq || last <= (this.#toldUpTo.get(author) ?? -1)) return [];
    const { space, store } = this.#ports;
    const untold: StoredEntry[] = [];
    let count = 0;
    let bytes = 0;
    for (let fromSeq = seq; fromSeq <= last && count < MAX_TOLD_ENTRIES && bytes < MAX_TOLD_BYTES;) {
      const limit = Math.min(PAGE, last + 1 - fromSeq);
      const page = await store.read(space, { by: 'author', author, fromSeq, limit });
      if (page.length === 0) break;
      for (const entry of page) {
        bytes += entry.bytes.length;
        if (!this.#waiting.has(entry.id) && !this.#joined.has(entry.id)) untold.push(entry);
      }
      count += page.length;
      fromSeq += page.length;
    }
    if (untold.length === 0) this.#toldUpTo.set(author, last);
    return untold;
  }
}
