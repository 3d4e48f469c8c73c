/**
 * A replica as this device keeps it, sealed, between openings: it has passed the gate already, so loading it needs no
 * proof. `u8 version · device 32 · u64 position · owners · Automerge bytes`. It is a cache: the log alone would do, only
 * slower. [C2] Under other keys the log may be another one than it was read from: so the cache names the device it is of.
 */
import { ByteReader, ByteWriter } from '../foundation/bytes.ts';
import { idFromBytes, idToBytes, type DeviceId } from '../foundation/ids.ts';
import type { ActorOwner } from './actor-table.ts';

/** 1 — first; 2 — names its device. */
const STORED_VERSION = 2;
const OWNER_BYTES = 52;
const MAX_OWNERS = 65_535;

export interface StoredReplica {
  readonly device: DeviceId;
  /** Entries up to here are in it. */
  readonly position: number;
  readonly owners: readonly ActorOwner[];
  readonly bytes: Uint8Array;
}

export function encodeStoredReplica({ device, position, owners, bytes }: StoredReplica): Uint8Array {
  const writer = new ByteWriter(bytes.length + 48 + owners.length * 52).u8(STORED_VERSION);
  writer.bytes(idToBytes(device)).u64(position + 1);
  writeOwners(writer, owners);
  return writer.bytes(bytes).finish();
}

/** undefined when another version wrote it, or it is damaged: the log is read instead. */
export function decodeStoredReplica(body: Uint8Array): StoredReplica | undefined {
  const reader = new ByteReader(body);
  if (reader.u8() !== STORED_VERSION) return undefined;
  const device = idFromBytes('DeviceId', padded(reader.bytes(32), 32));
  const position = reader.u64() - 1;
  const owners = readOwners(reader);
  if (reader.failed) return undefined;
  return { device, position, owners, bytes: reader.bytes(reader.remaining) };
}

export function writeOwners(writer: ByteWriter, owners: readonly ActorOwner[]): void {
  const kept = owners.slice(0, MAX_OWNERS);
  writer.u16(kept.length);
  for (const owner of kept) writer.bytes(idToBytes(owner.author)).u32(owner.generation).bytes(idToBytes(owner.member));
}

export function readOwners(reader: ByteReader): readonly ActorOwner[] {
  const count = reader.u16();
  return Array.from({ length: Math.min(count, Math.ceil(reader.remaining / OWNER_BYTES)) }, () => {
    const author = idFromBytes('DeviceId', padded(reader.bytes(32), 32));
    const generation = reader.u32();
    return { author, generation, member: idFromBytes('MemberId', padded(reader.bytes(16), 16)) };
  });
}

/** A failed read gives fewer bytes; the caller looks at `failed` and throws the whole away. */
function padded(bytes: Uint8Array, length: number): Uint8Array {
  return bytes.length === length ? bytes : new Uint8Array(length);
}
