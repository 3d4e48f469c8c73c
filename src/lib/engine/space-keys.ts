/**
 * The secrets of one space that this device can reach: through boxes for its keys, and from each secret back along
 * `prev` [K4]. A secret counts only when it is the one its epoch committed to [K2]. Which epoch to write with and who
 * may hold what are the membership layer's rules; this file asks it.
 */
import type { DeviceId, EnvelopeId, EpochId, MemberId, SpaceId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import { ContentKeys } from '../crypto/content-keys.ts';
import {
  epochCommitment,
  isCommittedSecret,
  newEpochSecret,
  recordSecretOf,
  sealPreviousEpoch,
} from '../crypto/epoch-secrets.ts';
import { boxEpochFor, isBoxFor, openKeybox } from '../crypto/kem.ts';
import type { EpochSecret, KemSecret } from '../crypto/keys.ts';
import {
  closedMembers,
  comparePreference,
  generationAfter,
  isForAll,
  isOpenToNewcomers,
  isRotationDue,
  isWritable,
  missingBoxes,
  recipientsAt,
  type ThenAndNow,
} from '../membership/keying.ts';
import type { MembershipHistory } from '../membership/membership-history.ts';
import type { MembershipState } from '../membership/membership-state.ts';
import { MAX_PARENT_EPOCHS, type EpochOp, type SealedPreviousEpoch } from '../protocol/epoch-op.ts';
import type { Keybox } from '../protocol/keybox.ts';
import { EpochShelf, type KnownEpoch } from './epoch-shelf.ts';

/** A key that opens boxes: this device's, or while restoring its person's recovery device's. */
export interface BoxOpener {
  readonly device: DeviceId;
  readonly kem: KemSecret;
}

/** A box as its entry told it. */
export interface KnownBox extends Keybox {
  readonly author: DeviceId;
}

export interface MissingBoxes {
  readonly epoch: EpochId;
  readonly secret: EpochSecret;
  readonly devices: readonly DeviceId[];
}

export function epochIdOf(entry: EnvelopeId): EpochId {
  return entry as string as EpochId;
}

/** Of so many epochs the boxes are checked, newest first; of older ones a box counts as good when it is there. */
const MAX_CHECKED_EPOCHS = 8;

export class SpaceKeys {
  readonly content: ContentKeys;
  readonly #space: SpaceId;
  readonly #openers: readonly BoxOpener[];
  readonly #shelf: EpochShelf;
  readonly #boxes = new Map<EpochId, Map<DeviceId, KnownBox[]>>();
  /** The device keys for which a good box is known, by epoch. */
  readonly #good = new Map<EpochId, Map<DeviceId, Uint8Array>>();
  readonly #wrong = new Set<KnownBox>();
  /** Published keys that are none. */
  readonly #unusable = new Set<Uint8Array>();
  #reported: DeviceId[] = [];
  #writable:
    | {
        readonly state: MembershipState;
        readonly held: number;
        readonly known: number;
        readonly epoch: KnownEpoch | undefined;
      }
    | undefined;

  constructor(space: SpaceId, openers: readonly BoxOpener[]) {
    this.#space = space;
    this.content = new ContentKeys(space);
    this.#openers = openers;
    this.#shelf = new EpochShelf(space, this.content);
  }

  findEpoch(id: EpochId): KnownEpoch | undefined {
    return this.#shelf.find(id);
  }

  addEpoch(epoch: KnownEpoch): void {
    this.#shelf.add(epoch);
    this.#tryBoxes(epoch.id);
  }

  addBox(box: KnownBox): void {
    const boxes = this.#boxes.get(box.epoch) ?? new Map<DeviceId, KnownBox[]>();
    this.#boxes.set(box.epoch, boxes);
    boxes.set(box.recipient, [...(boxes.get(box.recipient) ?? []), box]);
    this.#tryBoxes(box.epoch);
  }

  /** [K2] The authors of boxes for this device that hold something else than the secret; each box is told once. */
  takeReports(): readonly DeviceId[] {
    return this.#reported.splice(0);
  }

  /** Of the epochs held and valid the one to write with [K3]; undefined: rotate first, if the role allows it. */
  findWritable(history: MembershipHistory): KnownEpoch | undefined {
    const state = history.current();
    const held = this.content.epochs().length;
    const known = this.#shelf.size;
    if (this.#writable?.state === state && this.#writable.held === held && this.#writable.known === known)
      return this.#writable.epoch;
    const epoch = this.#shelf
      .readable(history)
      .toSorted(comparePreference)
      .find((each) => {
        if (!isWritable(each, momentsOf(each, history)) || !isInTime(each, history)) return false;
        return this.#leavesNobodyBehind(each, history);
      });
    this.#writable = { state, held, known, epoch };
    return epoch;
  }

  /** The valid epochs whose content opens here. */
  readable(history: MembershipHistory): readonly KnownEpoch[] {
    return this.#shelf.readable(history);
  }

  /** [K4] The members who are in and can have no secret of the epoch: not then members, nor ever given a box that leads to it. */
  closedTo(epoch: KnownEpoch, history: MembershipHistory): readonly MemberId[] {
    const late = closedMembers(momentsOf(epoch, history));
    return late.filter((id) => {
      const devices = history.current().member(id)?.devices ?? [];
      const boxed = [...this.#boxes].filter(([, boxes]) => devices.some((device) => boxes.has(device)));
      return !boxed.some(([from]) => this.#shelf.leadsBack(from, epoch.id));
    });
  }

  /** [K4] Whether some epoch, held or not, is closed to a member who is in. */
  isPastClosedTo(member: MemberId, history: MembershipHistory): boolean {
    return this.#shelf.legible(history).some((epoch) => this.closedTo(epoch, history).includes(member));
  }

  /** [K4] Whether some epoch was made while newcomers were to read from their join on, held or not. */
  wasEverClosed(history: MembershipHistory): boolean {
    return this.#shelf.legible(history).some((epoch) => momentsOf(epoch, history).then.policy.historyFrom === 'join');
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
    const secret = newEpochSecret(random);
    const tips = newest(this.#shelf.tips(this.#shelf.legible(history), 'records'));
    const prev = this.#sealContent(secret, history, random);
    const records = this.#sealRecords(secret, tips, random);
    const op: EpochOp = {
      scheme: 'lockbox',
      gen: generationAfter(tips),
      parents: tips.map((epoch) => epoch.id).sort(),
      mheads: heads,
      recipients: recipientsAt(history.current()),
      commit: epochCommitment(secret, this.#space),
      prev,
      records,
    };
    return { op, secret };
  }

  /** Boxes of one epoch for the given devices; one whose published key is nonsense gets none. */
  boxFor(
    epoch: EpochId,
    secret: EpochSecret,
    to: { readonly state: MembershipState; readonly devices: readonly DeviceId[] },
  ): readonly Keybox[] {
    return to.devices.flatMap((device) => {
      const kem = to.state.device(device)?.kem;
      if (kem === undefined) return [];
      const box = boxEpochFor({ device, kem }, { space: this.#space, epoch, secret });
      if (!box.ok) {
        this.#unusable.add(kem);
        return [];
      }
      this.#noteGood(epoch, device, kem);
      return [box.value];
    });
  }

  /** [K2] Boxes that active devices lack, of the epochs that no other leads back to. */
  missing(history: MembershipHistory): readonly MissingBoxes[] {
    const tips = this.#shelf.tips(this.#shelf.readable(history), 'content').toSorted(comparePreference);
    return tips.flatMap((epoch, rank) => {
      const secret = this.content.findSecret(epoch.id);
      if (secret === undefined) return [];
      const moments = momentsOf(epoch, history);
      const hasBox = (device: DeviceId): boolean => {
        const boxes = this.#boxes.get(epoch.id)?.get(device) ?? [];
        const kem = moments.now.device(device)?.kem;
        if (kem === undefined || this.#unusable.has(kem)) return true;
        if (boxes.length === 0 || rank >= MAX_CHECKED_EPOCHS) return boxes.length > 0;
        return this.#hasGoodBox({ epoch: epoch.id, secret }, { device, kem }, boxes);
      };
      const devices = missingBoxes(moments, hasBox, this.#holderAt(moments.now));
      return devices.length === 0 ? [] : [{ epoch: epoch.id, secret, devices }];
    });
  }

  /** Whose device this is; nobody's before it is let in. */
  #holderAt(now: MembershipState): MemberId | undefined {
    const [own] = this.#openers;
    return own === undefined ? undefined : now.device(own.device)?.member;
  }

  /** The secret of the newest held epoch: what members share and a relay does not. */
  newestSecret(history: MembershipHistory): EpochSecret | undefined {
    const newestEpoch = this.findWritable(history) ?? this.#shelf.readable(history).at(-1);
    return newestEpoch === undefined ? undefined : this.content.findSecret(newestEpoch.id);
  }

  /**
   * [K4] Records under a concurrent epoch that not everyone may hold reach the others along `records` only: until an
   * epoch leads to it, there is none to write with.
   */
  #leavesNobodyBehind(chosen: KnownEpoch, history: MembershipHistory): boolean {
    const legible = this.#shelf.legible(history);
    return this.#shelf.tips(legible, 'records').every((tip) => tip === chosen || isForAll(momentsOf(tip, history)));
  }

  /** [K4] Earlier secrets, of the epochs that newcomers may read. */
  #sealContent(secret: EpochSecret, history: MembershipHistory, random: Random): readonly SealedPreviousEpoch[] {
    const open = this.#shelf.readable(history).filter((epoch) => isOpenToNewcomers(momentsOf(epoch, history)));
    const sealed = newest(this.#shelf.tips(open, 'content')).flatMap(({ id }) => {
      const older = this.content.findSecret(id);
      if (older === undefined) return [];
      return [sealPreviousEpoch({ space: this.#space, secret }, { epoch: id, secret: older }, random)];
    });
    return sealed.sort((a, b) => (a.epoch < b.epoch ? -1 : 1));
  }

  /** [K4] What tells newcomers who was in, and nothing else: a chain of its own, complete whatever the policy was. */
  #sealRecords(secret: EpochSecret, epochs: readonly KnownEpoch[], random: Random): readonly SealedPreviousEpoch[] {
    const own = recordSecretOf(secret, this.#space);
    const sealed = epochs.flatMap(({ id }) => {
      const older = this.content.findRecordSecret(id);
      if (older === undefined) return [];
      return [sealPreviousEpoch({ space: this.#space, secret: own }, { epoch: id, secret: older }, random)];
    });
    return sealed.sort((a, b) => (a.epoch < b.epoch ? -1 : 1));
  }

  #hasGoodBox(
    boxed: { readonly epoch: EpochId; readonly secret: EpochSecret },
    recipient: { readonly device: DeviceId; readonly kem: Uint8Array },
    boxes: readonly KnownBox[],
  ): boolean {
    if (this.#good.get(boxed.epoch)?.get(recipient.device) === recipient.kem) return true;
    const isGood = boxes.some(
      (box) => !this.#wrong.has(box) && isBoxFor(box, recipient, { space: this.#space, ...boxed }),
    );
    if (isGood) this.#noteGood(boxed.epoch, recipient.device, recipient.kem);
    return isGood;
  }

  #noteGood(epoch: EpochId, device: DeviceId, kem: Uint8Array): void {
    const good = this.#good.get(epoch) ?? new Map<DeviceId, Uint8Array>();
    this.#good.set(epoch, good.set(device, kem));
  }

  #tryBoxes(id: EpochId): void {
    const epoch = this.#shelf.find(id);
    if (epoch === undefined) return;
    for (const { device, kem } of this.#openers) {
      for (const box of this.#boxes.get(id)?.get(device) ?? []) {
        if (this.content.hasEpoch(id)) return;
        if (this.#wrong.has(box)) continue;
        const secret = openKeybox(this.#space, box, kem);
        if (secret.ok && isCommittedSecret(secret.value, this.#space, epoch.commit)) {
          this.content.addEpoch(id, secret.value);
          this.#shelf.walkFrom(epoch);
        } else {
          this.#wrong.add(box);
          this.#reported.push(box.author);
        }
      }
    }
  }
}

/** The newest of them, as many as one epoch can follow: those left over are followed by the next. */
function newest(epochs: readonly KnownEpoch[]): readonly KnownEpoch[] {
  return epochs.toSorted(comparePreference).slice(0, MAX_PARENT_EPOCHS);
}

/** Of a valid epoch: the past of its `mheads` is here. */
function momentsOf(epoch: KnownEpoch, history: MembershipHistory): ThenAndNow {
  const now = history.current();
  return { then: history.findState(epoch.mheads) ?? now, now };
}

/** [M8] An epoch that its author made too late, demoted or removed meanwhile, is not written with. */
function isInTime({ id, author, chain, seq, mheads }: KnownEpoch, history: MembershipHistory): boolean {
  const claim = { id: id as string as EnvelopeId, author, seq, type: 'epoch', kind: 0 } as const;
  return history.judgeAt(claim, mheads, chain) === 'accepted';
}
