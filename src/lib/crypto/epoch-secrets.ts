/**
 * Epoch secrets: making one, committing to it, and sealing the earlier ones under it so that newcomers find the way back
 * [K4]. From each follows a record secret, which opens what governs the space and nothing else; the commitment is to
 * that one, so that whoever holds either can check it.
 */
import { concatBytes, equalBytes, utf8 } from '../foundation/bytes.ts';
import { idToBytes } from '../foundation/ids.ts';
import type { EpochId, SpaceId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import { fail, ok } from '../foundation/result.ts';
import type { Result } from '../foundation/result.ts';
import { CONTEXTS } from '../protocol/contexts.ts';
import { NONCE_BYTES } from '../protocol/envelope.ts';
import { EPOCH_SECRET_BYTES } from '../protocol/epoch-op.ts';
import type { SealedPreviousEpoch } from '../protocol/epoch-op.ts';
import { aeadOpen, aeadSeal } from './aead.ts';
import { kdf } from './kdf.ts';
import type { EpochSecret, RecordSecret } from './keys.ts';

export function newEpochSecret(random: Random): EpochSecret {
  return random.bytes(EPOCH_SECRET_BYTES) as EpochSecret;
}

export function recordSecretOf(secret: EpochSecret, space: SpaceId): RecordSecret {
  return kdf(secret, 'records', idToBytes(space)) as RecordSecret;
}

export function epochCommitment(secret: EpochSecret, space: SpaceId): Uint8Array {
  return recordCommitment(recordSecretOf(secret, space), space);
}

/** Whether a secret that came in a box is the one its epoch committed to. */
export function isCommittedSecret(secret: EpochSecret, space: SpaceId, commit: Uint8Array): boolean {
  return equalBytes(epochCommitment(secret, space), commit);
}

export function isCommittedRecordSecret(secret: RecordSecret, space: SpaceId, commit: Uint8Array): boolean {
  return equalBytes(recordCommitment(secret, space), commit);
}

export interface PreviousEpoch<S extends EpochSecret | RecordSecret> {
  readonly epoch: EpochId;
  readonly secret: S;
}

export interface SealingEpoch<S extends EpochSecret | RecordSecret> {
  readonly space: SpaceId;
  /** The secret of the newer epoch, of the same kind as the one it seals. */
  readonly secret: S;
}

export function sealPreviousEpoch<S extends EpochSecret | RecordSecret>(
  newer: SealingEpoch<S>,
  older: PreviousEpoch<S>,
  random: Random,
): SealedPreviousEpoch {
  const nonce = random.bytes(NONCE_BYTES);
  const box = aeadSeal(older.secret, { key: kdf(newer.secret, 'prev'), nonce, aad: aadOf(newer.space, older.epoch) });
  return { epoch: older.epoch, nonce, box };
}

/** The earlier secret, of the same kind as the newer one. */
export function openPreviousEpoch<S extends EpochSecret | RecordSecret>(
  newer: SealingEpoch<S>,
  sealed: SealedPreviousEpoch,
): Result<S> {
  const key = kdf(newer.secret, 'prev');
  const opened = aeadOpen(sealed.box, { key, nonce: sealed.nonce, aad: aadOf(newer.space, sealed.epoch) });
  if (!opened.ok || opened.value.length !== EPOCH_SECRET_BYTES) return fail('bad-box', 'previous epoch');
  return ok(opened.value as S);
}

function recordCommitment(secret: RecordSecret, space: SpaceId): Uint8Array {
  return kdf(secret, 'commit', idToBytes(space));
}

function aadOf(space: SpaceId, epoch: EpochId): Uint8Array {
  return concatBytes(utf8(CONTEXTS.epochPrevious), idToBytes(space), idToBytes(epoch));
}
