/** Personal records about the person's own devices: who they are, which keys they write with, and what they are to hear. */
import { idToBytes, type DeviceId, type SpaceId } from '../../foundation/ids.ts';
import type { Result } from '../../foundation/result.ts';
import { CborRecord } from '../../protocol/cbor-record.ts';
import { cborMap, encodeCbor } from '../../protocol/cbor.ts';
import { KEM_PUBLIC_KEY_BYTES } from '../../protocol/membership-claim.ts';
import type { Language } from '../engine.ts';
import { listedToCbor, readListed, type ListedSpace } from '../ways-back/recovery-list.ts';

/** By device: `DeviceNote`. */
export const DEVICES_TABLE = 'devices';
/** By device: the name that the person gave it, wherever she gave it. */
export const NAMES_TABLE = 'device-names';
/** By space: `ListedSpace`, for the devices that do not have it yet. */
export const SPACES_TABLE = 'spaces';
/** By space and device key: the box key of a device that wants to be added there. */
export const ASKING_TABLE = 'asking';
/** One row: what the newest recovery words say. */
export const WORDS_TABLE = 'words';
export const WORDS_KEY = 'newest';

/** What a device says of itself. */
export interface DeviceNote {
  readonly name: string;
  /** By its own clock: shown, never judged by [C5]. */
  readonly seenAt: number;
  readonly keys: readonly { readonly space: SpaceId; readonly device: DeviceId }[];
}

export const MAX_NOTED_KEYS = 800;
const MAX_NAME_BYTES = 200;
const LANGUAGES = ['fr', 'en'] as const;

export function encodeDeviceNote({ name, seenAt, keys }: DeviceNote): Uint8Array {
  const items = keys.map(({ space, device }) => cborMap([0, idToBytes(space)], [1, idToBytes(device)]));
  return encodeCbor(cborMap([0, name], [1, seenAt], [2, items]));
}

export function decodeDeviceNote(bytes: Uint8Array): Result<DeviceNote> {
  return CborRecord.decode(bytes, 'device note', (record) => ({
    name: record.text(0, MAX_NAME_BYTES),
    seenAt: record.uint(1),
    keys: record.records(2, MAX_NOTED_KEYS).map((item) => {
      const key = { space: item.id(0, 'SpaceId'), device: item.id(1, 'DeviceId') };
      item.end();
      return key;
    }),
  }));
}

export function encodeListedSpace(listed: ListedSpace): Uint8Array {
  return encodeCbor(listedToCbor(listed));
}

export function decodeListedSpace(bytes: Uint8Array): Result<ListedSpace> {
  return CborRecord.decode(bytes, 'listed space', readListed);
}

export interface Asking {
  readonly space: SpaceId;
  readonly device: DeviceId;
  readonly kem: Uint8Array;
}

export function askingKey({ space, device }: Pick<Asking, 'space' | 'device'>): string {
  return `${space}/${device}`;
}

export function encodeAsking({ space, device, kem }: Asking): Uint8Array {
  return encodeCbor(cborMap([0, idToBytes(space)], [1, idToBytes(device)], [2, kem]));
}

export function decodeAsking(bytes: Uint8Array): Result<Asking> {
  return CborRecord.decode(bytes, 'asking', (record) => ({
    space: record.id(0, 'SpaceId'),
    device: record.id(1, 'DeviceId'),
    kem: record.bytes(2, KEM_PUBLIC_KEY_BYTES),
  }));
}

/** What recovery words say, and in which language they are shown. */
export interface NewestWords {
  readonly entropy: Uint8Array;
  readonly language: Language;
}

export function encodeNewestWords({ entropy, language }: NewestWords): Uint8Array {
  return encodeCbor(cborMap([0, entropy], [1, LANGUAGES.indexOf(language)]));
}

export function decodeNewestWords(bytes: Uint8Array): Result<NewestWords> {
  return CborRecord.decode(bytes, 'newest words', (record) => {
    const entropy = record.bytesUpTo(0, 32);
    if (entropy.length !== 16 && entropy.length !== 32) record.refuse('entropy has a wrong length');
    return { entropy: entropy.slice(), language: record.choice(1, LANGUAGES) };
  });
}
