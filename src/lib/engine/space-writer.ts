/**
 * Everything this device adds to one space. Writes take turns; content that waits while one transaction runs goes
 * into the next together. Before content come, in the same transaction, the epoch that K3 asks for and the attest that
 * announces new membership heads (membership.md: mref). What resolved is durable and digested.
 */
import { assert } from '../foundation/assert.ts';
import type { Clock } from '../foundation/clock.ts';
import type { DeviceId, DocumentId, EnvelopeId, EpochId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import { membershipRefOf } from '../crypto/envelope-seal.ts';
import type { SigningKeyPair } from '../crypto/keys.ts';
import type { ChainHead, LogEntry, LogStore, StoredEntry } from '../log/log-store.ts';
import { rankToWrite } from '../membership/judge-content.ts';
import { rankOf, type MembershipState } from '../membership/membership-state.ts';
import { RANKS } from '../membership/seniority.ts';
import { encodeAttestation, id16Of, type AttestedChain } from '../protocol/attest.ts';
import { encodeEpochOp } from '../protocol/epoch-op.ts';
import { encodeKeybox } from '../protocol/keybox.ts';
import { encodeMembershipRecord } from '../protocol/membership-codec.ts';
import type { MembershipOp } from '../protocol/membership-op.ts';
import { encodeTestimony, testimoniesOf } from '../protocol/testimony.ts';
import { ChainSealer } from './chain-sealer.ts';
import type { Governance } from './governance.ts';
import { epochIdOf } from './space-keys.ts';
import { Turns } from './turns.ts';

export interface WriterPorts {
  readonly store: LogStore;
  readonly random: Random;
  readonly clock: Clock;
  /** Called with what was stored, digested already, before the write resolves. */
  readonly onWritten: (entries: readonly StoredEntry[]) => void;
  /** [C2] Others hold another chain of this device: nothing is added but what a person wrote, which is kept. */
  readonly isForked?: () => boolean;
  /** [C2] Awaited before the first write to a chain that was there already. */
  readonly whenHeadKnown?: () => Promise<void>;
}

export interface ContentDraft {
  readonly type: 'update' | 'snapshot';
  readonly document: DocumentId;
  readonly body: Uint8Array;
  /** [K4] Written only while these are the members: somebody who came since may not read what it holds. */
  readonly onlyFor?: MembershipState;
}

interface Waiting {
  readonly draft: ContentDraft;
  readonly settle: (outcome: Result<StoredEntry>) => void;
  readonly abandon: (reason: unknown) => void;
}

const MAX_BATCH_ENTRIES = 128;
const MAX_BATCH_BYTES = 4 * 2 ** 20;

export class SpaceWriter {
  readonly #ports: WriterPorts;
  readonly #governance: Governance;
  readonly #author: SigningKeyPair;
  readonly #turns = new Turns();
  #waiting: Waiting[] = [];
  #isHeadKnown = false;

  constructor(governance: Governance, author: SigningKeyPair, ports: WriterPorts) {
    this.#governance = governance;
    this.#author = author;
    this.#ports = ports;
  }

  get device(): DeviceId {
    return this.#author.device;
  }

  settled(): Promise<void> {
    return this.#turns.settled();
  }

  /** The first entry of a space, sealed already: the space's id follows from it. */
  found(genesis: LogEntry): Promise<void> {
    this.#isHeadKnown = true;
    return this.#turns.run(async () => {
      const stored = await this.#ports.store.append(this.#governance.space, this.device, (head) =>
        head === undefined ? [genesis] : [],
      );
      this.#governance.digest(stored);
      this.#ports.onWritten(stored);
    });
  }

  append(draft: ContentDraft): Promise<Result<StoredEntry>> {
    return new Promise((settle, abandon) => {
      this.#waiting.push({ draft, settle, abandon });
      if (this.#waiting.length === 1) this.#turns.detach(() => this.#flush(), abandon);
    });
  }

  /** One membership operation on top of all heads held. */
  async operate(operation: MembershipOp): Promise<Result<EnvelopeId>> {
    const { history } = this.#governance;
    let failure: Result<never> | undefined;
    const written = await this.#write((sealer) => {
      failure = this.#prepare(sealer, false);
      if (failure !== undefined) return failure;
      const body = encodeMembershipRecord({ parents: history.headsFor(this.device), operation });
      const added = sealer.add({ type: 'membership', body });
      return added.ok ? undefined : added;
    });
    if (!written.ok) return written;
    const entry = written.value.at(-1);
    assert(entry !== undefined && history.graph.has(entry.id), 'an own operation is written and placed');
    const refusal = history.current().voids.get(entry.id);
    return refusal === undefined ? ok(entry.id) : fail('role-forbids', refusal.reason);
  }

  /** [K3] A new epoch for exactly those active now, unless a good one is there. */
  async rotateIfNeeded(): Promise<Result<void>> {
    if (this.#governance.keys.findWritable(this.#governance.history) !== undefined) return ok(undefined);
    return this.rotate();
  }

  /** A new epoch for exactly those active now, whatever is there. */
  async rotate(): Promise<Result<void>> {
    const written = await this.#write((sealer) => this.#openEpoch(sealer));
    return written.ok ? ok(undefined) : written;
  }

  /** Whether this device's role makes epochs. */
  mayRotate(): boolean {
    const role = this.#governance.history.current().roleOf(this.device);
    return role !== undefined && rankOf(role) >= RANKS.editor;
  }

  /** [K2] Boxes for active devices that lack one. */
  async supplyBoxes(): Promise<Result<number>> {
    const { keys, history } = this.#governance;
    if (keys.missing(history).length === 0) return ok(0);
    const written = await this.#write((sealer) => {
      for (const { epoch, secret, devices } of keys.missing(history)) {
        const boxes = keys.boxFor(epoch, secret, { state: history.current(), devices });
        for (const box of boxes) sealer.add({ type: 'keybox', body: encodeKeybox(box) });
      }
      return undefined;
    });
    return written.ok ? ok(written.value.length) : written;
  }

  /** [F] Entries that others cannot hold, told to them. */
  async testify(entries: readonly StoredEntry[]): Promise<Result<void>> {
    for (let done = 0; done < entries.length;) {
      const batch = batchOf(entries.slice(done, done + MAX_BATCH_ENTRIES));
      const written = await this.#write((sealer) => {
        for (const { id, bytes } of batch) {
          for (const part of testimoniesOf(id, bytes)) sealer.add({ type: 'testimony', body: encodeTestimony(part) });
        }
        return undefined;
      });
      if (!written.ok) return written;
      done += batch.length;
    }
    return ok(undefined);
  }

  /** [C3] What this device holds, said under its own signature. */
  async attest(): Promise<Result<void>> {
    const written = await this.#write(
      (sealer, chains) => this.#prepare(sealer, false) ?? this.#addAttest(sealer, chains),
    );
    return written.ok ? ok(undefined) : written;
  }

  /**
   * [M8] Says what this device held before a removal reached it, while it knew no more than `known`: what it had taken
   * from the removed device by then stays, for everybody. `epoch` is the one it could still write with at that moment.
   */
  async vouch(known: readonly EnvelopeId[], epoch: EpochId, arrived: readonly StoredEntry[]): Promise<Result<void>> {
    const written = await this.#write((sealer, chains) => {
      sealer.epoch = epoch;
      const body = encodeAttestation({ chains: withoutArrived(chains, arrived), mheads: known });
      const added = sealer.add({ type: 'attest', body });
      return added.ok ? undefined : added;
    });
    return written.ok ? ok(undefined) : written;
  }

  async #flush(): Promise<void> {
    const batch = this.#takeBatch().filter(({ draft, settle }) => {
      const objection = this.#objectionTo(draft);
      if (objection !== undefined) settle(objection);
      return objection === undefined;
    });
    if (batch.length === 0) {
      this.#flushRest();
      return;
    }
    try {
      const outcomes: Result<LogEntry>[] = [];
      const written = await this.#writeNow((sealer, chains) => {
        outcomes.length = 0;
        const isSnapshot = batch.some(({ draft }) => draft.type === 'snapshot');
        const failure =
          this.#prepare(sealer, true, chains) ?? (isSnapshot ? this.#addAttest(sealer, chains) : undefined);
        for (const { draft } of batch) outcomes.push(failure ?? this.#expiryOf(draft) ?? sealer.add(draft));
        return failure;
      });
      const stored = new Map((written.ok ? written.value : []).map((entry) => [entry.id, entry]));
      batch.forEach(({ settle }, i) => {
        const outcome = outcomes[i];
        const entry = outcome?.ok === true ? stored.get(outcome.value.id) : undefined;
        settle(entry === undefined ? (outcome?.ok === false ? outcome : fail('storage-unavailable')) : ok(entry));
      });
    } catch (reason) {
      for (const { abandon } of batch) abandon(reason);
    }
    this.#flushRest();
  }

  #flushRest(): void {
    const next = this.#waiting[0];
    if (next !== undefined) this.#turns.detach(() => this.#flush(), next.abandon);
  }

  #takeBatch(): readonly Waiting[] {
    let count = 0;
    let bytes = 0;
    while (count < this.#waiting.length && count < MAX_BATCH_ENTRIES && bytes < MAX_BATCH_BYTES) {
      bytes += this.#waiting[count]?.draft.body.length ?? 0;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  #objectionTo(draft: ContentDraft): Result<never> | undefined {
    const needs = rankToWrite({ type: draft.type, kind: Number.parseInt(draft.document.slice(0, 2), 16) });
    if (needs === undefined) return fail('kind-mismatch');
    const role = this.#governance.history.current().roleOf(this.device);
    if (role === undefined) return fail('not-a-member');
    return rankOf(role) < needs ? fail('role-forbids') : undefined;
  }

  #expiryOf({ onlyFor }: ContentDraft): Result<never> | undefined {
    const isExpired = onlyFor !== undefined && onlyFor !== this.#governance.history.current();
    return isExpired ? fail('closed-to-newcomers', 'somebody came or went meanwhile') : undefined;
  }

  /** Brings the chain to where sealed entries may follow; undefined when it did. */
  #prepare(
    sealer: ChainSealer,
    mayAnnounce: boolean,
    chains: readonly AttestedChain[] = [],
  ): Result<never> | undefined {
    const { keys, history } = this.#governance;
    const writable = keys.findWritable(history);
    const now = { ms: this.#ports.clock.nowMs(), position: this.#governance.position };
    const isDue = writable !== undefined && this.mayRotate() && keys.isRotationDue(writable, now);
    if (writable === undefined || isDue) {
      const failure = this.#openEpoch(sealer);
      if (failure !== undefined) return failure;
    } else sealer.epoch = writable.id;
    const isNews = mayAnnounce && history.findAnnouncement(this.device) !== undefined;
    return isNews ? this.#addAttest(sealer, chains) : undefined;
  }

  #openEpoch(sealer: ChainSealer): Result<never> | undefined {
    if (!this.mayRotate()) return fail('unknown-epoch', 'no epoch to write with, and the role makes none');
    const { keys, history } = this.#governance;
    const { random } = this.#ports;
    const { op, secret } = keys.propose(history, history.headsFor(this.device), random);
    const added = sealer.add({ type: 'epoch', body: encodeEpochOp(op) });
    if (!added.ok) return added;
    const epoch = epochIdOf(added.value.id);
    for (const box of keys.boxFor(epoch, secret, { state: history.current(), devices: op.recipients })) {
      const boxed = sealer.add({ type: 'keybox', body: encodeKeybox(box) });
      if (!boxed.ok) return boxed;
    }
    keys.content.addEpoch(epoch, secret);
    sealer.epoch = epoch;
    return undefined;
  }

  #addAttest(sealer: ChainSealer, chains: readonly AttestedChain[]): Result<never> | undefined {
    const mheads = this.#governance.history.headsFor(this.device);
    const added = sealer.add({ type: 'attest', body: encodeAttestation({ chains, mheads }) });
    return added.ok ? undefined : added;
  }

  #write(compose: Compose): Promise<Result<readonly StoredEntry[]>> {
    return this.#turns.run(() =>
      this.#ports.isForked?.() === true ? Promise.resolve(fail('chain-fork', 'own chain')) : this.#writeNow(compose),
    );
  }

  async #learnHead(): Promise<void> {
    if (this.#isHeadKnown) return;
    await this.#ports.whenHeadKnown?.();
    this.#isHeadKnown = true;
  }

  async #writeNow(compose: Compose): Promise<Result<readonly StoredEntry[]>> {
    const { store, random, clock } = this.#ports;
    const { space, keys, history } = this.#governance;
    await this.#learnHead();
    const chains = attestable(await store.heads(space));
    let failure: Result<never> | undefined;
    const stored = await store.append(space, this.device, (head) => {
      const context = { space, author: this.#author, keys: keys.content, random, nowMs: clock.nowMs() };
      const mref = membershipRefOf(history.headsFor(this.device));
      const sealer = new ChainSealer(context, { head, mref, epoch: keys.findWritable(history)?.id });
      failure = compose(sealer, chains);
      return failure === undefined ? sealer.entries : [];
    });
    if (failure !== undefined) return failure;
    this.#governance.digest(stored);
    this.#ports.onWritten(stored);
    return ok(stored);
  }
}

type Compose = (sealer: ChainSealer, chains: readonly AttestedChain[]) => Result<never> | undefined;

function attestable(heads: ReadonlyMap<DeviceId, ChainHead>): readonly AttestedChain[] {
  return [...heads]
    .map(([device, head]) => ({ device, seq: head.seq, id16: id16Of(head.id) }))
    .sort((a, b) => (a.device < b.device ? -1 : 1));
}

/** As many of the first entries as one transaction takes; at least one. */
function batchOf(entries: readonly StoredEntry[]): readonly StoredEntry[] {
  let bytes = 0;
  const end = entries.findIndex((entry) => (bytes += entry.bytes.length) > MAX_BATCH_BYTES);
  return end < 0 ? entries : entries.slice(0, Math.max(1, end));
}

/** The chains as they were before the given entries came. */
function withoutArrived(chains: readonly AttestedChain[], arrived: readonly StoredEntry[]): readonly AttestedChain[] {
  const first = new Map<DeviceId, StoredEntry>();
  for (const entry of arrived) if (!first.has(entry.author)) first.set(entry.author, entry);
  return chains.flatMap((chain) => {
    const entry = first.get(chain.device);
    if (entry === undefined) return [chain];
    return entry.seq === 0 ? [] : [{ device: chain.device, seq: entry.seq - 1, id16: id16Of(entry.prev) }];
  });
}
