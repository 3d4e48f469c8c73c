/**
 * One person's spaces on all of her devices: a space that one of them founds or joins is named in the personal records,
 * and the others ask there to be added with keys of their own. Whoever is in adds them; while nobody does, a device that
 * waited long enough helps itself by the recovery device [C2].
 */
import type { SpaceId } from '../../foundation/ids.ts';
import type { Random } from '../../foundation/random.ts';
import { kemKeyPairFromSeed } from '../../crypto/kem.ts';
import type { LocalRecords } from '../local-records.ts';
import type { PersonalRecords } from '../personal/personal-records.ts';
import type { PersonalSpace } from '../personal/personal-space.ts';
import type { SpaceReplica } from '../space-replica.ts';
import type { Spaces } from '../spaces.ts';
import { Turns, type OnFault } from '../turns.ts';
import type { Vault } from '../vault.ts';
import { restoringSecrets, type Recovery } from '../ways-back/recovery.ts';
import {
  askingKey,
  ASKING_TABLE,
  decodeAsking,
  decodeListedSpace,
  encodeAsking,
  encodeListedSpace,
  SPACES_TABLE,
} from './device-records.ts';

export interface OwnSpacesPorts {
  readonly vault: Vault;
  readonly spaces: Spaces;
  readonly records: LocalRecords;
  readonly personal: PersonalRecords;
  readonly ownSpace: PersonalSpace;
  readonly recovery: Recovery;
  readonly random: Random;
  readonly onNewSpace: (replica: SpaceReplica) => void;
  readonly onFault: OnFault;
}

const FORGOTTEN_TABLE = 'engine-forgotten';

export class OwnSpaces {
  readonly #ports: OwnSpacesPorts;
  readonly #turns = new Turns();
  #end: (() => void) | undefined;

  constructor(ports: OwnSpacesPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#end = this.#ports.personal.onChange(({ table, origin }) => {
      if (origin === 'foreign' && table === SPACES_TABLE) this.#run(() => this.#follow());
      if (origin === 'foreign' && table === ASKING_TABLE) this.#run(() => this.#answer());
    });
    this.advance();
  }

  stop(): void {
    this.#end?.();
    this.#end = undefined;
  }

  settled(): Promise<void> {
    return this.#turns.settled();
  }

  /** The set of spaces, or the standing in one, changed. */
  advance(): void {
    if (this.#end === undefined) return;
    this.#run(async () => {
      await this.#name();
      await this.#follow();
      await this.#answer();
    });
  }

  /** Not to be taken up again from another device's word. */
  async forget(space: SpaceId, { isOver }: { readonly isOver: boolean }): Promise<void> {
    await this.#ports.records.put(FORGOTTEN_TABLE, space, new Uint8Array(0));
    if (isOver) await this.#ports.personal.delete(SPACES_TABLE, space);
  }

  async #name(): Promise<void> {
    const { personal, recovery, spaces } = this.#ports;
    for (const listed of recovery.listed()) {
      if (listed.isPersonal === true || personal.find(SPACES_TABLE, listed.space) !== undefined) continue;
      if (spaces.find(listed.space)?.isReady === true)
        await personal.put(SPACES_TABLE, listed.space, encodeListedSpace(listed));
    }
  }

  async #follow(): Promise<void> {
    const { personal, spaces, records, vault, random, recovery, onNewSpace } = this.#ports;
    if (vault.secrets.isRestored) return;
    for (const bytes of personal.all(SPACES_TABLE).values()) {
      const listed = decodeListedSpace(bytes);
      if (!listed.ok || spaces.find(listed.value.space) !== undefined) continue;
      if ((await records.find(FORGOTTEN_TABLE, listed.value.space)) !== undefined) continue;
      const secrets = restoringSecrets(vault.secrets.entropy, listed.value, random);
      const { fresh, space } = secrets;
      recovery.expectAddition([space]);
      onNewSpace(await spaces.add(secrets));
      const asking = { space, device: fresh.device, kem: kemKeyPairFromSeed(fresh.kem).publicKey };
      await personal.put(ASKING_TABLE, askingKey(asking), encodeAsking(asking));
    }
  }

  async #answer(): Promise<void> {
    const { personal, spaces } = this.#ports;
    for (const [key, bytes] of personal.all(ASKING_TABLE)) {
      const asking = decodeAsking(bytes);
      if (!asking.ok || askingKey(asking.value) !== key) continue;
      const { space, device, kem } = asking.value;
      const replica = spaces.find(space);
      if (replica?.isReady !== true || replica.secrets.device === device) continue;
      if (!replica.state.devices.has(device)) {
        const added = await replica.writer.operate({ op: 'device.add', keys: { device, kem }, name: '' });
        if (!added.ok) continue;
      }
      await replica.writer.supplyBoxes();
      await personal.delete(ASKING_TABLE, key);
    }
  }

  #run(task: () => Promise<void>): void {
    this.#turns.detach(async () => {
      if (this.#ports.vault.isOpen) await task();
    }, this.#ports.onFault);
  }
}
