/**
 * When an epoch is valid, which one to write with, who lacks a box, when to rotate (docs/spec/keying.md): rules over
 * public facts. Secrets, clocks and the boxes themselves are other layers' business.
 */
import type { DeviceId, EpochId } from '../foundation/ids.ts';
import type { EpochOp } from '../protocol/epoch-op.ts';
import type { SpacePolicy } from '../protocol/membership-op.ts';
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

/** [K1] The author is editor or more at `mheads`, and the recipients are the active devices there, exactly. */
export function isValidEpoch(
  op: Pick<EpochOp, 'recipients'>,
  stateAtHeads: MembershipState,
  author: DeviceId,
): boolean {
  const role = stateAtHeads.roleOf(author);
  if (role === undefined || rankOf(role) < RANKS.editor) return false;
  const expected = recipientsAt(stateAtHeads);
  return expected.length === op.recipients.length && expected.every((device, i) => device === op.recipients[i]);
}

/** [K3] Of valid epochs the one to write with; undefined: rotate first. */
export function epochToWrite<E extends Epoch>(
  epochs: readonly E[],
  active: ReadonlySet<DeviceId>,
  historyFrom: SpacePolicy['historyFrom'] = 'start',
): E | undefined {
  let best: E | undefined;
  for (const epoch of epochs) {
    if (epoch.recipients.some((device) => !active.has(device))) continue;
    // [K4] Without history, a newcomer gets no box of an older epoch, so its admission calls for a new one.
    if (historyFrom === 'join' && epoch.recipients.length !== active.size) continue;
    if (best === undefined || epoch.gen > best.gen || (epoch.gen === best.gen && compareIds(epoch.id, best.id) < 0)) {
      best = epoch;
    }
  }
  return best;
}

export interface BoxAudit {
  /** Devices for which a box of the epoch is known. */
  readonly boxed: ReadonlySet<DeviceId>;
  readonly active: ReadonlySet<DeviceId>;
  readonly historyFrom: SpacePolicy['historyFrom'];
}

/** [K2] The active devices that should hold the epoch's secret and have no box of it; sorted. Never a removed one. */
export function missingBoxes(
  epoch: Pick<Epoch, 'recipients'>,
  { boxed, active, historyFrom }: BoxAudit,
): readonly DeviceId[] {
  const entitled = historyFrom === 'join' ? epoch.recipients.filter((device) => active.has(device)) : [...active];
  return entitled.filter((device) => !boxed.has(device)).sort(compareIds);
}

export function isRotationDue({ ageMs, entries }: { readonly ageMs: number; readonly entries: number }): boolean {
  return ageMs >= ROTATION_AGE_MS || entries >= ROTATION_ENTRIES;
}
