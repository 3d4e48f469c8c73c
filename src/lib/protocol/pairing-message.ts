/**
 * What two devices of one person say to each other while one takes the other in [I5]. Step numbers and fields are
 * strict; everything that matters is sealed or committed to (docs/spec/devices.md).
 */
import type { Result } from '../foundation/result.ts';
import { fail } from '../foundation/result.ts';
import { CborRecord } from './cbor-record.ts';
import { cborMap, encodeCbor } from './cbor.ts';
import { KEM_CIPHERTEXT_BYTES } from './keybox.ts';
import { KEM_PUBLIC_KEY_BYTES } from './membership-claim.ts';

export type PairingMessage =
  /** Guest, with a code: its key and name, sealed under what the code carried. */
  | { readonly step: 'hello'; readonly sealed: Uint8Array }
  /** Guest, with digits: bound to a key it does not show yet. */
  | { readonly step: 'commit'; readonly commitment: Uint8Array }
  /** Host, with digits: its share of what both will show. */
  | { readonly step: 'nonce'; readonly nonce: Uint8Array }
  /** Guest, with digits: what it was bound to. */
  | ({ readonly step: 'reveal' } & GuestKey)
  /** Host: everything the new device needs, boxed for the guest's key. */
  | { readonly step: 'grant'; readonly encapsulation: Uint8Array; readonly sealed: Uint8Array }
  /** Guest: it is kept here, and these are the keys this device will have. */
  | { readonly step: 'kept'; readonly sealed: Uint8Array }
  /** Host: it read that, and its part is done. */
  | { readonly step: 'done'; readonly sealed: Uint8Array }
  /** Either: it goes no further. */
  | { readonly step: 'stop' };

export interface GuestKey {
  /** X-Wing public key of this pairing alone. */
  readonly kem: Uint8Array;
  readonly nonce: Uint8Array;
  readonly name: string;
}

const STEPS = ['hello', 'commit', 'nonce', 'reveal', 'grant', 'kept', 'done', 'stop'] as const;
export const PAIRING_NONCE_BYTES = 32;
export const MAX_DEVICE_NAME_BYTES = 200;
const COMMITMENT_BYTES = 32;
const MAX_SEALED_BYTES = 58_000;

export function encodePairingMessage(message: PairingMessage): Uint8Array {
  const step = STEPS.indexOf(message.step);
  switch (message.step) {
    case 'commit':
      return encodeCbor(cborMap([0, step], [1, message.commitment]));
    case 'nonce':
      return encodeCbor(cborMap([0, step], [1, message.nonce]));
    case 'reveal':
      return encodeCbor(cborMap([0, step], [1, encodeGuestKey(message)]));
    case 'grant':
      return encodeCbor(cborMap([0, step], [1, message.sealed], [2, message.encapsulation]));
    case 'stop':
      return encodeCbor(cborMap([0, step]));
    case 'hello':
    case 'kept':
    case 'done':
      return encodeCbor(cborMap([0, step], [1, message.sealed]));
  }
}

export function decodePairingMessage(bytes: Uint8Array): Result<PairingMessage> {
  let guest: Result<GuestKey> | undefined;
  const message = CborRecord.decode(bytes, 'pairing message', (record): PairingMessage => {
    const step = record.choice(0, STEPS);
    switch (step) {
      case 'commit':
        return { step, commitment: record.bytes(1, COMMITMENT_BYTES) };
      case 'nonce':
        return { step, nonce: record.bytes(1, PAIRING_NONCE_BYTES) };
      case 'reveal':
        guest = decodeGuestKey(record.bytesUpTo(1, MAX_SEALED_BYTES));
        return guest.ok ? { step, ...guest.value } : { step: 'stop' };
      case 'grant':
        return {
          step,
          sealed: record.bytesUpTo(1, MAX_SEALED_BYTES),
          encapsulation: record.bytes(2, KEM_CIPHERTEXT_BYTES),
        };
      case 'stop':
        return { step };
      case 'hello':
      case 'kept':
      case 'done':
        return { step, sealed: record.bytesUpTo(1, MAX_SEALED_BYTES) };
      default:
        return { step: 'stop' };
    }
  });
  return guest?.ok === false ? fail(guest.error.code, 'pairing message') : message;
}

export function encodeGuestKey({ kem, nonce, name }: GuestKey): Uint8Array {
  return encodeCbor(cborMap([0, kem], [1, nonce], [2, name]));
}

export function decodeGuestKey(bytes: Uint8Array): Result<GuestKey> {
  return CborRecord.decode(bytes, 'guest key', (record) => ({
    kem: record.bytes(0, KEM_PUBLIC_KEY_BYTES),
    nonce: record.bytes(1, PAIRING_NONCE_BYTES),
    name: record.text(2, MAX_DEVICE_NAME_BYTES),
  }));
}
