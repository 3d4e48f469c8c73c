/** The list {relay, space, member, context} that lies sealed in a person's recovery mailbox: with the words it brings everything back. */
import { idToBytes, type MemberId, type SpaceId } from '../../foundation/ids.ts';
import type { Result } from '../../foundation/result.ts';
import { CborRecord } from '../../protocol/cbor-record.ts';
import { cborMap, encodeCbor, type CborMap } from '../../protocol/cbor.ts';

export interface ListedSpace {
  readonly space: SpaceId;
  readonly member: MemberId;
  readonly relay: string;
  /** What the recovery device's keys derive from: the space's id, or the genesis' salt for its founder. */
  readonly context: Uint8Array;
  /** The space of the person's own devices. */
  readonly isPersonal?: boolean;
}

export interface RecoveryList {
  readonly version: number;
  readonly name: string;
  readonly spaces: readonly ListedSpace[];
}

/** As many as fit a letter of 64 KiB. */
export const MAX_LISTED_SPACES = 400;
const MAX_TEXT = 256;
const MAX_CONTEXT_BYTES = 32;

export function encodeRecoveryList(list: RecoveryList): Uint8Array {
  return encodeCbor(cborMap([0, list.version], [1, list.name], [2, list.spaces.map(listedToCbor)]));
}

export function decodeRecoveryList(bytes: Uint8Array): Result<RecoveryList> {
  return CborRecord.decode(bytes, 'recovery list', (record): RecoveryList => {
    const spaces = record.records(2, MAX_LISTED_SPACES).map(readListed);
    return { version: record.uint(0), name: record.text(1, MAX_TEXT), spaces };
  });
}

export function listedToCbor({ space, member, relay, context, isPersonal }: ListedSpace): CborMap {
  return cborMap(
    [0, idToBytes(space)],
    [1, idToBytes(member)],
    [2, relay],
    [3, context],
    [4, isPersonal === true ? true : undefined],
  );
}

export function readListed(item: CborRecord): ListedSpace {
  const listed = {
    space: item.id(0, 'SpaceId'),
    member: item.id(1, 'MemberId'),
    relay: item.text(2, MAX_TEXT),
    context: item.bytesUpTo(3, MAX_CONTEXT_BYTES),
    ...(item.has(4) && item.bool(4) ? { isPersonal: true } : {}),
  };
  item.end();
  return listed;
}

/** Both lists' spaces; where both name one, the newer list's word counts. */
export function mergeLists(older: readonly ListedSpace[], newer: readonly ListedSpace[]): readonly ListedSpace[] {
  const bySpace = new Map([...older, ...newer].map((listed) => [listed.space, listed]));
  return [...bySpace.values()].sort((a, b) => (a.space < b.space ? -1 : 1)).slice(0, MAX_LISTED_SPACES);
}
