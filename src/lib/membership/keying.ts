/**
 * When an epoch is valid, which one to write with, who lacks a box, when to rotate (docs/spec/keying.md): rules over
 * public facts. Secrets, clocks and the boxes themselves are other layers' business.
 */
import type { DeviceId, EpochId, MemberId } from '../foundation/ids.ts';
import type { EpochOp } from '../protocol/epoch-op.ts';
import { rankOf, type MembershipState } from './membership-state.ts';
import { RANKS, compareIds } from './seniority.ts';

/** A scheduled rotation comes after 30 days or 10,000 envelopes [K3]. */
export const ROTATION_AGE_MS = 30 * 24 * 60 * 60 * 1000;
export const ROTATION_ENTRIES = 10_000;

export interface Epoch {
  readonly id: EpochId;
  readonly gen: number;
  readonly recipients: readonly DeviceId[];
}

/** Whom an epoch made now must be for: every active device, recovery devices among them; sorted. */
export function recipientsAt(state: MembershipState): readonly DeviceId[] {
  return state.activeDevices().map((device) => device.id);
}

/** One more than the highest of the valid epochs it follows. */
export function generationAfter(parents: readonly Pick<Epoch, 'gen'>[]): number {
  return parents.reduce((highest, { gen }) => Math.max(highest, gen + 1), 0);
}

/**
 * [K1] The author is editor or more at `mheads`, the recipients are the active devices there, exactly, and the generation
 * is the one after its parents: a number out of thin air would leave no room for the epochs to come. The parents must be
 * valid themselves.
 */
export function isValidEpoch(
  op: Pick<EpochOp, 'recipients' | 'gen'>,
  {
    then,
    author,
    parents,
  }: { readonly then: MembershipState; readonly author: DeviceId; readonly parents: readonly Pick<Epoch, 'gen'>[] },
): boolean {
  const role = then.roleOf(author);
  if (role === undefined || rankOf(role) < RANKS.editor || op.gen !== generationAfter(parents)) return false;
  const expected = recipientsAt(then);
  return expected.length === op.recipients.length && expected.every((device, i) => device === op.recipients[i]);
}

/** The membership at an epoch's `mheads`, and as it is now. */
export interface ThenAndNow {
  readonly then: MembershipState;
  readonly now: MembershipState;
}

/** [K4] Whether people who came after an epoch may read it: the policy said so when it was made and says so still. */
export function isOpenToNewcomers({ then, now }: ThenAndNow): boolean {
  return then.policy.historyFrom === 'start' && now.policy.historyFrom === 'start';
}

/**
 * [K4] The active devices that may hold an epoch's secret; sorted. Whoever had come by then is no newcomer, whether or not
 * the epoch was made for them: neither a later device of theirs, nor one whom a removal that came to nothing left out.
 */
export function entitledDevices(moments: ThenAndNow): readonly DeviceId[] {
  const { then, now } = moments;
  const active = now.activeDevices();
  const entitled = isOpenToNewcomers(moments) ? active : active.filter(({ member }) => then.members.has(member));
  return entitled.map(({ id }) => id);
}

/** [K4] Those who are in and may not hold it, because they came later: what is written under it they never read. */
export function closedMembers(moments: ThenAndNow): readonly MemberId[] {
  const { then, now } = moments;
  if (isOpenToNewcomers(moments)) return [];
  return now.activeMembers().flatMap(({ id }) => (then.members.has(id) ? [] : [id]));
}

/** [K4] Whether everyone who is in may hold it, and so reads what is under it. */
export function isForAll(moments: ThenAndNow): boolean {
  return entitledDevices(moments).length === recipientsAt(moments.now).length;
}

/**
 * [K3] Nobody who is out now could ever have held the secret: neither as a recipient, nor supplied with a box later
 * (docs/decisions/0003). And everyone who is in may hold it [K4].
 */
export function isWritable(epoch: Pick<Epoch, 'recipients'>, moments: ThenAndNow): boolean {
  const { then, now } = moments;
  if (epoch.recipients.some((device) => !now.isActiveDevice(device))) return false;
  for (const device of now.devices.values()) {
    if (!device.isActive && then.device(device.id)?.isActive !== false) return false;
  }
  return isForAll(moments);
}

/** [K3] Of epochs that may be written with, the first is written with: the highest generation, then the lowest id. */
export function comparePreference(a: Epoch, b: Epoch): number {
  return b.gen - a.gen || compareIds(a.id, b.id);
}

/**
 * [K2] The active devices that may hold the epoch's secret and have no good box of it; sorted. Never a removed one. What
 * `holder` reads on one device is theirs on each [K4]: a person who came while the past was open keeps it when it is closed.
 */
export function missingBoxes(
  moments: ThenAndNow,
  hasBox: (device: DeviceId) => boolean,
  holder: MemberId | undefined,
): readonly DeviceId[] {
  const entitled = new Set(entitledDevices(moments));
  return moments.now
    .activeDevices()
    .flatMap(({ id, member }) => ((entitled.has(id) || member === holder) && !hasBox(id) ? [id] : []));
}

export function isRotationDue({ ageMs, entries }: { readonly ageMs: number; readonly entries: number }): boolean {
  return ageMs >= ROTATION_AGE_MS || entries >= ROTATION_ENTRIES;
}
