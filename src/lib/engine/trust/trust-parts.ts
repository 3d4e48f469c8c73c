/** The parts of the engine that know who somebody is and what went wrong, and how they tell of it. */
import type { DeviceId, SpaceId } from '../../foundation/ids.ts';
import type { Clock } from '../../foundation/clock.ts';
import type { Random } from '../../foundation/random.ts';
import type { Scheduler } from '../../foundation/scheduler.ts';
import type { VerifiedEnvelope } from '../../crypto/envelope-seal.ts';
import type { ChainHead, LogStore } from '../../log/log-store.ts';
import type { EngineEvents } from '../engine-events.ts';
import type { Gap } from '../gap-watch.ts';
import type { LocalRecords } from '../local-records.ts';
import type { MailRoom } from '../mail-room.ts';
import type { PersonalRecords } from '../personal/personal-records.ts';
import type { SpaceReplica } from '../space-replica.ts';
import type { Spaces } from '../spaces.ts';
import { Turns, type OnFault } from '../turns.ts';
import type { Vault } from '../vault.ts';
import { Contacts, CONTACTS_TABLE } from './contacts.ts';
import { JoinAnswers } from './join-answers.ts';
import { JoinRequests } from './join-requests.ts';
import { Notices } from './notices.ts';
import { StaleWatch } from './stale-watch.ts';
import { VoiceApproval } from './voice-approval.ts';

export interface TrustPorts {
  readonly vault: Vault;
  readonly spaces: Spaces;
  readonly records: LocalRecords;
  readonly personal: PersonalRecords;
  readonly store: LogStore;
  readonly mail: MailRoom;
  readonly clock: Clock;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly events: EngineEvents;
  /** The space of the person's own devices, of which nothing is told. */
  readonly isOwn: (space: SpaceId) => boolean;
  readonly reachOf: (space: SpaceId) => { readonly isLevel: boolean; readonly hasPeer: boolean };
  readonly onFault: OnFault;
}

const LOOK_EVERY_MS = 600_000;

export class TrustParts {
  readonly requests: JoinRequests;
  readonly answers: JoinAnswers;
  readonly voice: VoiceApproval;
  readonly contacts: Contacts;
  readonly notices: Notices;
  readonly #stale: StaleWatch;
  readonly #ports: TrustPorts;
  readonly #turns = new Turns();
  #cancel: () => void = () => undefined;

  constructor(ports: TrustPorts) {
    const { events, spaces, personal } = ports;
    this.#ports = ports;
    this.contacts = new Contacts(ports);
    this.requests = new JoinRequests({
      ...ports,
      onChange: (space) => events.emit({ kind: 'join-requests', space }),
    });
    this.voice = new VoiceApproval({
      ...ports,
      requests: this.requests,
      isDoubtful: (claim) => this.contacts.isDoubtful(claim),
      isMember: (space, { memberId, keys }) => spaces.find(space)?.state.member(memberId)?.devices[0] === keys.device,
    });
    this.answers = new JoinAnswers({ ...ports, onChange: (space) => events.emit({ kind: 'joining', space }) });
    this.notices = new Notices({
      ...ports,
      onChange: (space, alarm) => {
        if (alarm !== undefined) events.emit({ kind: 'alarm', space, alarm: alarm.kind, device: alarm.device });
        events.emit({ kind: 'notices', space });
      },
    });
    this.#stale = new StaleWatch(ports.records);
    personal.onChange(({ table }) => {
      if (table === CONTACTS_TABLE) events.emit({ kind: 'contacts' });
    });
  }

  start(): void {
    this.#cancel = this.#ports.scheduler.after(LOOK_EVERY_MS, () => {
      this.#run(() => this.#lookForStale());
      this.start();
    });
  }

  async onGaps(space: SpaceId, gaps: readonly Gap[], heads: ReadonlyMap<DeviceId, ChainHead>): Promise<void> {
    if (this.#ports.isOwn(space)) return;
    for (const gap of gaps) await this.notices.noteGap(space, gap);
    await this.notices.resolveGaps(space, heads);
  }

  onFork(space: SpaceId, isOwn: boolean, { header, id, bytes }: VerifiedEnvelope): void {
    if (this.#ports.isOwn(space)) return;
    const witness = { seq: header.seq, prev: header.prev, id, bytes };
    this.#run(() => this.notices.noteFork(space, { device: header.author, isOwn, witness }));
  }

  /** A device that forked and is out now harms nobody any more. */
  onSettled({ space, state }: SpaceReplica): void {
    this.#run(() =>
      this.notices.resolve(
        space,
        ({ kind, device }) =>
          (kind === 'fork' || kind === 'own-fork') && device !== undefined && state.device(device)?.isActive === false,
      ),
    );
  }

  onWrongBox(space: SpaceId, device: DeviceId): void {
    if (!this.#ports.isOwn(space)) this.#run(() => this.notices.noteWrongBox(space, device));
  }

  /** Nothing of a space that was forgotten stays on this device. */
  async forget(space: SpaceId): Promise<void> {
    if (!this.#ports.vault.isOpen) return;
    await this.requests.forgetSpace(space);
    await this.notices.forgetSpace(space);
    await this.#stale.forgetSpace(space);
  }

  clear(): void {
    this.#cancel();
    this.requests.clear();
    this.notices.clear();
  }

  async settled(): Promise<void> {
    await this.answers.settled();
    await this.#turns.settled();
    await this.notices.settled();
  }

  #run(task: () => Promise<void>): void {
    this.#turns.detach(async () => {
      if (this.#ports.vault.isOpen) await task();
    }, this.#ports.onFault);
  }

  async #lookForStale(): Promise<void> {
    for (const replica of this.#ports.spaces.shown()) if (replica.isReady) await this.#lookAt(replica);
  }

  async #lookAt({ space, secrets, state, governance }: SpaceReplica): Promise<void> {
    const { store, clock, reachOf } = this.#ports;
    const devices = [...state.devices.values()];
    const others = devices.filter(({ id, isActive, isRecovery }) => isActive && !isRecovery && id !== secrets.device);
    const verdict = await this.#stale.look(space, {
      self: secrets.device,
      others: new Set(others.map(({ id }) => id)),
      attests: governance.history.graph.attests(),
      heads: await store.heads(space),
      nowMs: clock.nowMs(),
      ...reachOf(space),
    });
    if (verdict.kind === 'stale') await this.notices.noteStale(space, verdict.since);
    if (verdict.kind === 'confirmed') await this.notices.resolve(space, ({ kind }) => kind === 'stale');
  }
}
