/**
 * Who outranks whom in a quarrel: the way a member and then its device came in, never a clock and never a hash.
 * [Note: device paths] A device's path extends the path of the device that added it, so that a stolen device cannot
 * make one that is senior to itself; a recovery device is −1, senior to the first device 0, and so is all it adds.
 */
import type { EnvelopeId } from '../foundation/ids.ts';
import type { PathStep, SeniorityPath } from './membership-state.ts';

/** Index in `ROLES`: reader 0 … owner 4. */
export type Rank = 0 | 1 | 2 | 3 | 4;
export const RANKS = { reader: 0, commenter: 1, editor: 2, admin: 3, owner: 4 } as const;

export const FOUNDER_PATH: SeniorityPath = [];
export const FIRST_DEVICE_PATH: SeniorityPath = [{ seq: 0, id: '' }];
export const RECOVERY_DEVICE_PATH: SeniorityPath = [{ seq: -1, id: '' }];

/** The standing of an operation's author when it acted. */
export interface Standing {
  readonly memberPath: SeniorityPath;
  readonly devicePath: SeniorityPath;
  readonly id: EnvelopeId;
}

/** Negative when `a` is senior. Total: different operations never compare equal. */
export function compareSeniority(a: Standing, b: Standing): number {
  return comparePaths(a.memberPath, b.memberPath) || comparePaths(a.devicePath, b.devicePath) || compareIds(a.id, b.id);
}

/** Lexicographic; a prefix is senior. */
export function comparePaths(a: SeniorityPath, b: SeniorityPath): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const step = compareSteps(a[i], b[i]);
    if (step !== 0) return step;
  }
  return a.length - b.length;
}

function compareSteps(a: PathStep | undefined, b: PathStep | undefined): number {
  if (a === undefined || b === undefined) return 0;
  return a.seq - b.seq || compareIds(a.id, b.id);
}

export function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
