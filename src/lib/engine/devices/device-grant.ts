/** What an own device hands to a new one, and the keys by which the new one will be known: two records of a pairing. */
import { idToBytes, type DeviceId, type SpaceId } from '../../foundation/ids.ts';
import type { Result } from '../../foundation/result.ts';
import { CborRecord } from '../../protocol/cbor-record.ts';
import { cborMap, encodeCbor } from '../../protocol/cbor.ts';
import { KEM_PUBLIC_KEY_BYTES } from '../../protocol/membership-claim.ts';
import type { Language } from '../engine.ts';
import { listedToCbor, MAX_LISTED_SPACES, readListed, type ListedSpace } from '../ways-back/recovery-list.ts';

export interface DeviceGrant {
  /** What the recovery words say. */
  readonly entropy: Uint8Array;
  readonly language: Language;
  readonly name: string;
  readonly areWordsConfirmed: boolean;
  readonly relayUrl: string;
  readonly spaces: readonly ListedSpace[];
}

export interface AnnouncedKeys {
  readonly space: SpaceId;
  readonly device: DeviceId;
  readonly kem: Uint8Array;
}

/** As many as a message holds; in further spaces the new device adds itself by the recovery device. */
export const MAX_ANNOUNCED = 40;
const LANGUAGES = ['fr', 'en'] as const;
const ENTROPY_BYTES = [16, 32];
const MAX_TEXT = 256;

export function encodeDeviceGrant(grant: DeviceGrant): Uint8Array {
  return encodeCbor(
    cborMap(
      [0, grant.entropy],
      [1, LANGUAGES.indexOf(grant.language)],
      [2, grant.name],
      [3, grant.areWordsConfirmed],
      [4, grant.relayUrl],
      [5, grant.spaces.map(listedToCbor)],
    ),
  );
}

export function decodeDeviceGrant(bytes: Uint8Array): Result<DeviceGrant> {
  return CborRecord.decode(bytes, 'device grant', (record): DeviceGrant => {
    const entropy = record.bytesUpTo(0, 32);
    if (!ENTROPY_BYTES.includes(entropy.length)) record.refuse('entropy has a wrong length');
    return {
      entropy: entropy.slice(),
      language: record.choice(1, LANGUAGES),
      name: record.text(2, MAX_TEXT),
      areWordsConfirmed: record.bool(3),
      relayUrl: record.text(4, MAX_TEXT),
      spaces: record.records(5, MAX_LISTED_SPACES).map(readListed),
    };
  });
}

export function encodeAnnouncedKeys(keys: readonly AnnouncedKeys[]): Uint8Array {
  const items = keys.map(({ space, device, kem }) => cborMap([0, idToBytes(space)], [1, idToBytes(device)], [2, kem]));
  return encodeCbor(cborMap([0, items]));
}

export function decodeAnnouncedKeys(bytes: Uint8Array): Result<readonly AnnouncedKeys[]> {
  return CborRecord.decode(bytes, 'announced keys', (record) =>
    record.records(0, MAX_ANNOUNCED).map((item): AnnouncedKeys => {
      const keys = {
        space: item.id(0, 'SpaceId'),
        device: item.id(1, 'DeviceId'),
        kem: item.bytes(2, KEM_PUBLIC_KEY_BYTES).slice(),
      };
      item.end();
      return keys;
    }),
  );
}
