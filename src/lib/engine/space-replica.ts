/**
 * One space on this device: its governance, its content, and the one writer of its chain. It verifies before it stores
 * [E2] and stores before it tells.
 */
import type { Clock } from '../foundation/clock.ts';
import type { DeviceId, DocumentId, EnvelopeId, EpochId, SpaceId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import type { VerifiedEnvelope } from '../crypto/envelope-seal.ts';
import { fail, type Result } from '../foundation/result.ts';
import type { LogEntry, LogStore, StoredEntry } from '../log/log-store.ts';
import type { MembershipState } from '../membership/membership-state.ts';
import type { RemovalPast } from '../sync/portion.ts';
import { MAX_MEMBERSHIP_HEADS } from '../protocol/attest.ts';
import { membersView, summaryOf } from './space-views.ts';
import { Branches } from './branches.ts';
import { SpaceContent, type LateEntry } from './space-content.ts';
import type { MemberView, OpenedEntry, SpaceSummary } from './engine.ts';
import { Governance, GOVERNANCE_TYPES } from './governance.ts';
import { Intake, type IntakeOutcome } from './intake.ts';
import { Reach } from './keying/reach.ts';
import { RemovalPasts } from './removal-past.ts';
import { SpaceWriter, type ContentDraft } from './space-writer.ts';
import type { JoinWait, OwnFork, SpaceSecrets } from './vault-secrets.ts';

/** What a replica tells the engine. */
export interface ReplicaListener {
  /** Opened entries, in the order in which they may be applied. */
  onEntries(entries: readonly OpenedEntry[]): void;
  /** Membership, invitations or keys grew. */
  onGovernance(): void;
  /** Own entries are durable and wait to be sent. */
  onWritten(): void;
  /** [M8] Work came too late and waits. */
  onLate(): void;
  /** Others' operations or attests made of membership something else than `before`. */
  onMembership(before: MembershipState): void;
  /** [K2] `device` supplied a box that opens to nothing. */
  onWrongBox(device: DeviceId): void;
  /** Another entry stands in the place of this one. */
  onFork(isOwn: boolean, witness: VerifiedEnvelope): void;
}

export interface ReplicaPorts {
  readonly store: LogStore;
  readonly random: Random;
  readonly clock: Clock;
  readonly loadNotes: (name: string) => Promise<Uint8Array | undefined>;
  readonly saveNotes: (name: string, notes: Uint8Array) => Promise<void>;
  /** [C2] See `SpaceWriter`. */
  readonly whenHeadKnown?: () => Promise<void>;
}

const PAGE = 512;

export class SpaceReplica {
  #secrets: SpaceSecrets;
  #hasStopped = false;
  readonly #removals: RemovalPasts;
  readonly governance: Governance;
  readonly writer: SpaceWriter;
  readonly reach: Reach;
  readonly branches: Branches;
  readonly #content: SpaceContent;
  readonly #intake: Intake;
  readonly #ports: ReplicaPorts;
  readonly #listener: ReplicaListener;

  constructor(secrets: SpaceSecrets, ports: ReplicaPorts, listener: ReplicaListener) {
    const { space, device, member } = secrets;
    this.#secrets = secrets;
    this.#ports = ports;
    this.#listener = listener;
    this.governance = new Governance(space, [{ device, kem: secrets.kem }]);
    this.branches = new Branches({
      space,
      store: ports.store,
      digest: (branch, start, entries) => this.governance.digestBranch(branch, start, entries),
      // A device that is out and forked is no news.
      onFork: (witness) => {
        if (this.state.isActiveDevice(witness.header.author)) this.#tellFork(witness);
      },
    });
    this.#removals = new RemovalPasts(this, () => this.governanceEntries());
    this.#content = new SpaceContent(this.governance, {
      store: ports.store,
      device,
      member,
      loadNotes: () => ports.loadNotes(space),
      saveNotes: (notes) => ports.saveNotes(space, notes),
      onLate: () => listener.onLate(),
    });
    this.reach = new Reach(this.governance, ports.store);
    this.#intake = new Intake(this.governance, { store: ports.store, onStored: (entries) => this.#receive(entries) });
    this.writer = new SpaceWriter(
      this.governance,
      { device, secret: secrets.sign },
      {
        ...ports,
        isForked: () => this.isForked,
        onWritten: (entries) => {
          this.branches.take(entries);
          if (entries.some((entry) => GOVERNANCE_TYPES.includes(entry.type))) listener.onGovernance();
          listener.onWritten();
        },
      },
    );
  }

  get secrets(): SpaceSecrets {
    return this.#secrets;
  }

  /** The same keys in another standing: the admission of a joining device was verified. */
  promote(standing: SpaceSecrets['standing']): SpaceSecrets {
    this.#secrets = { ...this.#secrets, standing };
    return this.#secrets;
  }

  /** [I3] What a joining device learned while it waits. */
  noteWait(wait: JoinWait): SpaceSecrets {
    this.#secrets = { ...this.#secrets, wait };
    return this.#secrets;
  }

  /** [C2] What is known of a fork of the own chain; undefined once the keys it had are put out. */
  noteFork(fork: OwnFork | undefined): SpaceSecrets {
    const { fork: _, ...rest } = this.#secrets;
    this.#secrets = fork === undefined ? rest : { ...rest, fork };
    return this.#secrets;
  }

  /** [C2] Others hold another chain of this device: what is written stays here, until the person chooses new keys. */
  get isForked(): boolean {
    const { standing, device, fork } = this.secrets;
    return standing === 'member' && fork?.device === device;
  }

  /** Another replica of the space takes its place: nothing is written any more. */
  async stop(): Promise<void> {
    this.#hasStopped = true;
    await this.writer.settled();
  }

  get space(): SpaceId {
    return this.secrets.space;
  }

  get state(): MembershipState {
    return this.governance.history.current();
  }

  get isReady(): boolean {
    return (
      this.secrets.standing === 'member' &&
      this.governance.genesis !== undefined &&
      this.state.isActiveDevice(this.secrets.device)
    );
  }

  nowMs(): number {
    return this.#ports.clock.nowMs();
  }

  /** The recovery device opens everything here, and this device has not been added yet: one may read. */
  get isRestoring(): boolean {
    const { standing, device } = this.secrets;
    return standing === 'restoring' && this.governance.genesis !== undefined && this.state.isActiveDevice(device);
  }

  /** Reads what the log says about the space itself; content is opened when it is asked for. */
  async load(): Promise<void> {
    await this.#content.load();
    for await (const page of this.#readGovernance()) {
      this.governance.digest(page);
      this.branches.take(page);
    }
    await this.branches.look(this.secrets.device);
    // What is wrong in the log was told when it came.
    this.governance.keys.takeReports();
  }

  /** [S5] What a device that is out may still be served; undefined for one that nobody put out. The same object until membership changes. */
  pastOfRemoval(device: DeviceId): Promise<RemovalPast | undefined> {
    return this.#removals.of(device);
  }

  /** Every stored record about the space itself, as received. */
  async governanceEntries(): Promise<readonly StoredEntry[]> {
    const entries: StoredEntry[] = [];
    for await (const page of this.#readGovernance()) entries.push(...page);
    return entries;
  }

  async *#readGovernance(): AsyncGenerator<readonly StoredEntry[]> {
    for (let afterPosition = 0; ;) {
      const page = await this.#ports.store.read(this.space, {
        by: 'types',
        types: GOVERNANCE_TYPES,
        afterPosition,
        limit: PAGE,
      });
      yield page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      afterPosition = last.position;
    }
  }

  /** Others hold another branch of a chain, from `seq` on: what the log holds of it is told to them. */
  async noteOtherBranch(device: DeviceId, seq: number): Promise<void> {
    this.branches.noteFork(device, seq);
    await this.#lookAtBranches();
    this.#listener.onGovernance();
  }

  /** Tells what others cannot hold. */
  async testify(): Promise<void> {
    await this.#lookAtBranches();
    await this.writer.testify(this.branches.untold);
    await this.#lookAtBranches();
  }

  async #lookAtBranches(): Promise<void> {
    const { state, isReady } = this;
    await this.branches.look(this.secrets.device);
    if (isReady && this.state !== state) this.#listener.onMembership(state);
  }

  async append(entry: {
    readonly document: DocumentId;
    readonly type: 'update' | 'snapshot';
    readonly body: Uint8Array;
    readonly coversPosition?: number;
  }): Promise<Result<StoredEntry>> {
    if (!this.isReady) return fail('unknown-membership', 'the space is not ready');
    if (this.#hasStopped) return fail('chain-fork', 'new keys are being taken');
    const { document, type } = entry;
    const draft = type === 'update' ? { document, type, body: entry.body } : await this.#snapshotDraft(entry);
    if (draft === undefined) return fail('closed-to-newcomers');
    const appended = await this.writer.append(draft);
    if (appended.ok) this.#listener.onEntries(await this.#content.receive([appended.value]));
    return appended;
  }

  /** [K4] A snapshot holds all that was ever written: none is made that somebody who is in could open and may not read. */
  async #snapshotDraft(entry: {
    readonly document: DocumentId;
    readonly body: Uint8Array;
    readonly coversPosition?: number;
  }): Promise<ContentDraft | undefined> {
    const { document } = entry;
    const onlyFor = this.state;
    if ((await this.reach.closedTo(document)).length > 0) return undefined;
    const body = await this.#content.snapshotBody(document, entry.body, entry.coversPosition ?? 0);
    return { document, type: 'snapshot', body, onlyFor };
  }

  entries(document: DocumentId, afterPosition: number): Promise<readonly OpenedEntry[]> {
    return this.#content.entries(document, afterPosition);
  }

  /** [C2] The same, as it was without what one chain holds from a place on. */
  entriesWithout(
    document: DocumentId,
    branch: { readonly device: DeviceId; readonly fromSeq: number },
  ): Promise<readonly OpenedEntry[]> {
    return this.#content.updatesWithout(document, branch);
  }

  /** Stored entries of this device, opened. */
  openOwn(entries: readonly StoredEntry[]): readonly OpenedEntry[] {
    return this.#content.openAll(entries);
  }

  lateEntries(): Promise<readonly LateEntry[]> {
    return this.#content.lateEntries();
  }

  voidEntry(id: EnvelopeId): Promise<void> {
    return this.#content.voidEntry(id);
  }

  /** [E2] Outcomes in input order; see `Intake`. */
  offer(envelopes: Parameters<Intake['offer']>[0]): Promise<readonly IntakeOutcome[]> {
    return this.#intake.offer(envelopes, (witness) => this.#tellFork(witness));
  }

  #tellFork(witness: VerifiedEnvelope): void {
    const { device, fork } = this.secrets;
    const isOwn = witness.header.author === device || witness.header.author === fork?.device;
    this.#listener.onFork(isOwn, witness);
  }

  /** What waited for membership or keys and opens now, own operations included. */
  async refresh(): Promise<void> {
    this.#listener.onEntries(await this.#content.retryWaiting());
  }

  summary(): SpaceSummary {
    return summaryOf(this);
  }

  members(): readonly MemberView[] {
    return membersView(this.state, this.secrets.member);
  }

  /** The founding of a new space: genesis, then the first epoch and its boxes. */
  async found(genesis: LogEntry): Promise<Result<void>> {
    await this.writer.found(genesis);
    return this.writer.rotateIfNeeded();
  }

  async #receive(entries: readonly StoredEntry[]): Promise<void> {
    const before = {
      state: this.state,
      isReady: this.isReady,
      epoch: this.governance.keys.findWritable(this.governance.history)?.id,
    };
    this.governance.digest(entries);
    this.branches.take(entries);
    await this.branches.look(this.secrets.device);
    for (const device of this.governance.keys.takeReports()) this.#listener.onWrongBox(device);
    if (before.isReady && before.state !== this.state) this.#listener.onMembership(before.state);
    if (this.isReady && before.epoch !== undefined) await this.#vouchFor(entries, before.state, before.epoch);
    const opened = [...(await this.#content.receive(entries))];
    if (entries.some((entry) => GOVERNANCE_TYPES.includes(entry.type))) {
      opened.push(...(await this.#content.retryWaiting()));
      this.#listener.onGovernance();
    }
    if (opened.length > 0) this.#listener.onEntries(opened);
  }

  /** [M8] A removal that just came names a place before what was held of the removed device: others should hear that it was. */
  async #vouchFor(arrived: readonly StoredEntry[], before: MembershipState, epoch: EpochId): Promise<void> {
    if (before === this.state || before.heads.length > MAX_MEMBERSHIP_HEADS) return;
    const heads = await this.#ports.store.heads(this.space);
    for (const device of this.state.devices.values()) {
      const known = before.device(device.id)?.revocations.length ?? 0;
      const cutoffs = device.revocations.slice(known).map((revocation) => revocation.seq);
      if (device.id === this.secrets.device || cutoffs.length === 0) continue;
      if ((heads.get(device.id)?.seq ?? -1) <= Math.min(...cutoffs)) continue;
      await this.writer.vouch(before.heads, epoch, arrived);
      return;
    }
  }
}
