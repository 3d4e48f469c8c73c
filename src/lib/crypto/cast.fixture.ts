/** Alice, Bob and a space to seal in; randomness from a seed, so that a failing test replays. */
import { concatBytes, utf8 } from '../foundation/bytes.ts';
import { idFromBytes, ZERO_ENVELOPE } from '../foundation/ids.ts';
import type { DocumentId, EnvelopeId, EpochId, SpaceId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import { unwrap } from '../foundation/result.ts';
import type { Payload } from '../protocol/payload.ts';
import { ContentKeys } from './content-keys.ts';
import { membershipRefOf, sealEnvelope } from './envelope-seal.ts';
import type { SealedEnvelope, SealRequest } from './envelope-seal.ts';
import { newEpochSecret } from './epoch-secrets.ts';
import type { SigningKeyPair } from './keys.ts';
import { newSigningKeyPair } from './sign.ts';
import { sodium } from './sodium.ts';

export function seededRandom(seed: string): Random {
  let counter = 0;
  const block = (): Uint8Array => sodium.crypto_generichash(64, utf8(`${seed} ${String(counter++)}`), null);
  return {
    bytes: (length) => concatBytes(...Array.from({ length: Math.ceil(length / 64) }, block)).slice(0, length),
  };
}

export interface Cast {
  readonly random: Random;
  readonly alice: SigningKeyPair;
  readonly bob: SigningKeyPair;
  readonly space: SpaceId;
  readonly otherSpace: SpaceId;
  readonly epoch: EpochId;
  readonly keys: ContentKeys;
  readonly page: DocumentId;
  readonly otherPage: DocumentId;
}

/** `readyCrypto` must have been awaited. */
export function castOf(seed: string): Cast {
  const random = seededRandom(seed);
  const space = idFromBytes('SpaceId', random.bytes(32));
  const epoch = idFromBytes('EpochId', random.bytes(32));
  const keys = new ContentKeys(space);
  keys.addEpoch(epoch, newEpochSecret(random));
  return {
    random,
    alice: newSigningKeyPair(random),
    bob: newSigningKeyPair(random),
    space,
    otherSpace: idFromBytes('SpaceId', random.bytes(32)),
    epoch,
    keys,
    page: idFromBytes('DocumentId', random.bytes(16)),
    otherPage: idFromBytes('DocumentId', random.bytes(16)),
  };
}

/** A request for an update by Alice, first of her chain, with whatever the test wants otherwise. */
export function updateRequest(cast: Cast, body: Uint8Array, other: Partial<SealRequest> = {}): SealRequest {
  const payload: Payload = { documentId: cast.page, kind: 'change', body, claimedTime: 1_790_000_000_000 };
  return {
    type: 'update',
    space: cast.space,
    author: cast.alice,
    seq: 0,
    prev: ZERO_ENVELOPE,
    mref: membershipRefOf([cast.epoch as string as EnvelopeId]),
    payload,
    under: { epoch: cast.epoch, keys: cast.keys },
    random: cast.random,
    ...other,
  };
}

export function sealUpdate(cast: Cast, body: Uint8Array, other: Partial<SealRequest> = {}): SealedEnvelope {
  return unwrap(sealEnvelope(updateRequest(cast, body, other)));
}
