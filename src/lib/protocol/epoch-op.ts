/**
 * The body of an epoch (type 2): who may read from here on, a commitment to the secret, and the way back to earlier
 * secrets (docs/spec/encoding.md). The secret itself travels in keyboxes, one per recipient.
 */
import { idToBytes } from '../foundation/ids.ts';
import type { DeviceId, EnvelopeId, EpochId } from '../foundation/ids.ts';
import type { Result } from '../foundation/result.ts';
import { MAX_MEMBERSHIP_HEADS } from './attest.ts';
import { cborMap, encodeCbor } from './cbor.ts';
import { CborRecord } from './cbor-record.ts';
import { AEAD_TAG_BYTES, NONCE_BYTES } from './envelope.ts';

export const EPOCH_SECRET_BYTES = 32;
export const MAX_RECIPIENTS = 4096;
export const MAX_PARENT_EPOCHS = 16;
const COMMIT_BYTES = 32;

/** [K5] How the secret reaches the recipients. */
export const EPOCH_SCHEMES = ['lockbox'] as const;
export type EpochScheme = (typeof EPOCH_SCHEMES)[number];

/** An earlier secret, sealed under this epoch's of the same kind. */
export interface SealedPreviousEpoch {
  readonly epoch: EpochId;
  readonly nonce: Uint8Array;
  readonly box: Uint8Array;
}

export interface EpochOp {
  readonly scheme: EpochScheme;
  /** One more than the highest parent; 0 for the first. */
  readonly gen: number;
  /** Sorted. */
  readonly parents: readonly EpochId[];
  /** Sorted membership heads at which the recipients are judged [K1]. */
  readonly mheads: readonly EnvelopeId[];
  /** Sorted device keys, recovery devices included. */
  readonly recipients: readonly DeviceId[];
  readonly commit: Uint8Array;
  /** Earlier secrets: who holds this epoch reads what was written under those. Sorted by epoch. */
  readonly prev: readonly SealedPreviousEpoch[];
  /** Earlier record secrets: who holds this epoch learns who was in under those, and reads nothing else. Sorted. */
  readonly records: readonly SealedPreviousEpoch[];
}

export function encodeEpochOp(op: EpochOp): Uint8Array {
  return encodeCbor(
    cborMap(
      [0, EPOCH_SCHEMES.indexOf(op.scheme)],
      [1, op.gen],
      [2, op.parents.map(idToBytes)],
      [3, op.mheads.map(idToBytes)],
      [4, op.recipients.map(idToBytes)],
      [5, op.commit],
      [6, op.prev.map(sealedToCbor)],
      [7, op.records.map(sealedToCbor)],
    ),
  );
}

export function decodeEpochOp(bytes: Uint8Array): Result<EpochOp> {
  return CborRecord.decode(bytes, 'epoch', (record): EpochOp => {
    const prev = readSealed(record, 6);
    const records = readSealed(record, 7);
    return {
      scheme: record.choice(0, EPOCH_SCHEMES),
      gen: record.uint(1, 2 ** 32 - 1),
      parents: record.sortedIds(2, 'EpochId', MAX_PARENT_EPOCHS),
      mheads: record.sortedIds(3, 'EnvelopeId', MAX_MEMBERSHIP_HEADS),
      recipients: record.sortedIds(4, 'DeviceId', MAX_RECIPIENTS),
      commit: record.bytes(5, COMMIT_BYTES),
      prev,
      records,
    };
  });
}

function sealedToCbor({ epoch, nonce, box }: SealedPreviousEpoch): ReturnType<typeof cborMap> {
  return cborMap([0, idToBytes(epoch)], [1, nonce], [2, box]);
}

function readSealed(record: CborRecord, field: number): readonly SealedPreviousEpoch[] {
  const all = record.records(field, MAX_PARENT_EPOCHS).map((item): SealedPreviousEpoch => {
    const sealed = {
      epoch: item.id(0, 'EpochId'),
      nonce: item.bytes(1, NONCE_BYTES),
      box: item.bytes(2, EPOCH_SECRET_BYTES + AEAD_TAG_BYTES),
    };
    item.end();
    return sealed;
  });
  if (all.some((item, i) => i > 0 && (all[i - 1]?.epoch ?? '') >= item.epoch)) record.refuse('not sorted');
  return all;
}
