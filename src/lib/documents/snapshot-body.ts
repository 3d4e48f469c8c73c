/**
 * The body of a snapshot [N1]: `u8 version · u16 heads · 32 each · owners · Automerge bytes`. Heads are hashes over all
 * the history below them, so bytes that load to the named heads are the named history; what a newcomer must be told is
 * only that these heads are honest: by another device that names the same ones [N2]. A body without Automerge bytes is
 * such a confirmation and nothing else.
 */
import { ByteReader, ByteWriter, bytesToHex, hexToBytes } from '../foundation/bytes.ts';
import type { DeviceId } from '../foundation/ids.ts';
import type { ActorOwner } from './actor-table.ts';
import type { DocumentEntry } from './entry-port.ts';
import { readOwners, writeOwners } from './stored-replica.ts';

const SNAPSHOT_VERSION = 1;
const MAX_HEADS = 1_024;

export interface Snapshot {
  readonly heads: readonly string[];
  readonly owners: readonly ActorOwner[];
  /** Empty in a confirmation. */
  readonly bytes: Uint8Array;
}

export function encodeSnapshot({ heads, owners, bytes }: Snapshot): Uint8Array {
  const writer = new ByteWriter(bytes.length + 64 + heads.length * 32 + owners.length * 52);
  writer.u8(SNAPSHOT_VERSION).u16(heads.length);
  for (const head of [...heads].sort()) writer.bytes(hexToBytes(head));
  writeOwners(writer, owners);
  return writer.bytes(bytes).finish();
}

/** undefined when it is not one: a snapshot is a convenience, so a bad one is passed over, not judged. */
export function decodeSnapshot(body: Uint8Array): Snapshot | undefined {
  const reader = new ByteReader(body);
  if (reader.u8() !== SNAPSHOT_VERSION) return undefined;
  const count = reader.u16();
  if (count > MAX_HEADS) return undefined;
  const heads = Array.from({ length: count }, () => bytesToHex(reader.bytes(32)));
  const owners = readOwners(reader);
  return reader.failed ? undefined : { heads, owners, bytes: reader.bytes(reader.remaining) };
}

/** Snapshots a newcomer may start from, newest first: own ones, and those whose heads two devices name [N2]. */
export function chooseSnapshot(entries: readonly DocumentEntry[]): readonly Snapshot[] {
  const witnesses = new Map<string, Set<DeviceId>>();
  const found: { readonly snapshot: Snapshot; readonly key: string; readonly isOwn: boolean }[] = [];
  for (const entry of entries) {
    const snapshot = entry.type === 'snapshot' ? decodeSnapshot(entry.body) : undefined;
    if (snapshot === undefined) continue;
    const key = snapshot.heads.join();
    witnesses.set(key, (witnesses.get(key) ?? new Set()).add(entry.author));
    if (snapshot.bytes.length > 0) found.push({ snapshot, key, isOwn: entry.isOwn });
  }
  return found
    .filter(({ key, isOwn }) => isOwn || (witnesses.get(key)?.size ?? 0) >= 2)
    .map(({ snapshot }) => snapshot)
    .reverse();
}
