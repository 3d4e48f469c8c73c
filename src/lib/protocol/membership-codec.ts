/** Membership records as bytes (docs/spec/encoding.md): the number of the operation in field 0, its fields from 1 on. */
import { idToBytes } from '../foundation/ids.ts';
import type { Result } from '../foundation/result.ts';
import { MAX_MEMBERSHIP_HEADS } from './attest.ts';
import { cborMap, encodeCbor } from './cbor.ts';
import type { CborField, CborMap } from './cbor.ts';
import { CborRecord } from './cbor-record.ts';
import {
  cardToCbor,
  claimToCbor,
  KEM_PUBLIC_KEY_BYTES,
  keysToCbor,
  MAX_NAME_BYTES,
  readCard,
  readClaim,
  readKeys,
  readRecovery,
} from './membership-claim.ts';
import type { Cutoff, MembershipOp, MembershipRecord, SpaceParent, SpacePolicy } from './membership-op.ts';
import { ROLES } from './membership-op.ts';

export function encodeMembershipRecord(record: MembershipRecord): Uint8Array {
  return encodeCbor(cborMap([0, record.parents.map(idToBytes)], [1, operationToCbor(record.operation)]));
}

export function decodeMembershipRecord(bytes: Uint8Array): Result<MembershipRecord> {
  return CborRecord.decode(bytes, 'membership record', (record): MembershipRecord => {
    const parents = record.sortedIds(0, 'EnvelopeId', MAX_MEMBERSHIP_HEADS);
    const operation = readOperation(record.record(1));
    if ((operation.op === 'genesis') !== (parents.length === 0)) record.refuse('parents do not fit the operation');
    return { parents, operation };
  });
}

/** The number of an operation on the wire is its place here: append only. */
const OPERATIONS = [
  'genesis',
  'card.set',
  'invite.create',
  'invite.revoke',
  'admit',
  'remove',
  'role.set',
  'device.add',
  'device.rekey',
  'device.remove',
  'leave',
  'claim.ownership',
  'adopt',
  'reject',
  'policy.set',
  'suite.upgrade',
] as const satisfies readonly MembershipOp['op'][];

const HISTORY_CHOICES = ['start', 'join'] as const satisfies readonly SpacePolicy['historyFrom'][];
const PARENT_KINDS = ['private', 'direct'] as const satisfies readonly SpaceParent['kind'][];
const SALT_BYTES = 16;
const INVITE_KEY_BYTES = 32;
const MAX_CUTOFFS = 4096;
const MAX_USES = 1000;
const MAX_ADOPTED = 4096;
const MAX_REASON_BYTES = 1000;

function operationToCbor(operation: MembershipOp): CborMap {
  return cborMap([0, OPERATIONS.indexOf(operation.op)], ...fieldsOf(operation));
}

function fieldsOf(operation: MembershipOp): CborField[] {
  switch (operation.op) {
    case 'genesis':
      return [
        [1, idToBytes(operation.memberId)],
        [2, keysToCbor(operation.keys)],
        [3, operation.recovery === undefined ? undefined : keysToCbor(operation.recovery)],
        [4, policyToCbor(operation.policy)],
        [5, operation.salt],
        [6, operation.parent === undefined ? undefined : parentToCbor(operation.parent)],
      ];
    case 'card.set':
      return [[1, cardToCbor(operation.card)]];
    case 'invite.create':
      return [
        [1, idToBytes(operation.inviteId)],
        [2, operation.invitePk],
        [3, ROLES.indexOf(operation.role)],
        [4, operation.maxUses],
        [5, operation.expiresAt],
        [6, operation.approve],
      ];
    case 'invite.revoke':
      return [[1, idToBytes(operation.inviteId)]];
    case 'admit':
      return [
        [1, idToBytes(operation.memberId)],
        [2, ROLES.indexOf(operation.role)],
        [3, claimToCbor(operation.claim)],
      ];
    case 'remove':
      return [
        [1, idToBytes(operation.memberId)],
        [2, operation.cutoffs.map(cutoffToCbor)],
      ];
    case 'role.set':
      return [
        [1, idToBytes(operation.memberId)],
        [2, ROLES.indexOf(operation.role)],
        [3, operation.cutoffs.map(cutoffToCbor)],
      ];
    case 'device.add':
      return [
        [1, keysToCbor(operation.keys)],
        [2, operation.name],
        ...(operation.isRecovery === true ? [[3, true] as const] : []),
      ];
    case 'device.rekey':
      return [[1, operation.kem]];
    case 'device.remove':
      return [
        [1, idToBytes(operation.device)],
        [2, cutoffToCbor(operation.cutoff)],
      ];
    case 'leave':
    case 'claim.ownership':
      return [];
    case 'adopt':
    case 'reject':
      return [
        [1, operation.envelopes.map(idToBytes)],
        [2, operation.reason],
      ];
    case 'policy.set':
      return [[1, policyToCbor(operation.policy)]];
    case 'suite.upgrade':
      return [[1, operation.suite]];
  }
}

function readOperation(record: CborRecord): MembershipOp {
  const op = record.choice(0, OPERATIONS);
  const operation = record.isRefused ? ({ op: 'leave' } as const) : readFields(op, record);
  record.end();
  return operation;
}

function readFields(op: MembershipOp['op'], record: CborRecord): MembershipOp {
  switch (op) {
    case 'genesis':
      return {
        op,
        memberId: record.id(1, 'MemberId'),
        keys: readKeys(record.record(2)),
        ...readRecovery(record, 3),
        policy: readPolicy(record.record(4)),
        salt: record.bytes(5, SALT_BYTES),
        ...(record.has(6) ? { parent: readParent(record.record(6)) } : {}),
      };
    case 'card.set':
      return { op, card: readCard(record.record(1)) };
    case 'invite.create':
      return {
        op,
        inviteId: record.id(1, 'InviteId'),
        invitePk: record.bytes(2, INVITE_KEY_BYTES),
        role: record.choice(3, ROLES),
        maxUses: record.uint(4, MAX_USES),
        expiresAt: record.uint(5),
        approve: record.bool(6),
      };
    case 'invite.revoke':
      return { op, inviteId: record.id(1, 'InviteId') };
    case 'admit':
      return {
        op,
        memberId: record.id(1, 'MemberId'),
        role: record.choice(2, ROLES),
        claim: readClaim(record.record(3)),
      };
    case 'remove':
      return { op, memberId: record.id(1, 'MemberId'), cutoffs: readCutoffs(record, 2) };
    case 'role.set':
      return { op, memberId: record.id(1, 'MemberId'), role: record.choice(2, ROLES), cutoffs: readCutoffs(record, 3) };
    case 'device.add':
      return {
        op,
        keys: readKeys(record.record(1)),
        name: record.text(2, MAX_NAME_BYTES),
        ...(record.has(3) && isTrue(record, 3) ? { isRecovery: true } : {}),
      };
    case 'device.rekey':
      return { op, kem: record.bytes(1, KEM_PUBLIC_KEY_BYTES) };
    case 'device.remove':
      return { op, device: record.id(1, 'DeviceId'), cutoff: readCutoff(record.record(2)) };
    case 'leave':
    case 'claim.ownership':
      return { op };
    case 'adopt':
    case 'reject':
      return {
        op,
        envelopes: record.sortedIds(1, 'EnvelopeId', MAX_ADOPTED),
        reason: record.text(2, MAX_REASON_BYTES),
      };
    case 'policy.set':
      return { op, policy: readPolicy(record.record(1)) };
    case 'suite.upgrade':
      return { op, suite: record.uint(1, 255) };
  }
}

function policyToCbor(policy: SpacePolicy): CborMap {
  return cborMap([0, HISTORY_CHOICES.indexOf(policy.historyFrom)]);
}

function readPolicy(record: CborRecord): SpacePolicy {
  const policy = { historyFrom: record.choice(0, HISTORY_CHOICES) };
  record.end();
  return policy;
}

function parentToCbor({ space, kind }: SpaceParent): CborMap {
  return cborMap([0, idToBytes(space)], [1, PARENT_KINDS.indexOf(kind)]);
}

function readParent(record: CborRecord): SpaceParent {
  const parent = { space: record.id(0, 'SpaceId'), kind: record.choice(1, PARENT_KINDS) };
  record.end();
  return parent;
}

/** Seq travels as seq + 1, so that "nothing held" (−1) is zero. */
function cutoffToCbor(cutoff: Cutoff): CborMap {
  return cborMap([0, idToBytes(cutoff.device)], [1, cutoff.seq + 1], [2, idToBytes(cutoff.id)]);
}

function readCutoffs(record: CborRecord, key: number): readonly Cutoff[] {
  const cutoffs = record.records(key, MAX_CUTOFFS).map(readCutoff);
  if (cutoffs.some((cutoff, i) => i > 0 && (cutoffs[i - 1]?.device ?? '') >= cutoff.device))
    record.refuse('cutoffs are not sorted');
  return cutoffs;
}

function readCutoff(record: CborRecord): Cutoff {
  const cutoff = { device: record.id(0, 'DeviceId'), seq: record.uint(1) - 1, id: record.id(2, 'EnvelopeId') };
  record.end();
  return cutoff;
}

/** A field that is left out or true: one value, one encoding. */
function isTrue(record: CborRecord, key: number): boolean {
  const value = record.bool(key);
  if (!value) record.refuse(`field ${String(key)} is false`);
  return value;
}
