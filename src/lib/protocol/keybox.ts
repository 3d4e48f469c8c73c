/** The body of a keybox (type 3): one epoch's secret for one device, by X-Wing. Anyone who holds it may supply it [K2]. */
import { idToBytes } from '../foundation/ids.ts';
import type { DeviceId, EpochId } from '../foundation/ids.ts';
import type { Result } from '../foundation/result.ts';
import { cborMap, encodeCbor } from './cbor.ts';
import { CborRecord } from './cbor-record.ts';
import { AEAD_TAG_BYTES } from './envelope.ts';
import { EPOCH_SECRET_BYTES } from './epoch-op.ts';

export const KEM_CIPHERTEXT_BYTES = 1120;

export interface Keybox {
  readonly recipient: DeviceId;
  readonly epoch: EpochId;
  /** X-Wing ciphertext. */
  readonly encapsulation: Uint8Array;
  /** The epoch secret sealed under the encapsulated key. */
  readonly box: Uint8Array;
}

export function encodeKeybox(keybox: Keybox): Uint8Array {
  return encodeCbor(
    cborMap([0, idToBytes(keybox.recipient)], [1, idToBytes(keybox.epoch)], [2, keybox.encapsulation], [3, keybox.box]),
  );
}

export function decodeKeybox(bytes: Uint8Array): Result<Keybox> {
  return CborRecord.decode(bytes, 'keybox', (record) => ({
    recipient: record.id(0, 'DeviceId'),
    epoch: record.id(1, 'EpochId'),
    encapsulation: record.bytes(2, KEM_CIPHERTEXT_BYTES),
    box: record.bytes(3, EPOCH_SECRET_BYTES + AEAD_TAG_BYTES),
  }));
}
