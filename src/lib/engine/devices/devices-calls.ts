/** The person's own devices for the rest of the program: taking a new one in. */
import type { DeviceId, DocumentId, SpaceId } from '../../foundation/ids.ts';
import { fail, type Result } from '../../foundation/result.ts';
import type { OpenedEntry, Protection } from '../engine.ts';
import type { DeviceLinking, PairingState } from './device-linking.ts';
import type { LostWork } from './lost-work.ts';
import type { NewWords } from './new-words.ts';
import type { OwnDevice, OwnDevices } from './own-devices.ts';
import type { OwnForks } from './own-forks.ts';
import type { OwnParts } from './own-parts.ts';

export type { PairingState } from './device-linking.ts';
export type { LostWork } from './lost-work.ts';
export type { OwnDevice } from './own-devices.ts';

export interface DevicesEngineCalls {
  pairing(): Promise<PairingState>;
  /** On an open device: shows a code, or six digits, for ten minutes and one new device. Progress comes as events. */
  offerPairing(kind: 'code' | 'digits'): Promise<Result<void>>;
  /** On the open device: the six digits that the new device shows. */
  typePairingDigits(digits: string): Promise<Result<void>>;
  /** On a blank device: what was scanned, pasted or typed. Progress comes as events; at its end the session is open. */
  acceptPairing(
    given: string,
    choices: { readonly protection: Protection; readonly deviceName: string; readonly relayUrl: string },
  ): Promise<Result<void>>;
  /** On the new device: the other one took the digits that stand here. */
  confirmPairing(): Promise<void>;
  /** Ends what is under way, on either side, and forgets how it went. */
  stopPairing(): Promise<void>;
  /** This device first, then the others, the last seen first. */
  ownDevices(): Promise<readonly OwnDevice[]>;
  /** What this browser is called until the person says otherwise. */
  introduceDevice(name: string): Promise<void>;
  /** An empty name takes the given one back. */
  renameDevice(id: string, name: string): Promise<Result<void>>;
  /** Out of every space, with new keys for those that stay. */
  revokeDevice(id: string): Promise<Result<void>>;
  /** Other recovery words in the place of those that someone may know; to be shown and confirmed like the first ones. */
  renewWords(): Promise<Result<void>>;
  /**
   * [C2] New keys in a space in which this device's chain forked (`isForked`): it comes in again as a new device and puts the
   * old keys out. `fork-unplaced` until it was seen where the two part.
   */
  renewKeys(space: SpaceId): Promise<Result<void>>;
  /** [C2] What was written here, by document, that the others never got. */
  lostWork(space: SpaceId): Promise<readonly LostWork[]>;
  /** All that makes the document as it stood here with the lost work: entries from elsewhere, then those lost. */
  lostEntries(space: SpaceId, device: DeviceId, document: DocumentId): Promise<readonly OpenedEntry[]>;
  /** It was put back, or is not wanted. */
  dropLostWork(space: SpaceId, device: DeviceId, document: DocumentId): Promise<void>;
}

export type DevicesEvent =
  | { readonly kind: 'pairing'; readonly pairing: PairingState }
  | { readonly kind: 'devices'; readonly devices: readonly OwnDevice[] }
  /** [C2] Work was kept as lost, or is no longer. */
  | { readonly kind: 'lost-work'; readonly space: SpaceId };

export class DevicesCalls implements DevicesEngineCalls {
  readonly #linking: DeviceLinking;
  readonly #devices: OwnDevices;
  readonly #words: NewWords;
  readonly #forks: OwnForks;

  constructor(parts: Pick<OwnParts, 'linking' | 'devices' | 'words' | 'forks'>) {
    this.#forks = parts.forks;
    this.#linking = parts.linking;
    this.#devices = parts.devices;
    this.#words = parts.words;
  }

  pairing(): Promise<PairingState> {
    return Promise.resolve(this.#linking.state);
  }

  offerPairing(kind: 'code' | 'digits'): Promise<Result<void>> {
    return this.#linking.offer(kind);
  }

  typePairingDigits(digits: string): Promise<Result<void>> {
    return Promise.resolve(this.#linking.typeDigits(digits));
  }

  acceptPairing(
    given: string,
    choices: { readonly protection: Protection; readonly deviceName: string; readonly relayUrl: string },
  ): Promise<Result<void>> {
    return this.#linking.accept(given, choices);
  }

  confirmPairing(): Promise<void> {
    this.#linking.confirm();
    return Promise.resolve();
  }

  stopPairing(): Promise<void> {
    this.#linking.stop();
    return Promise.resolve();
  }

  ownDevices(): Promise<readonly OwnDevice[]> {
    return Promise.resolve(this.#devices.list());
  }

  introduceDevice(name: string): Promise<void> {
    return this.#devices.introduce(name);
  }

  renameDevice(id: string, name: string): Promise<Result<void>> {
    return this.#devices.rename(id, name);
  }

  revokeDevice(id: string): Promise<Result<void>> {
    return this.#devices.revoke(id);
  }

  renewWords(): Promise<Result<void>> {
    return this.#words.renew();
  }

  renewKeys(space: SpaceId): Promise<Result<void>> {
    return this.#forks.isOpen ? this.#forks.renew(space) : Promise.resolve(fail('locked'));
  }

  lostWork(space: SpaceId): Promise<readonly LostWork[]> {
    return this.#forks.isOpen ? this.#forks.lostWork(space) : Promise.resolve([]);
  }

  lostEntries(space: SpaceId, device: DeviceId, document: DocumentId): Promise<readonly OpenedEntry[]> {
    return this.#forks.isOpen ? this.#forks.lostEntries(space, device, document) : Promise.resolve([]);
  }

  async dropLostWork(space: SpaceId, device: DeviceId, document: DocumentId): Promise<void> {
    if (this.#forks.isOpen) await this.#forks.dropLostWork(space, device, document);
  }
}
