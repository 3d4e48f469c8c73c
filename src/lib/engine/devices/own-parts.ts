/** Everything about one person's own devices, joined: what starts with the session, ends with it, and follows its spaces. */
import type { Clock } from '../../foundation/clock.ts';
import type { SpaceId } from '../../foundation/ids.ts';
import type { Random } from '../../foundation/random.ts';
import type { Scheduler } from '../../foundation/scheduler.ts';
import type { LogStore } from '../../log/log-store.ts';
import type { EngineEvents } from '../engine-events.ts';
import type { ForkSearch } from '../fork-search.ts';
import type { LocalRecords } from '../local-records.ts';
import type { MailRoom } from '../mail-room.ts';
import type { People } from '../people.ts';
import type { PersonalRecords } from '../personal/personal-records.ts';
import { PersonalSpace } from '../personal/personal-space.ts';
import type { Session } from '../session.ts';
import type { SpaceReplica } from '../space-replica.ts';
import type { Spaces } from '../spaces.ts';
import type { OnFault } from '../turns.ts';
import type { Vault } from '../vault.ts';
import type { Recovery } from '../ways-back/recovery.ts';
import { DeviceLinking } from './device-linking.ts';
import { NewWords } from './new-words.ts';
import { OwnDevices } from './own-devices.ts';
import { OwnForks } from './own-forks.ts';
import { OwnSpaces } from './own-spaces.ts';

export interface OwnPartsPorts {
  readonly vault: Vault;
  readonly session: Session;
  readonly spaces: Spaces;
  readonly records: LocalRecords;
  readonly personal: PersonalRecords;
  readonly people: People;
  readonly recovery: Recovery;
  readonly mail: MailRoom;
  readonly events: EngineEvents;
  readonly clock: Clock;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly origin: string;
  readonly store: LogStore;
  readonly onNewSpace: (replica: SpaceReplica) => void;
  readonly search: ForkSearch;
  /** The space stands under other keys from now on. */
  readonly onRenewed: (replica: SpaceReplica) => void;
  /** Every peer that shares the space holds what is held here. */
  readonly arePeersLevel: (space: SpaceId) => boolean;
  /** Peers know this device by keys that are put out. */
  readonly onNewProof: () => void;
  readonly onFault: OnFault;
}

export class OwnParts {
  readonly space: PersonalSpace;
  readonly linking: DeviceLinking;
  readonly devices: OwnDevices;
  readonly words: NewWords;
  readonly forks: OwnForks;
  readonly #spaces: OwnSpaces;

  constructor(ports: OwnPartsPorts) {
    const { session, events } = ports;
    this.space = new PersonalSpace(ports);
    const joined = { ...ports, ownSpace: this.space };
    this.linking = new DeviceLinking({ ...ports, beforeGrant: () => this.space.ensure() });
    this.devices = new OwnDevices({
      ...joined,
      onChange: () => events.emit({ kind: 'devices', devices: this.devices.list() }),
    });
    this.words = new NewWords({ ...joined, updateSecrets: (change) => session.update(change) });
    this.#spaces = new OwnSpaces(joined);
    this.forks = new OwnForks(joined);
  }

  /** The session is open; records and spaces are loaded. */
  start(): void {
    this.space.start();
    this.devices.start();
    this.#spaces.start();
    this.words.start();
    this.forks.start();
  }

  stop(): void {
    this.linking.stop();
    this.forks.stop();
    this.words.stop();
    this.#spaces.stop();
    this.devices.stop();
    this.space.stop();
  }

  async settled(): Promise<void> {
    await this.#spaces.settled();
    await this.words.settled();
    await this.forks.settled();
    await this.space.settled();
  }

  /** The set of spaces, or this device's keys in one, changed. */
  onSpaces(): void {
    this.devices.publish();
    this.#spaces.advance();
  }

  onReady(replica: SpaceReplica): void {
    this.words.align(replica);
    this.forks.onReady(replica);
    this.onSpaces();
  }

  /** `isOver`: the person is no member of it any more, on whichever device. */
  async forget(space: SpaceId, state: { readonly isOver: boolean }): Promise<void> {
    await this.forks.forgetSpace(space);
    await this.#spaces.forget(space, state);
  }
}
