/**
 * The epochs of one space as their entries told them: which are valid [K1], and which secrets lead back to which. A
 * link counts only when it was walked: an author who seals nonsense under `prev` hides no epoch from newcomers.
 */
import type { DeviceId, EpochId, SpaceId } from '../foundation/ids.ts';
import type { ContentKeys } from '../crypto/content-keys.ts';
import { isCommittedRecordSecret, isCommittedSecret, openPreviousEpoch } from '../crypto/epoch-secrets.ts';
import { isValidEpoch } from '../membership/keying.ts';
import type { MembershipHistory } from '../membership/membership-history.ts';
import type { ChainId } from '../membership/own-chains.ts';
import type { EpochOp } from '../protocol/epoch-op.ts';

/** An epoch as its entry told it. */
export interface KnownEpoch extends EpochOp {
  readonly id: EpochId;
  readonly author: DeviceId;
  /** The branch of its author's chain it stands on. */
  readonly chain: ChainId;
  readonly seq: number;
  readonly position: number;
  readonly claimedTime: number;
}

/** What a link carries: the whole secret, or only the one for records. */
type Link = 'content' | 'records';

export class EpochShelf {
  readonly #space: SpaceId;
  readonly #keys: ContentKeys;
  readonly #epochs = new Map<EpochId, KnownEpoch>();
  /** By the earlier epoch: those that say they seal its secret. */
  readonly #sealedIn = new Map<EpochId, KnownEpoch[]>();
  readonly #walked: Readonly<Record<Link, Map<EpochId, Set<EpochId>>>> = { content: new Map(), records: new Map() };
  readonly #verdicts = new Map<EpochId, boolean>();

  constructor(space: SpaceId, keys: ContentKeys) {
    this.#space = space;
    this.#keys = keys;
  }

  get size(): number {
    return this.#epochs.size;
  }

  find(id: EpochId): KnownEpoch | undefined {
    return this.#epochs.get(id);
  }

  add(epoch: KnownEpoch): void {
    if (this.#epochs.has(epoch.id)) return;
    this.#epochs.set(epoch.id, epoch);
    for (const { epoch: older } of [...epoch.prev, ...epoch.records]) {
      const sealedIn = this.#sealedIn.get(older);
      if (sealedIn === undefined) this.#sealedIn.set(older, [epoch]);
      else sealedIn.push(epoch);
    }
    this.walkFrom(epoch);
    for (const newer of this.#sealedIn.get(epoch.id) ?? []) this.walkFrom(newer);
  }

  /** Takes every earlier secret that the secrets held of `newest` lead to. */
  walkFrom(newest: KnownEpoch): void {
    const queue = [newest];
    for (let newer = queue.pop(); newer !== undefined; newer = queue.pop()) {
      queue.push(...this.#walkContent(newer), ...this.#walkRecords(newer));
    }
  }

  /** The valid epochs whose content opens. */
  readable(history: MembershipHistory): readonly KnownEpoch[] {
    return this.#valid(history, (id) => this.#keys.hasEpoch(id));
  }

  /** The valid epochs whose records open. */
  legible(history: MembershipHistory): readonly KnownEpoch[] {
    return this.#valid(history, (id) => this.#keys.hasRecords(id));
  }

  /** Those of `epochs` that no other of them leads back to. */
  tips(epochs: readonly KnownEpoch[], link: Link): readonly KnownEpoch[] {
    const behind = new Set(epochs.flatMap(({ id }) => [...(this.#walked[link].get(id) ?? [])]));
    return epochs.filter((epoch) => !behind.has(epoch.id));
  }

  /** Whether the content of `older` was walked to from `newer`, or they are the same. */
  leadsBack(newer: EpochId, older: EpochId): boolean {
    const seen = new Set([newer]);
    for (const id of seen) for (const behind of this.#walked.content.get(id) ?? []) seen.add(behind);
    return seen.has(older);
  }

  #valid(history: MembershipHistory, isHeld: (id: EpochId) => boolean): readonly KnownEpoch[] {
    return [...this.#epochs.values()].filter((epoch) => isHeld(epoch.id) && this.#isValid(epoch, history));
  }

  /** [K1] What the past of `mheads` and the parents say never changes, so a verdict is kept. */
  #isValid(asked: KnownEpoch, history: MembershipHistory): boolean {
    const stack = [asked];
    for (let epoch = stack.at(-1); epoch !== undefined; epoch = stack.at(-1)) {
      const parents: KnownEpoch[] = [];
      for (const id of epoch.parents) {
        const parent = this.#epochs.get(id);
        if (parent === undefined) return false;
        parents.push(parent);
      }
      const undecided = this.#verdicts.has(epoch.id) ? [] : parents.filter(({ id }) => !this.#verdicts.has(id));
      if (undecided.length > 0) {
        stack.push(...undecided);
        continue;
      }
      if (!this.#verdicts.has(epoch.id)) {
        const then = history.findState(epoch.mheads);
        if (then === undefined) return false;
        const areParentsValid = parents.every(({ id }) => this.#verdicts.get(id) === true);
        this.#verdicts.set(epoch.id, areParentsValid && isValidEpoch(epoch, { then, author: epoch.author, parents }));
      }
      stack.pop();
    }
    return this.#verdicts.get(asked.id) === true;
  }

  #walkContent(newer: KnownEpoch): readonly KnownEpoch[] {
    const secret = this.#keys.findSecret(newer.id);
    if (secret === undefined) return [];
    return newer.prev.flatMap((sealed) => {
      const older = this.#epochs.get(sealed.epoch);
      if (older === undefined || this.#hasWalked('content', newer, older)) return [];
      const opened = openPreviousEpoch({ space: this.#space, secret }, sealed);
      if (!opened.ok || !isCommittedSecret(opened.value, this.#space, older.commit)) return [];
      this.#note('content', newer, older);
      const isNews = !this.#keys.hasEpoch(older.id);
      this.#keys.addEpoch(older.id, opened.value);
      return isNews ? [older] : [];
    });
  }

  #walkRecords(newer: KnownEpoch): readonly KnownEpoch[] {
    const secret = this.#keys.findRecordSecret(newer.id);
    if (secret === undefined) return [];
    return newer.records.flatMap((sealed) => {
      const older = this.#epochs.get(sealed.epoch);
      if (older === undefined || this.#hasWalked('records', newer, older)) return [];
      const opened = openPreviousEpoch({ space: this.#space, secret }, sealed);
      if (!opened.ok || !isCommittedRecordSecret(opened.value, this.#space, older.commit)) return [];
      this.#note('records', newer, older);
      const isNews = !this.#keys.hasRecords(older.id);
      this.#keys.addRecords(older.id, opened.value);
      return isNews ? [older] : [];
    });
  }

  #hasWalked(link: Link, newer: KnownEpoch, older: KnownEpoch): boolean {
    return this.#walked[link].get(newer.id)?.has(older.id) === true;
  }

  #note(link: Link, newer: KnownEpoch, older: KnownEpoch): void {
    const walked = this.#walked[link].get(newer.id) ?? new Set();
    this.#walked[link].set(newer.id, walked.add(older.id));
  }
}
