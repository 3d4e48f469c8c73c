/** The parts of one engine and how they tell each other: who acts when a session opens, a space grows, a link changes. */
import type { SpaceId } from '../foundation/ids.ts';
import { EnvironmentError, type Result } from '../foundation/result.ts';
import type { BundlePorts } from '../sync/bundle.ts';
import { ActorLeases } from './actor-leases.ts';
import { OwnHeads } from './devices/own-heads.ts';
import { OwnParts } from './devices/own-parts.ts';
import type { EnginePorts } from './engine-ports.ts';
import { EngineEvents } from './engine-events.ts';
import { EngineHost } from './engine-host.ts';
import type { EngineEvent, SyncStatus, OpenedEntry } from './engine.ts';
import { ForkSearch } from './fork-search.ts';
import { Invitations } from './invitations.ts';
import { Joining } from './joining.ts';
import { Links } from './links.ts';
import { LocalRecords } from './local-records.ts';
import { MailRoom } from './mail-room.ts';
import { People } from './people.ts';
import { PersonalRecords } from './personal/personal-records.ts';
import { tellPersonalChanges } from './personal/personal-calls.ts';
import { Presence } from './presence.ts';
import { Recovery } from './ways-back/recovery.ts';
import { RelayAccess } from './relay-access.ts';
import { RelayDesk } from './relay-desk.ts';
import { RelayStanding } from './relay-standing.ts';
import { Session } from './session.ts';
import type { MembershipState } from '../membership/membership-state.ts';
import type { ReplicaListener, SpaceReplica } from './space-replica.ts';
import { Spaces } from './spaces.ts';
import { SpaceTasks } from './space-tasks.ts';
import { Outcomes } from './stewardship/outcomes.ts';
import { LETTERS_DOCUMENT, PrivateSpaces } from './stewardship/private-spaces.ts';
import { TrustParts } from './trust/trust-parts.ts';
import { SyncMemory } from './sync-memory.ts';
import { SyncStatuses } from './sync-statuses.ts';
import { Vault } from './vault.ts';

export class EngineParts {
  readonly events: EngineEvents;
  readonly vault: Vault;
  readonly records: LocalRecords;
  readonly personal: PersonalRecords;
  readonly session: Session;
  readonly spaces: Spaces;
  readonly links: Links;
  readonly mail: MailRoom;
  readonly memory: SyncMemory;
  readonly desk: RelayDesk;
  readonly people: People;
  readonly invitations: Invitations;
  readonly joining: Joining;
  readonly recovery: Recovery;
  readonly presence: Presence;
  readonly outcomes: Outcomes;
  readonly own: OwnParts;
  readonly privateSpaces: PrivateSpaces;
  readonly trust: TrustParts;
  readonly leases = new ActorLeases();
  readonly bundlePorts: BundlePorts;
  readonly #forkSearch: ForkSearch;
  readonly #statuses: SyncStatuses;
  readonly #tasks: SpaceTasks;
  readonly #standing: RelayStanding;
  readonly #heads: OwnHeads;
  readonly #ports: EnginePorts;

  constructor(ports: EnginePorts) {
    const { store, keyVault, localStore, clock, random, scheduler } = ports;
    this.#ports = ports;
    this.events = new EngineEvents(scheduler);
    this.vault = new Vault({ keyVault, random, cost: ports.passphraseCost });
    this.records = new LocalRecords(localStore, this.vault, random);
    this.personal = new PersonalRecords(this.records, random);
    tellPersonalChanges(this.personal, this.events);
    this.outcomes = new Outcomes(this.records);
    this.mail = new MailRoom(scheduler);
    this.memory = new SyncMemory({ records: this.records, scheduler, onFault: (fault) => this.onFault(fault) });
    this.#standing = new RelayStanding(this.vault);
    this.people = new People(store);
    this.presence = new Presence(random, clock);
    this.spaces = new Spaces({
      vault: this.vault,
      records: this.records,
      store,
      random,
      clock,
      listenTo: (space) => this.#listenTo(space),
      whenHeadKnown: (space) => this.#heads.whenKnown(space),
      onChange: () => this.#onSpaces(),
    });
    const host = new EngineHost({
      standing: this.#standing,
      store,
      spaces: this.spaces,
      onStored: (space) => this.links.poke(space, 'foreign'),
      onHeld: (held, by) => {
        const replica = this.spaces.find(held.space);
        if (replica === undefined || by.side !== 'relay') return;
        if (replica.secrets.device === held.device) this.links.noteHeld(held);
        this.desk.onHeld(replica, held);
      },
      onEphemeral: (bytes) => this.#onEphemeral(bytes),
    });
    this.desk = new RelayDesk({
      mail: this.mail,
      access: new RelayAccess(),
      standing: this.#standing,
      onRenew: () => this.links.renew('relay'),
      spaces: this.spaces,
      hasHeardRelay: (space) => this.links.hasHeard(space, 'relay'),
      scheduler,
      onFault: (fault) => this.onFault(fault),
      onAccess: () => this.links.poke(undefined, 'access'),
    });
    this.links = new Links({
      host,
      memory: this.memory,
      clock,
      random,
      scheduler,
      onRelayUp: (send) => {
        this.recovery.onConnection();
        this.desk.onUp(send);
      },
      onRelayDown: (send) => {
        this.desk.onDown(send);
        this.recovery.onConnection();
      },
      onRelayFrame: (frame) => this.desk.onFrame(frame),
      onStatus: () => {
        this.#heads.onStatus();
        this.desk.onStatus();
        this.#statuses.change();
      },
    });
    this.#heads = new OwnHeads({
      scheduler,
      waitMs: ports.headWaitMs,
      mayHear: () => !this.links.isAlone || (this.vault.isOpen && this.vault.secrets.relayUrl !== ''),
      hasHeard: (space) => this.links.hasHeard(space),
    });
    this.bundlePorts = { host, clock, scheduler, random };
    const parts = {
      vault: this.vault,
      spaces: this.spaces,
      mail: this.mail,
      clock,
      random,
      scheduler,
      onFault: (fault: unknown) => this.onFault(fault),
    };
    this.trust = new TrustParts({
      ...parts,
      store,
      records: this.records,
      personal: this.personal,
      events: this.events,
      isOwn: (space) => this.own.space.isOwn(space),
      reachOf: (space) => ({
        isLevel: this.links.isLevel(space),
        hasPeer: this.links.statusOf(space, { headSeq: 0, relayUrl: '' }).peers > 0,
      }),
    });
    this.session = new Session({
      vault: this.vault,
      localStore,
      clock,
      scheduler,
      events: this.events,
      onOpen: () => this.#onOpen(),
      onClose: () => this.#onClose(),
      onFault: parts.onFault,
    });
    this.invitations = new Invitations({
      ...parts,
      origin: ports.origin,
      voice: this.trust.voice,
      onAdmitted: (replica) => {
        this.desk.reconcile(replica);
        this.events.emit({ kind: 'invitations', space: replica.space });
      },
    });
    this.joining = new Joining({
      ...parts,
      answers: this.trust.answers,
      useRelay: async (url) => {
        this.memory.useRelay(url);
        await this.session.update((secrets) => ({ ...secrets, relayUrl: url }));
      },
      onReady: (replica) => this.#onReady(replica),
      onNewKeys: () => this.links.renew('relay', 'peer'),
    });
    this.recovery = new Recovery({
      ...parts,
      records: this.records,
      onSearch: (search) => this.events.emit({ kind: 'search', search }),
      onListed: () => this.#statuses.change(),
      updateSecrets: (change) => this.session.update(change),
      isLevel: (space) => this.links.isLevel(space),
      onPersonal: (space) => this.own.space.adopt(space),
      onReady: (replica) => {
        this.memory.restart(replica.space);
        this.leases.revoke(replica.space);
        this.#onReady(replica);
        // A relay admits one device for each space and socket: the new keys are proven on a new one.
        this.links.renew('relay');
      },
    });
    this.privateSpaces = new PrivateSpaces({
      ...parts,
      records: this.records,
      invitations: this.invitations,
      joining: this.joining,
      onNewSpace: (replica) => this.onNewSpace(replica),
    });
    this.#forkSearch = new ForkSearch({
      store,
      want: (space, device, range) => this.links.want(space, device, range),
      // The branch held here is told to those who hold the other one.
      onPlaced: async ({ space, device, seq }) => this.spaces.find(space)?.noteOtherBranch(device, seq),
      onFault: parts.onFault,
    });
    this.own = new OwnParts({
      ...parts,
      session: this.session,
      records: this.records,
      personal: this.personal,
      people: this.people,
      recovery: this.recovery,
      events: this.events,
      origin: ports.origin,
      store,
      onNewSpace: (replica) => this.onNewSpace(replica),
      search: this.#forkSearch,
      onRenewed: (replica) => this.#onRenewed(replica),
      arePeersLevel: (space) => this.links.arePeersLevel(space),
      onNewProof: () => this.links.renew('peer'),
    });
    this.#statuses = new SyncStatuses({
      ...parts,
      store,
      links: this.links,
      recovery: this.recovery,
      own: this.own,
      events: this.events,
    });
    this.#tasks = new SpaceTasks({
      ...parts,
      store,
      poke: (reason) => this.links.poke(undefined, reason),
      isLevel: (space) => this.links.isLevel(space),
      isRefused: (space) => this.links.isRefused(space),
      onGaps: (space, gaps, heads) => this.trust.onGaps(space, gaps, heads),
      onSettled: (replica) => this.#onSettled(replica),
    });
  }

  onNewSpace(replica: SpaceReplica): void {
    this.desk.introduce(replica);
    this.links.poke(undefined, 'access');
  }

  async forgetSpace(space: SpaceId): Promise<Result<void>> {
    const replica = this.spaces.find(space);
    const isOver = replica?.state.member(replica.secrets.member)?.isActive === false;
    if (replica !== undefined) await this.own.forget(space, { isOver });
    if (replica !== undefined) this.trust.answers.end(replica);
    await this.trust.forget(space);
    const forgotten = await this.spaces.forget(space);
    this.links.poke(undefined, 'access');
    return forgotten;
  }

  async syncStatuses(): Promise<readonly SyncStatus[]> {
    const statuses: SyncStatus[] = [];
    for (const replica of this.spaces.shown()) statuses.push(await this.#statuses.of(replica));
    return statuses;
  }

  async settled(): Promise<void> {
    await this.links.settled();
    await this.desk.settled();
    await this.invitations.settled();
    await this.outcomes.settled();
    await this.trust.settled();
    for (const replica of this.spaces.all()) await replica.writer.settled();
    await this.#tasks.settled();
    await this.personal.settled();
    await this.own.settled();
    await this.privateSpaces.settled();
  }

  close(): void {
    this.links.closeAll();
    this.session.close();
    this.#statuses.stop();
  }

  async #onOpen(): Promise<void> {
    this.#heads.start();
    await this.personal.load();
    await this.spaces.openAll();
    const held = this.spaces.all().map(({ space }) => space);
    await this.memory.load(held, this.vault.secrets.relayUrl);
    await this.recovery.start();
    this.invitations.refresh();
    this.joining.repost();
    for (const replica of this.spaces.all()) this.desk.introduce(replica);
    this.#tasks.start();
    this.trust.start();
    this.own.start();
    await this.privateSpaces.start();
    this.spaces.nameUnnamed().catch((fault: unknown) => this.onFault(fault));
    this.links.poke(undefined, 'access');
  }

  /** [V2] Nothing that a secret made may outlive the lock. */
  #onClose(): void {
    this.#tasks.stop();
    this.#heads.stop();
    this.own.stop();
    this.personal.forget();
    this.recovery.stop();
    this.invitations.clear();
    this.trust.clear();
    this.mail.clear();
    this.presence.clear();
    this.#standing.forget();
    this.events.discard();
    this.spaces.closeAll();
    this.memory.forget();
    this.links.poke(undefined, 'access');
  }

  #listenTo(space: SpaceId): ReplicaListener {
    // Of the space of the person's own devices nothing is told but what its records say.
    const tell = (event: EngineEvent): void => {
      if (!this.own.space.isOwn(space)) this.events.emit(event);
    };
    return {
      onEntries: (entries) =>
        this.own.space.isOwn(space) ? this.own.space.receive(entries) : this.#onEntries(space, entries),
      onGovernance: () => this.#tasks.look(space),
      onWritten: () => {
        this.links.poke(space, 'own');
        this.#statuses.change();
      },
      onFork: (isOwn, witness) => {
        this.trust.onFork(space, isOwn, witness);
        if (isOwn) this.own.forks.note(space, witness);
        else this.#forkSearch.place(space, witness);
      },
      onWrongBox: (device) => this.trust.onWrongBox(space, device),
      onLate: () => tell({ kind: 'late-work', space }),
      onMembership: (before) => {
        if (!this.own.space.isOwn(space)) this.#noteOutcome(space, before);
      },
    };
  }

  /** Membership or keys of a space grew, and what follows from it inside the space was done. */
  async #onSettled(replica: SpaceReplica): Promise<void> {
    if (!this.vault.isOpen) return;
    await replica.refresh();
    await this.joining.verify(replica);
    this.own.forks.advance(replica);
    await this.recovery.advance(replica);
    this.invitations.refresh();
    this.desk.reconcile(replica);
    this.trust.onSettled(replica);
    if (this.own.space.isOwn(replica.space)) {
      this.own.space.advance();
      this.links.poke(undefined, 'access');
      return;
    }
    this.events.emit({ kind: 'members', space: replica.space });
    this.events.emit({ kind: 'invitations', space: replica.space });
    this.#onSpaces();
    this.links.poke(undefined, 'access');
  }

  #onEntries(space: SpaceId, entries: readonly OpenedEntry[]): void {
    const isLetter = (entry: OpenedEntry): boolean => entry.document === LETTERS_DOCUMENT;
    this.privateSpaces.receive(space, entries.filter(isLetter));
    this.events.gather(entries.filter((entry) => !isLetter(entry)));
  }

  /** [M5] */
  #noteOutcome(space: SpaceId, before: MembershipState): void {
    const replica = this.spaces.find(space);
    if (replica === undefined) return;
    this.outcomes
      .note(replica, before)
      .then((isNews) => {
        if (isNews) this.events.emit({ kind: 'outcome', space });
      })
      .catch((fault: unknown) => this.onFault(fault));
  }

  /** [C2] The forked chain gave way to other keys; what links knew of it no longer holds. */
  #onRenewed(replica: SpaceReplica): void {
    this.memory.restart(replica.space);
    this.leases.revoke(replica.space);
    this.onNewSpace(replica);
    this.links.renew('relay', 'peer');
  }

  #onReady(replica: SpaceReplica): void {
    this.own.onReady(replica);
    this.onNewSpace(replica);
    this.#onSpaces();
    this.#tasks.look(replica.space);
  }

  /** What was cut short by the lock is no fault; everything else is told. */
  onFault(fault: unknown): void {
    if (!this.vault.isOpen) return;
    const { onFault, scheduler } = this.#ports;
    this.events.emit({ kind: 'fault', code: fault instanceof EnvironmentError ? fault.code : 'worker-died' });
    if (onFault !== undefined) onFault(fault);
    else
      scheduler.after(0, () => {
        throw fault;
      });
  }

  #onSpaces(): void {
    if (!this.vault.isOpen) return;
    this.recovery.refresh();
    this.own.onSpaces();
    this.events.emit({ kind: 'spaces', spaces: this.spaces.summaries() });
  }

  #onEphemeral(bytes: Uint8Array): void {
    const frame = this.presence.open(bytes, (space) => this.spaces.find(space));
    if (frame !== undefined) this.events.emit({ kind: 'presence', frame });
  }
}
