/**
 * Keeps the relay's list of a space in step with its membership [R4]: active devices may read, those of commenters and
 * more may write, those of admins may change the list below their own rank. It limits abuse only; every replica judges for itself.
 */
import type { DeviceId, SpaceId } from '../foundation/ids.ts';
import { signAclChange } from '../crypto/auth.ts';
import type { SigningKeyPair } from '../crypto/keys.ts';
import { rankOf, type MembershipState } from '../membership/membership-state.ts';
import { comparePaths, RANKS } from '../membership/seniority.ts';
import {
  ACL_BLOCK,
  CAPABILITY_ADMIN,
  CAPABILITY_READ,
  CAPABILITY_WRITE,
  MAX_ACL_ENTRIES,
  type AclChange,
  type AclEntry,
} from '../protocol/relay-frames.ts';
import type { Frame } from '../protocol/frames.ts';
import type { Role } from '../protocol/membership-op.ts';
import type { SpaceReplica } from './space-replica.ts';

type AclState = Extract<Frame, { readonly kind: 'acl-state' }>;

export class RelayAccess {
  /** The relay's list as it last told. */
  readonly #told = new Map<SpaceId, AclState>();
  readonly #sent = new Map<SpaceId, string>();
  /** Who is taken off the list hears nothing later, so the removal must have reached the relay first: some keys wait for that. */
  readonly #waiting = new Set<SpaceId>();

  onState(state: AclState): void {
    this.#told.set(state.space, state);
    this.#sent.delete(state.space);
  }

  forgetAll(): void {
    this.#told.clear();
    this.#sent.clear();
    this.#waiting.clear();
  }

  isWaiting(space: SpaceId): boolean {
    return this.#waiting.has(space);
  }

  /** Makes a space known to a relay: harmless where it is known already. */
  introduce(replica: SpaceReplica, send: (frame: Frame) => void): void {
    if (replica.governance.genesis?.operation.keys.device === replica.secrets.device) {
      send({ kind: 'create', space: replica.space, voucher: '' });
    }
  }

  /** Sends what the list lacks or has too much of, if this device may. `isDelivered`: the relay holds what put a key out. */
  async reconcile(
    replica: SpaceReplica,
    {
      signers,
      isDelivered,
    }: {
      readonly signers: readonly SigningKeyPair[];
      readonly isDelivered: (key: DeviceId) => Promise<boolean>;
    },
    send: (frame: Frame) => void,
  ): Promise<void> {
    const { space } = replica;
    const told = this.#told.get(space);
    const signer = told === undefined ? undefined : signerOf(told, signers);
    if (told === undefined || signer === undefined) return;
    const { keys, entry } = signer;
    const isGoverning = (entry.caps & CAPABILITY_ADMIN) !== 0;
    const change = isGoverning
      ? await this.#dueOf(space, changeOf(replica.state, told, entry), isDelivered)
      : vouchingOf(replica.state, told, entry);
    if (change === undefined) return;
    const key = JSON.stringify(change);
    if (this.#sent.get(space) === key) return;
    this.#sent.set(space, key);
    const signature = signAclChange(space, change, keys);
    send({ kind: 'acl', space, signer: keys.device, signature, ...change });
  }

  async #dueOf(
    space: SpaceId,
    change: AclChange | undefined,
    isDelivered: (key: DeviceId) => Promise<boolean>,
  ): Promise<AclChange | undefined> {
    this.#waiting.delete(space);
    if (change === undefined) return undefined;
    const removed: DeviceId[] = [];
    for (const key of change.removed) {
      if (await isDelivered(key)) removed.push(key);
      else this.#waiting.add(space);
    }
    return change.entries.length === 0 && removed.length === 0 ? undefined : { ...change, removed };
  }
}

/** Of this person's keys one that governs the list; else one that stands on it. */
function signerOf(
  told: AclState,
  signers: readonly SigningKeyPair[],
): { readonly keys: SigningKeyPair; readonly entry: AclEntry } | undefined {
  const listed = signers.flatMap((keys) => {
    const entry = told.entries.find(({ key }) => key === keys.device);
    return entry === undefined ? [] : [{ keys, entry }];
  });
  return listed.find(({ entry }) => (entry.caps & CAPABILITY_ADMIN) !== 0) ?? listed[0];
}

/** [R4] The person's own devices that the list lacks: a device without A lets them in beside itself. */
export function vouchingOf(state: MembershipState, told: AclState, own: AclEntry): AclChange | undefined {
  const listed = new Set(told.entries.map(({ key }) => key));
  const taken = new Set(told.entries.map(({ idx }) => idx));
  const endOfBlock = (Math.floor(own.idx / ACL_BLOCK) + 1) * ACL_BLOCK;
  const entries: AclEntry[] = [];
  let idx = own.idx + 1;
  for (const key of state.memberOf(own.key)?.devices ?? []) {
    if (listed.has(key) || !state.isActiveDevice(key)) continue;
    while (taken.has(idx)) idx++;
    if (idx >= endOfBlock) break;
    entries.push({ key, caps: own.caps, idx: idx++ });
  }
  if (entries.length === 0) return undefined;
  return { entries: entries.sort((a, b) => (a.key < b.key ? -1 : 1)), removed: [], counter: told.counter + 1 };
}

/** What to change so that the list says what the membership says; undefined when it does. */
export function changeOf(state: MembershipState, told: AclState, own: AclEntry): AclChange | undefined {
  const held = new Map(told.entries.map((entry) => [entry.key, entry]));
  const wanted = wantedEntries(state);
  const entries: AclEntry[] = [];
  for (const [key, { caps, idx }] of wanted) {
    const before = held.get(key);
    if (before?.caps === caps || key === own.key) continue;
    // An entry keeps its rank; a new one gets its own, but never one that the signer could not touch again.
    const rank = before?.idx ?? Math.max(idx, own.idx + 1);
    if (rank > own.idx) entries.push({ key, caps, idx: rank });
  }
  const removed = told.entries
    .filter((entry) => !wanted.has(entry.key) && entry.idx > own.idx)
    .map((entry) => entry.key);
  if (entries.length === 0 && removed.length === 0) return undefined;
  return {
    entries: entries.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, MAX_ACL_ENTRIES),
    removed: removed.sort(),
    counter: told.counter + 1,
  };
}

/** Senior members first, so that a junior's device can never take a senior's off the list. */
function wantedEntries(state: MembershipState): ReadonlyMap<DeviceId, { readonly caps: number; readonly idx: number }> {
  const members = state.activeMembers().toSorted((a, b) => comparePaths(a.path, b.path) || (a.id < b.id ? -1 : 1));
  const wanted = new Map<DeviceId, { caps: number; idx: number }>();
  members.forEach((member, m) => {
    const caps = capsOf(member.role);
    member.devices.forEach((device, d) => {
      if (state.isActiveDevice(device)) wanted.set(device, { caps, idx: m * ACL_BLOCK + Math.min(d, ACL_BLOCK - 1) });
    });
  });
  return wanted;
}

/** A relay lets a key that only reads still leave, hand on a box and attest. */
function capsOf(role: Role): number {
  const rank = rankOf(role);
  return (
    CAPABILITY_READ | (rank >= RANKS.commenter ? CAPABILITY_WRITE : 0) | (rank >= RANKS.admin ? CAPABILITY_ADMIN : 0)
  );
}
