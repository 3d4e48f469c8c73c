/** Epoch secrets: making one, committing to it, and sealing the earlier ones under it so newcomers find the way back [K4]. */
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
import type { EpochSecret } from './keys.ts';

export function newEpochSecret(random: Random): EpochSecret {
  return random.bytes(EPOCH_SECRET_BYTES) as EpochSecret;
}

export function epochCommitment(secret: EpochSecret, space: SpaceId): Uint8Array {
  return kdf(secret, 'commit', idToBytes(space));
}

/** Whether a secret that came in a box is the one its epoch committed to. */
export function isCommittedSecret(secret: EpochSecret, space: SpaceId, commit: Uint8Array): boolean {
  return equalBytes(epochCommitment(secret, space), commit);
}

export interface PreviousEpoch {
  readonly epoch: EpochId;
  readonly secret: EpochSecret;
}

export interface SealingEpoch {
  readonly space: SpaceId;
  /** The secret of the newer epoch. */
  readonly secret: EpochSecret;
}

export function sealPreviousEpoch(newer: SealingEpoch, older: PreviousEpoch, random: Random): SealedPreviousEpoch {
  const nonce = random.bytes(NONCE_BYTES);
  const box = aeadSeal(older.secret, { key: kdf(newer.secret, 'prev'), nonce, aad: aadOf(newer.space, older.epoch) });
  return { epoch: older.epoch, nonce, box };
}

export function openPreviousEpoch(newer: SealingEpoch, sealed: SealedPreviousEpoch): Result<EpochSecret> {
  const key = kdf(newer.secret, 'prev');
  const opened = aeadOpen(sealed.box, { key, nonce: sealed.nonce, aad: aadOf(newer.space, sealed.epoch) });
  if (!opened.ok || opened.value.length !== EPOCH_SECRET_BYTES) return fail('bad-box', 'previous epoch');
  return ok(opened.value as EpochSecret);
}

function aadOf(space: SpaceId, epoch: EpochId): Uint8Array {
  return concatBytes(utf8(CONTEXTS.epochPrevious), idToBytes(space), idToBytes(epoch));
}
