/**
 * The epochs of one space and the secrets this device can reach: through boxes for its keys, and from each secret back
 * along `prev` [K4]. A secret counts only when it is the one its epoch committed to [K2]. Which epoch to write with is
 * the membership layer's rule; this file asks it.
 */
import type { DeviceId, EnvelopeId, EpochId, SpaceId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import { ContentKeys } from '../crypto/content-keys.ts';
import {
  epochCommitment,
  isCommittedSecret,
  newEpochSecret,
  openPreviousEpoch,
  sealPreviousEpoch,
} from '../crypto/epoch-secrets.ts';
import { boxEpochFor, openKeybox } from '../crypto/kem.ts';
import type { EpochSecret, KemSecret } from '../crypto/keys.ts';
import { epochToWrite, isRotationDue, isValidEpoch, missingBoxes, recipientsAt } from '../membership/keying.ts';
import type { MembershipHistory } from '../membership/membership-history.ts';
import type { MembershipState } from '../membership/membership-state.ts';
import type { EpochOp } from '../protocol/epoch-op.ts';
import type { Keybox } from '../protocol/keybox.ts';

/** An epoch as its entry told it. */
export interface KnownEpoch extends EpochOp {
  readonly id: EpochId;
  readonly author: DeviceId;
  readonly position: number;
  readonly claimedTime: number;
}

/** A key that opens boxes: this device's, or while restoring its person's recovery device's. */
export interface BoxOpener {
  readonly device: DeviceId;
  readonly kem: KemSecret;
}

export function epochIdOf(entry: EnvelopeId): EpochId {
  return entry as string as EpochId;
}

export class SpaceKeys {
  readonly content: ContentKeys;
  readonly #space: SpaceId;
  readonly #openers: readonly BoxOpener[];
  readonly #epochs = new Map<EpochId, KnownEpoch>();
  readonly #boxes = new Map<EpochId, Map<DeviceId, Keybox[]>>();
  readonly #valid = new Map<EpochId, boolean>();
  #writable:
    { readonly state: MembershipState; readonly held: number; readonly epoch: KnownEpoch | undefined } | undefined;

  constructor(space: SpaceId, openers: readonly BoxOpener[]) {
    this.#space = space;
    this.content = new ContentKeys(space);
    this.#openers = openers;
  }

  addEpoch(epoch: KnownEpoch): void {
    if (this.#epochs.has(epoch.id)) return;
    this.#epochs.set(epoch.id, epoch);
    this.#tryBoxes(epoch.id);
    for (const newer of this.#epochs.values()) this.#walkBack(newer);
  }

  addBox(box: Keybox): void {
    const boxes = this.#boxes.get(box.epoch) ?? new Map<DeviceId, Keybox[]>();
    this.#boxes.set(box.epoch, boxes);
    boxes.set(box.recipient, [...(boxes.get(box.recipient) ?? []), box]);
    this.#tryBoxes(box.epoch);
  }

  /** Of the epochs held and valid the one to write with [K3]; undefined: rotate first, if the role allows it. */
  findWritable(history: MembershipHistory): KnownEpoch | undefined {
    const state = history.current();
    const held = this.content.epochs().length;
    if (this.#writable?.state === state && this.#writable.held === held) return this.#writable.epoch;
    const secret = this.#heldAndValid(history).filter((epoch) => isSecretFromTheRemoved(epoch, state, history));
    const epoch = epochToWrite(secret, new Set(recipientsAt(state)), state.policy.historyFrom);
    this.#writable = { state, held, epoch };
    return epoch;
  }

  isRotationDue(epoch: KnownEpoch, now: { readonly ms: number; readonly position: number }): boolean {
    return isRotationDue({ ageMs: now.ms - epoch.claimedTime, entries: now.position - epoch.position });
  }

  /** A new epoch for everyone active, on top of all held ones; its id is not known before it is signed. */
  propose(
    history: MembershipHistory,
    heads: readonly EnvelopeId[],
    random: Random,
  ): { op: EpochOp; secret: EpochSecret } {
    const state = history.current();
    const secret = newEpochSecret(random);
    const tips = this.#tips(this.#heldAndValid(history));
    const sealed = tips.flatMap(({ id }) => {
      const older = this.content.findSecret(id);
      return older === undefined
        ? []
        : [sealPreviousEpoch({ space: this.#space, secret }, { epoch: id, secret: older }, random)];
    });
    const op: EpochOp = {
      scheme: 'lockbox',
      gen: tips.reduce((highest, epoch) => Math.max(highest, epoch.gen + 1), 0),
      parents: tips.map((epoch) => epoch.id).sort(),
      mheads: heads,
      recipients: recipientsAt(state),
      commit: epochCommitment(secret, this.#space),
      prev: state.policy.historyFrom === 'start' ? sealed.sort((a, b) => (a.epoch < b.epoch ? -1 : 1)) : [],
    };
    return { op, secret };
  }

  /** Boxes of one epoch for the given devices; one whose published key is nonsense gets none. */
  boxFor(
    epoch: EpochId,
    secret: EpochSecret,
    to: { state: MembershipState; devices: readonly DeviceId[]; random: Random },
  ): readonly Keybox[] {
    return to.devices.flatMap((device) => {
      const kem = to.state.device(device)?.kem;
      if (kem === undefined) return [];
      const box = boxEpochFor({ device, kem }, { space: this.#space, epoch, secret }, to.random);
      return box.ok ? [box.value] : [];
    });
  }

  /** [K2] Boxes that active devices lack, of the epochs that no other leads back to. */
  missing(
    history: MembershipHistory,
  ): readonly { readonly epoch: EpochId; readonly secret: EpochSecret; readonly devices: readonly DeviceId[] }[] {
    const state = history.current();
    const active = new Set(recipientsAt(state));
    return this.#tips(this.#heldAndValid(history)).flatMap((epoch) => {
      const secret = this.content.findSecret(epoch.id);
      const boxed = new Set(this.#boxes.get(epoch.id)?.keys() ?? []);
      const devices = missingBoxes(epoch, { boxed, active, historyFrom: state.policy.historyFrom });
      return secret === undefined || devices.length === 0 ? [] : [{ epoch: epoch.id, secret, devices }];
    });
  }

  /** The secret of the newest held epoch: what members share and a relay does not. */
  newestSecret(history: MembershipHistory): EpochSecret | undefined {
    const newest = this.findWritable(history) ?? this.#heldAndValid(history).at(-1);
    return newest === undefined ? undefined : this.content.findSecret(newest.id);
  }

  #heldAndValid(history: MembershipHistory): readonly KnownEpoch[] {
    return [...this.#epochs.values()].filter(
      (epoch) => this.content.hasEpoch(epoch.id) && this.#isValid(epoch, history),
    );
  }

  /** [K1] What the past of `mheads` says never changes, so a verdict is kept. */
  #isValid(epoch: KnownEpoch, history: MembershipHistory): boolean {
    const known = this.#valid.get(epoch.id);
    if (known !== undefined) return known;
    const state = history.findState(epoch.mheads);
    if (state === undefined) return false;
    const isValid = isValidEpoch(epoch, state, epoch.author);
    this.#valid.set(epoch.id, isValid);
    return isValid;
  }

  #tips(epochs: readonly KnownEpoch[]): readonly KnownEpoch[] {
    const behind = new Set(epochs.flatMap((epoch) => epoch.prev.map((previous) => previous.epoch)));
    return epochs.filter((epoch) => !behind.has(epoch.id));
  }

  #tryBoxes(id: EpochId): void {
    const epoch = this.#epochs.get(id);
    if (epoch === undefined || this.content.hasEpoch(id)) return;
    for (const { device, kem } of this.#openers) {
      for (const box of this.#boxes.get(id)?.get(device) ?? []) {
        const secret = openKeybox(this.#space, box, kem);
        if (secret.ok && this.#accept(epoch, secret.value)) return;
      }
    }
  }

  #accept(epoch: KnownEpoch, secret: EpochSecret): boolean {
    if (!isCommittedSecret(secret, this.#space, epoch.commit)) return false;
    this.content.addEpoch(epoch.id, secret);
    this.#walkBack(epoch);
    return true;
  }

  #walkBack(newest: KnownEpoch): void {
    const queue = [newest];
    for (let newer = queue.pop(); newer !== undefined; newer = queue.pop()) {
      const secret = this.content.findSecret(newer.id);
      if (secret === undefined) continue;
      for (const sealed of newer.prev) {
        const older = this.#epochs.get(sealed.epoch);
        if (older === undefined || this.content.hasEpoch(older.id)) continue;
        const opened = openPreviousEpoch({ space: this.#space, secret }, sealed);
        if (!opened.ok || !isCommittedSecret(opened.value, this.#space, older.commit)) continue;
        this.content.addEpoch(older.id, opened.value);
        queue.push(older);
      }
    }
  }
}

/**
 * [K3] Boxes are supplied to newcomers too [K2], so an epoch's recipients do not name all who hold its secret: whoever
 * is out now must have been out already when the epoch was made.
 */
function isSecretFromTheRemoved(epoch: KnownEpoch, state: MembershipState, history: MembershipHistory): boolean {
  const then = history.findState(epoch.mheads);
  if (then === undefined) return false;
  for (const device of state.devices.values()) {
    if (!device.isActive && then.device(device.id)?.isActive !== false) return false;
  }
  return true;
}
