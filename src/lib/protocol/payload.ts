/**
 * What an envelope carries: CBOR {0 documentId, 1 kind, 2 body, 3 claimedTime, 4 attest?}. Sealed payloads are padded
 * before sealing; clear ones are not, their size tells nothing that their text does not.
 */
import type { DocumentId } from '../foundation/ids.ts';
import { idToBytes } from '../foundation/ids.ts';
import type { Result } from '../foundation/result.ts';
import type { Attestation } from './attest.ts';
import { attestationToCbor, readAttestation } from './attest.ts';
import { cborMap, encodeCbor } from './cbor.ts';
import { CborRecord } from './cbor-record.ts';
import type { EnvelopeType } from './envelope.ts';
import { AEAD_TAG_BYTES, MAX_CIPHERTEXT_BYTES } from './envelope.ts';
import { pad, padmeLength, unpad } from './padding.ts';

/** What the body is. Each envelope type admits exactly the kinds of `kindsOf`. */
export const PAYLOAD_KINDS = [
  'genesis',
  'membership',
  'epoch',
  'keybox',
  'change',
  'snapshot',
  'attest',
  'presence',
  'signal',
  'testimony',
] as const;
export type PayloadKind = (typeof PAYLOAD_KINDS)[number];

export interface Payload {
  /** Zero where the entry is about the space and not about a document. */
  readonly documentId: DocumentId;
  readonly kind: PayloadKind;
  /** Inflated: compression is the envelope's affair. */
  readonly body: Uint8Array;
  /** Milliseconds since 1970 as the author's clock said; decides nothing [C5]. */
  readonly claimedTime: number;
  readonly attest?: Attestation;
}

/** A sealed payload is at least this long, so that one key press and one sentence look alike. */
export const MIN_PADDED_BYTES = 256;
/** The longest payload whose padded, sealed form still fits an envelope. */
export const MAX_PAYLOAD_BYTES = largestPaddedBelow(MAX_CIPHERTEXT_BYTES - AEAD_TAG_BYTES) - 1;
/** The largest moment a JavaScript date can hold, either side of 1970. */
const MAX_TIME_MS = 8.64e15;

const KIND_OF_TYPE: Readonly<Record<EnvelopeType, PayloadKind>> = {
  genesis: 'genesis',
  membership: 'membership',
  epoch: 'epoch',
  keybox: 'keybox',
  update: 'change',
  snapshot: 'snapshot',
  attest: 'attest',
  presence: 'presence',
  signal: 'signal',
  testimony: 'testimony',
};

/** The kind of body that an envelope of this type carries; any other is refused with `kind-mismatch`. */
export function kindOfType(type: EnvelopeType): PayloadKind {
  return KIND_OF_TYPE[type];
}

export function encodePayload(payload: Payload): Uint8Array {
  return encodeCbor(
    cborMap(
      [0, idToBytes(payload.documentId)],
      [1, PAYLOAD_KINDS.indexOf(payload.kind)],
      [2, payload.body],
      [3, payload.claimedTime],
      [4, payload.attest === undefined ? undefined : attestationToCbor(payload.attest)],
    ),
  );
}

export function decodePayload(bytes: Uint8Array): Result<Payload> {
  return CborRecord.decode(bytes, 'payload', (record): Payload => {
    const documentId = record.id(0, 'DocumentId');
    const kind = record.choice(1, PAYLOAD_KINDS);
    const body = record.bytesUpTo(2, MAX_PAYLOAD_BYTES);
    const claimedTime = record.int(3, -MAX_TIME_MS, MAX_TIME_MS);
    if (!record.has(4)) return { documentId, kind, body, claimedTime };
    return { documentId, kind, body, claimedTime, attest: readAttestation(record.record(4)) };
  });
}

export function padPayload(encoded: Uint8Array): Uint8Array {
  return pad(encoded, MIN_PADDED_BYTES);
}

export function unpadPayload(padded: Uint8Array): Result<Uint8Array> {
  return unpad(padded, MIN_PADDED_BYTES);
}

function largestPaddedBelow(limit: number): number {
  let length = limit;
  while (padmeLength(length) > limit) length--;
  return length;
}
