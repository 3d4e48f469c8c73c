/**
 * The encrypted backup file, version 1 (docs/spec/ways-back.md): "LFK1" ‖ version ‖ u16 header length ‖ header ‖
 * CRC-32 of all that ‖ u32 length ‖ sealed. The header wraps one file key twice, for a passphrase and for the recovery
 * seed; the sealed part holds a manifest and the bundles of the spaces. Length and CRC tell a damaged file from a wrong
 * passphrase; who edits the header and mends the CRC still opens nothing.
 */
import { ByteReader, ByteWriter, concatBytes, utf8 } from '../foundation/bytes.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import { CborRecord } from './cbor-record.ts';
import { cborMap, encodeCbor, type CborField } from './cbor.ts';
import { crc32 } from './checksum.ts';
import { CONTEXTS } from './contexts.ts';
import { NONCE_BYTES } from './envelope.ts';

export interface BackupSlots {
  readonly salt: Uint8Array;
  readonly memoryBytes: number;
  readonly passes: number;
  readonly passNonce: Uint8Array;
  readonly seedNonce: Uint8Array;
  readonly bodyNonce: Uint8Array;
}

export interface BackupHeader extends BackupSlots {
  /** The file key under the passphrase's. */
  readonly passWrap: Uint8Array;
  /** The file key under the recovery seed's. */
  readonly seedWrap: Uint8Array;
}

export interface BackupFile {
  readonly header: BackupHeader;
  /** As it stands in the file: the AAD of the sealed part. */
  readonly headerBytes: Uint8Array;
  readonly sealed: Uint8Array;
}

export interface BackupContent {
  readonly entropy: Uint8Array;
  readonly language: 'fr' | 'en';
  readonly madeAt: number;
  readonly relayUrl: string;
  /** The recovery list, as its own codec writes it. */
  readonly list: Uint8Array;
  readonly bundles: readonly Uint8Array[];
}

const MAGIC = 0x4c464b31; // "LFK1"
const VERSION = 1;
const PREFIX_BYTES = 7;
const MAX_HEADER_BYTES = 512;
const U32_BYTES = 4;
const SALT_BYTES = 16;
const WRAP_BYTES = 48;
export const MAX_BACKUP_BYTES = 256 * 2 ** 20;
const MAX_BUNDLES = 400;
const MAX_ENTROPY_BYTES = 32;
const MAX_LIST_BYTES = 65_536;
const MAX_URL_BYTES = 4096;
const LANGUAGES = ['fr', 'en'] as const;

/** What both wraps are bound to: every field that is not itself a wrap. */
export function backupSlotAad(slots: BackupSlots): Uint8Array {
  return concatBytes(utf8(CONTEXTS.backupSlot), encodeCbor(cborMap([0, VERSION], ...slotFields(slots))));
}

export function backupBodyAad(headerBytes: Uint8Array): Uint8Array {
  return concatBytes(utf8(CONTEXTS.backupBody), headerBytes);
}

export function encodeBackupHeader(header: BackupHeader): Uint8Array {
  return encodeCbor(cborMap(...slotFields(header), [7, header.passWrap], [8, header.seedWrap]));
}

export function encodeBackupFile({ headerBytes, sealed }: Omit<BackupFile, 'header'>): Uint8Array {
  const prefix = new ByteWriter(PREFIX_BYTES).u32(MAGIC).u8(VERSION).u16(headerBytes.length).finish();
  const summed = concatBytes(prefix, headerBytes);
  const lengths = new ByteWriter(2 * U32_BYTES).u32(crc32(summed)).u32(sealed.length).finish();
  return concatBytes(summed, lengths, sealed);
}

export function decodeBackupFile(bytes: Uint8Array): Result<BackupFile> {
  if (bytes.length > MAX_BACKUP_BYTES) return fail('file-too-large', 'backup');
  const reader = new ByteReader(bytes);
  if (bytes.length < PREFIX_BYTES || reader.u32() !== MAGIC) return fail('not-a-backup', 'magic');
  if (reader.u8() !== VERSION) return fail('unknown-version', 'backup');
  const headerLength = reader.u16();
  if (headerLength > MAX_HEADER_BYTES) return fail('oversized', 'backup header');
  if (reader.remaining < headerLength + 2 * U32_BYTES) return fail('truncated', 'backup header');
  const headerBytes = reader.bytes(headerLength);
  if (reader.u32() !== crc32(bytes.subarray(0, PREFIX_BYTES + headerLength)))
    return fail('bad-checksum', 'backup header');
  const length = reader.u32();
  if (reader.remaining < length) return fail('truncated', 'backup');
  if (reader.remaining > length) return fail('malformed', 'bytes after the backup');
  const header = decodeHeader(headerBytes);
  return header.ok ? ok({ header: header.value, headerBytes, sealed: reader.bytes(length) }) : header;
}

export function encodeBackupContent(content: BackupContent): Uint8Array {
  const manifest = encodeCbor(
    cborMap(
      [0, content.entropy],
      [1, LANGUAGES.indexOf(content.language)],
      [2, content.madeAt],
      [3, content.relayUrl],
      [4, content.list],
      [5, content.bundles.map((bundle) => bundle.length)],
    ),
  );
  return concatBytes(new ByteWriter(U32_BYTES).u32(manifest.length).finish(), manifest, ...content.bundles);
}

export function decodeBackupContent(bytes: Uint8Array): Result<BackupContent> {
  const reader = new ByteReader(bytes);
  const manifestLength = reader.u32();
  if (reader.remaining < manifestLength) return fail('truncated', 'backup manifest');
  const manifest = decodeManifest(reader.bytes(manifestLength));
  if (!manifest.ok) return manifest;
  const { lengths, ...content } = manifest.value;
  if (lengths.reduce((sum, length) => sum + length, 0) !== reader.remaining) return fail('malformed', 'backup bundles');
  return ok({ ...content, bundles: lengths.map((length) => reader.bytes(length)) });
}

function decodeManifest(
  bytes: Uint8Array,
): Result<Omit<BackupContent, 'bundles'> & { readonly lengths: readonly number[] }> {
  return CborRecord.decode(bytes, 'backup manifest', (record) => {
    const lengths = record.list(5, MAX_BUNDLES).map((length) => {
      if (typeof length !== 'number' || length < 0 || length > MAX_BACKUP_BYTES) record.refuse('bundle length');
      return typeof length === 'number' ? length : 0;
    });
    return {
      entropy: record.bytesUpTo(0, MAX_ENTROPY_BYTES),
      language: record.choice(1, LANGUAGES),
      madeAt: record.uint(2),
      relayUrl: record.text(3, MAX_URL_BYTES),
      list: record.bytesUpTo(4, MAX_LIST_BYTES),
      lengths,
    };
  });
}

function decodeHeader(bytes: Uint8Array): Result<BackupHeader> {
  return CborRecord.decode(bytes, 'backup header', (record) => ({
    salt: record.bytes(1, SALT_BYTES),
    memoryBytes: record.uint(2, 2 ** 32 - 1),
    passes: record.uint(3, 2 ** 32 - 1),
    passNonce: record.bytes(4, NONCE_BYTES),
    seedNonce: record.bytes(5, NONCE_BYTES),
    bodyNonce: record.bytes(6, NONCE_BYTES),
    passWrap: record.bytes(7, WRAP_BYTES),
    seedWrap: record.bytes(8, WRAP_BYTES),
  }));
}

function slotFields(slots: BackupSlots): CborField[] {
  return [
    [1, slots.salt],
    [2, slots.memoryBytes],
    [3, slots.passes],
    [4, slots.passNonce],
    [5, slots.seedNonce],
    [6, slots.bodyNonce],
  ];
}
