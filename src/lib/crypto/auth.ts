/** Proofs of keys over one channel: a device's for a space [R1][P2], and the relay's of itself. */
import { idToBytes } from '../foundation/ids.ts';
import type { DeviceId, SpaceId } from '../foundation/ids.ts';
import { aclSignedBytes } from '../protocol/relay-frames.ts';
import type { AclChange } from '../protocol/relay-frames.ts';
import { authSignedBytes, relayProofSignedBytes } from '../protocol/frames.ts';
import type { PlainSigningKeyPair, SigningKeyPair } from './keys.ts';
import { isContextedSignature, signContexted } from './sign.ts';

export interface AuthChallenge {
  /** `Transport.binding` of the very channel that carries the proof. */
  readonly binding: Uint8Array;
  /** The challenger's, from its hello: single use. */
  readonly nonce: Uint8Array;
  readonly space: SpaceId;
}

export function signAuth(challenge: AuthChallenge, { device, secret }: SigningKeyPair): Uint8Array {
  return signContexted(secret, authSignedBytes(challenge.binding, { ...challenge, device }));
}

export function isAuthValid(challenge: AuthChallenge, device: DeviceId, signature: Uint8Array): boolean {
  return isContextedSignature(
    idToBytes(device),
    authSignedBytes(challenge.binding, { ...challenge, device }),
    signature,
  );
}

export function signRelayProof(origin: string, nonce: Uint8Array, keyPair: PlainSigningKeyPair): Uint8Array {
  return signContexted(keyPair.secret, relayProofSignedBytes({ origin, key: keyPair.publicKey }, nonce));
}

export function isRelayProofValid(
  relay: { origin: string; key: Uint8Array },
  nonce: Uint8Array,
  signature: Uint8Array,
): boolean {
  return isContextedSignature(relay.key, relayProofSignedBytes(relay, nonce), signature);
}

export function signAclChange(space: SpaceId, change: AclChange, signer: SigningKeyPair): Uint8Array {
  return signContexted(signer.secret, aclSignedBytes(space, change));
}

export function isAclChangeValid(
  space: SpaceId,
  change: AclChange,
  signed: { signer: DeviceId; signature: Uint8Array },
): boolean {
  return isContextedSignature(idToBytes(signed.signer), aclSignedBytes(space, change), signed.signature);
}
