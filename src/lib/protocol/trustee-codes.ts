/**
 * Three texts that people hand each other so that trustees can give someone back what was lost (docs/spec/ways-back.md):
 * the *card* that a trustee keeps, the *request* of who lost everything, the *release* that answers it. Each reads
 * `archipel-<kind>.<base64url of CBOR ‖ CRC-32>`, fits a QR code, and forgives the line breaks of mail programs.
 */
import { ByteReader, ByteWriter, concatBytes } from '../foundation/bytes.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import { fromBase64url, toBase64url } from './base64url.ts';
import { CborRecord } from './cbor-record.ts';
import { cborMap, encodeCbor, type CborField } from './cbor.ts';
import { crc32 } from './checksum.ts';
import { KEM_CIPHERTEXT_BYTES } from './keybox.ts';

export const SET_BYTES = 16;
export const REQUEST_ID_BYTES = 32;
export const MAX_TRUSTEES = 9;
export const MIN_THRESHOLD = 2;
const MAX_NAME_BYTES = 200;
const MAX_URL_BYTES = 256;
const MIN_SHARE_BYTES = 17;
const MAX_SHARE_BYTES = 33;
const IDENTITY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const KEM_PUBLIC_BYTES = 1216;
const MAX_BOX_BYTES = 1024;
const MAX_TEXT_LENGTH = 4096;
const CHECKSUM_BYTES = 4;
const VERSION = 1;
const LANGUAGES = ['fr', 'en'] as const;
type CodeKind = 'share' | 'ask' | 'give';

export interface UnsignedTrusteeCard {
  readonly set: Uint8Array;
  readonly index: number;
  readonly threshold: number;
  readonly count: number;
  /** Whose way back this is, and who keeps the card. */
  readonly owner: string;
  readonly trustee: string;
  readonly language: 'fr' | 'en';
  readonly relayUrl: string;
  readonly share: Uint8Array;
  /** The owner's identity key: it signs the card, and what k shares make must derive it. */
  readonly identity: Uint8Array;
}

export interface TrusteeCard extends UnsignedTrusteeCard {
  readonly signature: Uint8Array;
}

export interface TrusteeRequest {
  readonly kem: Uint8Array;
  readonly nonce: Uint8Array;
  /** As the asking person names themself; proves nothing. */
  readonly name: string;
}

export interface TrusteeRelease {
  /** Of the request it answers. */
  readonly request: Uint8Array;
  readonly encapsulation: Uint8Array;
  readonly box: Uint8Array;
}

/** What the owner signs. */
export function trusteeCardSignedBytes(card: UnsignedTrusteeCard): Uint8Array {
  return encodeCbor(cborMap(...cardFields(card)));
}

export function encodeTrusteeCard(card: TrusteeCard): Uint8Array {
  return encodeCbor(cborMap(...cardFields(card), [11, card.signature]));
}

export function decodeTrusteeCard(bytes: Uint8Array): Result<TrusteeCard> {
  return CborRecord.decode(bytes, 'trustee card', (record): TrusteeCard => {
    checkVersion(record);
    const card = {
      set: record.bytes(1, SET_BYTES),
      index: record.uint(2, MAX_TRUSTEES - 1),
      threshold: record.uint(3, MAX_TRUSTEES),
      count: record.uint(4, MAX_TRUSTEES),
      owner: record.text(5, MAX_NAME_BYTES),
      trustee: record.text(6, MAX_NAME_BYTES),
      language: record.choice(7, LANGUAGES),
      relayUrl: record.text(8, MAX_URL_BYTES),
      share: record.bytesUpTo(9, MAX_SHARE_BYTES),
      identity: record.bytes(10, IDENTITY_BYTES),
      signature: record.bytes(11, SIGNATURE_BYTES),
    };
    const isSound = card.threshold >= MIN_THRESHOLD && card.threshold <= card.count && card.index < card.count;
    if (!isSound) record.refuse('numbers');
    if (card.share.length < MIN_SHARE_BYTES) record.refuse('share');
    return card;
  });
}

export function encodeTrusteeRequest({ kem, nonce, name }: TrusteeRequest): Uint8Array {
  return encodeCbor(cborMap([0, VERSION], [1, kem], [2, nonce], [3, name]));
}

export function decodeTrusteeRequest(bytes: Uint8Array): Result<TrusteeRequest> {
  return CborRecord.decode(bytes, 'trustee request', (record) => {
    checkVersion(record);
    return {
      kem: record.bytes(1, KEM_PUBLIC_BYTES),
      nonce: record.bytes(2, SET_BYTES),
      name: record.text(3, MAX_NAME_BYTES),
    };
  });
}

export function encodeTrusteeRelease({ request, encapsulation, box }: TrusteeRelease): Uint8Array {
  return encodeCbor(cborMap([0, VERSION], [1, request], [2, encapsulation], [3, box]));
}

export function decodeTrusteeRelease(bytes: Uint8Array): Result<TrusteeRelease> {
  return CborRecord.decode(bytes, 'trustee release', (record) => {
    checkVersion(record);
    return {
      request: record.bytes(1, REQUEST_ID_BYTES),
      encapsulation: record.bytes(2, KEM_CIPHERTEXT_BYTES),
      box: record.bytesUpTo(3, MAX_BOX_BYTES),
    };
  });
}

export function formatTrusteeCode(kind: CodeKind, bytes: Uint8Array): string {
  const sum = new ByteWriter(CHECKSUM_BYTES).u32(crc32(bytes)).finish();
  return `archipel-${kind}.${toBase64url(concatBytes(bytes, sum))}`;
}

/** `code-malformed` for anything that is not a code of this kind, whole. */
export function parseTrusteeCode(kind: CodeKind, text: string): Result<Uint8Array> {
  const compact = text.replace(/\s+/gu, '');
  const prefix = `archipel-${kind}.`;
  if (compact.length > MAX_TEXT_LENGTH || !compact.startsWith(prefix)) return fail('code-malformed', kind);
  const bytes = fromBase64url(compact.slice(prefix.length));
  if (bytes === undefined || bytes.length < CHECKSUM_BYTES) return fail('code-malformed', 'not base64url');
  const content = bytes.subarray(0, -CHECKSUM_BYTES);
  return new ByteReader(bytes.subarray(-CHECKSUM_BYTES)).u32() === crc32(content)
    ? ok(content)
    : fail('code-malformed', 'checksum');
}

function cardFields(card: UnsignedTrusteeCard): CborField[] {
  return [
    [0, VERSION],
    [1, card.set],
    [2, card.index],
    [3, card.threshold],
    [4, card.count],
    [5, card.owner],
    [6, card.trustee],
    [7, LANGUAGES.indexOf(card.language)],
    [8, card.relayUrl],
    [9, card.share],
    [10, card.identity],
  ];
}

function checkVersion(record: CborRecord): void {
  if (record.uint(0) !== VERSION) record.refuse('version');
}
