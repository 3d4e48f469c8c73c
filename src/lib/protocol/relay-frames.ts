/**
 * Frames between a client and a relay only (docs/spec/frames.md): making a space known, its access list, mailboxes.
 * The access list limits abuse; secrecy and authorship never rest on it [R4].
 */
import { concatBytes, utf8 } from '../foundation/bytes.ts';
import { idToBytes } from '../foundation/ids.ts';
import type { DeviceId, SpaceId } from '../foundation/ids.ts';
import { cborMap, encodeCbor } from './cbor.ts';
import type { CborField } from './cbor.ts';
import type { CborRecord } from './cbor-record.ts';
import { CONTEXTS } from './contexts.ts';
import { SIGNATURE_BYTES } from './envelope.ts';
import { byteOfWireCode } from './frame-codes.ts';
import type { WireErrorCode } from './frame-codes.ts';
import type { FrameCodecs } from './frame-codec.ts';
import { readWireCode } from './sync-frames.ts';

export const CAPABILITY_READ = 1;
export const CAPABILITY_WRITE = 2;
export const CAPABILITY_ADMIN = 4;
/** Places of one member's keys in a relay's list; a key without A lets in others within its own block only [R4]. */
export const ACL_BLOCK = 64;
const ALL_CAPABILITIES = CAPABILITY_READ | CAPABILITY_WRITE | CAPABILITY_ADMIN;

export const MAILBOX_ID_BYTES = 32;
export const MAX_MAIL_BYTES = 64 * 1024;
export const MAX_MAIL_ITEMS = 15;
export const MAX_MAIL_SLOT = 255;
export const MAX_ACL_ENTRIES = 4096;
const MAX_VOUCHER_BYTES = 256;
const SUBJECT_BYTES = 32;

export interface AclEntry {
  readonly key: DeviceId;
  /** Sum of `CAPABILITY_…`. */
  readonly caps: number;
  /** Rank: a signer may touch only entries of a larger idx than its own. */
  readonly idx: number;
}

export interface AclChange {
  /** Sorted by key: added or replaced. */
  readonly entries: readonly AclEntry[];
  /** Sorted. */
  readonly removed: readonly DeviceId[];
  /** Strictly increasing per space, so an old change cannot be replayed. */
  readonly counter: number;
}

export interface MailItem {
  readonly id: number;
  readonly blob: Uint8Array;
}

/** The requests that `refused` can be about. */
export const REFUSABLE = ['auth', 'create', 'acl', 'mail-put', 'sub', 'chunk'] as const;
export type Refusable = (typeof REFUSABLE)[number];

export type RelayFrame =
  /** Asks the relay to take a space on; precedes its genesis. The voucher may be empty where creation is open. */
  | { readonly kind: 'create'; readonly space: SpaceId; readonly voucher: string }
  | ({
      readonly kind: 'acl';
      readonly space: SpaceId;
      readonly signer: DeviceId;
      readonly signature: Uint8Array;
    } & AclChange)
  | {
      readonly kind: 'acl-state';
      readonly space: SpaceId;
      readonly counter: number;
      readonly entries: readonly AclEntry[];
    }
  /** With a slot the blob replaces what lay there; without, it is added. */
  | { readonly kind: 'mail-put'; readonly mailbox: Uint8Array; readonly blob: Uint8Array; readonly slot?: number }
  | { readonly kind: 'mail-ack'; readonly mailbox: Uint8Array; readonly item: number }
  /** On: what lies there now, and what arrives later, until off. */
  | { readonly kind: 'mail-get'; readonly mailbox: Uint8Array; readonly isOn: boolean }
  | { readonly kind: 'mail'; readonly mailbox: Uint8Array; readonly items: readonly MailItem[] }
  | { readonly kind: 'mail-drop'; readonly mailbox: Uint8Array; readonly item: number }
  /** `subject` is the space or mailbox that the refused request named. */
  | {
      readonly kind: 'refused';
      readonly request: Refusable;
      readonly subject: Uint8Array;
      readonly code: WireErrorCode;
    };

/** What the signature of an ACL change covers. */
export function aclSignedBytes(space: SpaceId, change: AclChange): Uint8Array {
  return concatBytes(utf8(CONTEXTS.acl), idToBytes(space), encodeCbor(cborMap(...changeFields(change))));
}

export const RELAY_CODECS: FrameCodecs<RelayFrame> = {
  create: {
    byte: 32,
    write: (f) => [
      [0, idToBytes(f.space)],
      [1, f.voucher],
    ],
    read: (r) => ({ kind: 'create', space: r.id(0, 'SpaceId'), voucher: r.text(1, MAX_VOUCHER_BYTES) }),
  },
  acl: {
    byte: 33,
    write: (f) => [...changeFields(f), [3, idToBytes(f.space)], [4, idToBytes(f.signer)], [5, f.signature]],
    read: (r) => ({
      kind: 'acl',
      entries: readEntries(r, 0),
      removed: r.sortedIds(1, 'DeviceId', MAX_ACL_ENTRIES),
      counter: r.uint(2),
      space: r.id(3, 'SpaceId'),
      signer: r.id(4, 'DeviceId'),
      signature: r.bytes(5, SIGNATURE_BYTES),
    }),
  },
  'acl-state': {
    byte: 34,
    write: (f) => [
      [0, idToBytes(f.space)],
      [1, f.counter],
      [2, f.entries.map(entryToCbor)],
    ],
    read: (r) => ({ kind: 'acl-state', space: r.id(0, 'SpaceId'), counter: r.uint(1), entries: readEntries(r, 2) }),
  },
  'mail-put': {
    byte: 40,
    write: (f) => [
      [0, f.mailbox],
      [1, f.blob],
      [2, f.slot],
    ],
    read: (r) => ({
      kind: 'mail-put',
      mailbox: readMailbox(r),
      blob: r.bytesUpTo(1, MAX_MAIL_BYTES),
      ...(r.has(2) ? { slot: r.uint(2, MAX_MAIL_SLOT) } : {}),
    }),
  },
  'mail-ack': {
    byte: 41,
    write: (f) => [
      [0, f.mailbox],
      [1, f.item],
    ],
    read: (r) => ({ kind: 'mail-ack', mailbox: readMailbox(r), item: r.uint(1) }),
  },
  'mail-get': {
    byte: 42,
    write: (f) => [
      [0, f.mailbox],
      [1, f.isOn],
    ],
    read: (r) => ({ kind: 'mail-get', mailbox: readMailbox(r), isOn: r.bool(1) }),
  },
  mail: {
    byte: 43,
    write: (f) => [
      [0, f.mailbox],
      [1, f.items.map((item) => cborMap([0, item.id], [1, item.blob]))],
    ],
    read: (r) => ({ kind: 'mail', mailbox: readMailbox(r), items: r.records(1, MAX_MAIL_ITEMS).map(readMailItem) }),
  },
  'mail-drop': {
    byte: 44,
    write: (f) => [
      [0, f.mailbox],
      [1, f.item],
    ],
    read: (r) => ({ kind: 'mail-drop', mailbox: readMailbox(r), item: r.uint(1) }),
  },
  refused: {
    byte: 48,
    write: (f) => [
      [0, REFUSABLE.indexOf(f.request)],
      [1, f.subject],
      [2, byteOfWireCode(f.code)],
    ],
    read: (r) => ({
      kind: 'refused',
      request: r.choice(0, REFUSABLE),
      subject: r.bytes(1, SUBJECT_BYTES),
      code: readWireCode(r, 2),
    }),
  },
};

function changeFields(change: AclChange): CborField[] {
  return [
    [0, change.entries.map(entryToCbor)],
    [1, change.removed.map(idToBytes)],
    [2, change.counter],
  ];
}

function entryToCbor(entry: AclEntry): ReturnType<typeof cborMap> {
  return cborMap([0, idToBytes(entry.key)], [1, entry.caps], [2, entry.idx]);
}

function readEntries(record: CborRecord, key: number): readonly AclEntry[] {
  const entries = record.records(key, MAX_ACL_ENTRIES).map((item): AclEntry => {
    const entry = { key: item.id(0, 'DeviceId'), caps: item.uint(1, ALL_CAPABILITIES), idx: item.uint(2, 2 ** 32 - 1) };
    item.end();
    return entry;
  });
  if (entries.some((entry, i) => i > 0 && (entries[i - 1]?.key ?? '') >= entry.key))
    record.refuse('entries are not sorted');
  return entries;
}

function readMailbox(record: CborRecord): Uint8Array {
  return record.bytes(0, MAILBOX_ID_BYTES);
}

function readMailItem(record: CborRecord): MailItem {
  const item = { id: record.uint(0), blob: record.bytesUpTo(1, MAX_MAIL_BYTES) };
  record.end();
  return item;
}
