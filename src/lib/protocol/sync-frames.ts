/**
 * The frames that any two replicas exchange (docs/spec/frames.md): prove, compare frontiers, want, send. ENV, HDR and
 * EPH carry bytes as they are and are not in this table.
 */
import { bytesToHex, hexToBytes } from '../foundation/bytes.ts';
import { idToBytes } from '../foundation/ids.ts';
import type { DeviceId, SpaceId } from '../foundation/ids.ts';
import { MAX_ATTESTED_CHAINS, SHORT_ID_BYTES } from './attest.ts';
import { cborMap } from './cbor.ts';
import type { CborRecord } from './cbor-record.ts';
import { SIGNATURE_BYTES } from './envelope.ts';
import { byteOfWireCode, wireCodeOfByte } from './frame-codes.ts';
import type { WireErrorCode } from './frame-codes.ts';
import type { FrameCodecs } from './frame-codec.ts';

export const FRAME_NONCE_BYTES = 32;
export const CHUNK_ID_BYTES = 32;
/** A file chunk is 1 MiB of content and its seal. */
export const MAX_CHUNK_BYTES = 2 ** 20 + 64;
export const MAX_INTERVALS = 64;
const MAX_CHUNK_IDS = 1024;
const MAX_RANGES = 256;
const MAX_ORIGIN_BYTES = 256;
const PUBLIC_KEY_BYTES = 32;

export const FRONTIER_MODES = ['full', 'headers', 'tags'] as const;
export type FrontierMode = (typeof FRONTIER_MODES)[number];
export const FRAME_SIDES = ['peer', 'relay'] as const;
export type FrameSide = (typeof FRAME_SIDES)[number];

/** Seqs from `from` to `to`, both included. Lists are ascending, with at least one seq missing between two. */
export type Interval = readonly [from: number, to: number];

export interface FrontierChain {
  readonly device: DeviceId;
  readonly intervals: readonly Interval[];
  /** First 16 bytes, as hex, of the id of the highest entry held. */
  readonly head: string;
}

export type SyncFrame =
  | {
      readonly kind: 'hello';
      readonly version: number;
      readonly side: FrameSide;
      readonly nonce: Uint8Array;
      /** A relay says who it is and proves it with `proof`. */
      readonly relay?: { readonly key: Uint8Array; readonly origin: string };
    }
  /** A device proves its key for one space over this channel, answering the nonce of the other side's hello. */
  | {
      readonly kind: 'auth';
      readonly space: SpaceId;
      readonly device: DeviceId;
      readonly nonce: Uint8Array;
      readonly signature: Uint8Array;
    }
  /** The relay's own proof over the client's nonce. */
  | { readonly kind: 'proof'; readonly signature: Uint8Array }
  /** The auth for this space and device was accepted. */
  | { readonly kind: 'welcome'; readonly space: SpaceId; readonly device: DeviceId }
  | {
      readonly kind: 'frontier';
      readonly space: SpaceId;
      readonly mode: FrontierMode;
      readonly chains: readonly FrontierChain[];
    }
  | { readonly kind: 'want'; readonly space: SpaceId; readonly device: DeviceId; readonly ranges: readonly Interval[] }
  | {
      readonly kind: 'ack';
      readonly space: SpaceId;
      readonly device: DeviceId;
      readonly seq: number;
      readonly id16: string;
    }
  | {
      readonly kind: 'nack';
      readonly space: SpaceId;
      readonly device: DeviceId;
      readonly code: WireErrorCode;
      /** Where the refuser's chain of that device ends; absent when it holds nothing. */
      readonly head?: { readonly seq: number; readonly id16: string };
    }
  | { readonly kind: 'chunk-want'; readonly space: SpaceId; readonly ids: readonly Uint8Array[] }
  | { readonly kind: 'chunk-have'; readonly space: SpaceId; readonly ids: readonly Uint8Array[] }
  | { readonly kind: 'chunk'; readonly space: SpaceId; readonly id: Uint8Array; readonly bytes: Uint8Array }
  | { readonly kind: 'sub'; readonly space: SpaceId; readonly isOn: boolean }
  | { readonly kind: 'ping' }
  | { readonly kind: 'bye'; readonly code: WireErrorCode };

export const SYNC_CODECS: FrameCodecs<SyncFrame> = {
  hello: {
    byte: 1,
    write: (f) => [
      [0, f.version],
      [1, FRAME_SIDES.indexOf(f.side)],
      [2, f.nonce],
      [3, f.relay?.key],
      [4, f.relay?.origin],
    ],
    read: (r) => ({
      kind: 'hello',
      version: r.uint(0, 255),
      side: r.choice(1, FRAME_SIDES),
      nonce: r.bytes(2, FRAME_NONCE_BYTES),
      ...(r.has(3) ? { relay: { key: r.bytes(3, PUBLIC_KEY_BYTES), origin: r.text(4, MAX_ORIGIN_BYTES) } } : {}),
    }),
  },
  auth: {
    byte: 2,
    write: (f) => [
      [0, idToBytes(f.space)],
      [1, idToBytes(f.device)],
      [2, f.nonce],
      [3, f.signature],
    ],
    read: (r) => ({
      kind: 'auth',
      space: r.id(0, 'SpaceId'),
      device: r.id(1, 'DeviceId'),
      nonce: r.bytes(2, FRAME_NONCE_BYTES),
      signature: r.bytes(3, SIGNATURE_BYTES),
    }),
  },
  proof: {
    byte: 3,
    write: (f) => [[0, f.signature]],
    read: (r) => ({ kind: 'proof', signature: r.bytes(0, SIGNATURE_BYTES) }),
  },
  welcome: {
    byte: 4,
    write: (f) => [
      [0, idToBytes(f.space)],
      [1, idToBytes(f.device)],
    ],
    read: (r) => ({ kind: 'welcome', space: r.id(0, 'SpaceId'), device: r.id(1, 'DeviceId') }),
  },
  frontier: {
    byte: 5,
    write: (f) => [
      [0, idToBytes(f.space)],
      [1, FRONTIER_MODES.indexOf(f.mode)],
      [
        2,
        f.chains.map((chain) =>
          cborMap([0, idToBytes(chain.device)], [1, chain.intervals.flat()], [2, hexToBytes(chain.head)]),
        ),
      ],
    ],
    read: (r) => ({
      kind: 'frontier',
      space: r.id(0, 'SpaceId'),
      mode: r.choice(1, FRONTIER_MODES),
      chains: readChains(r),
    }),
  },
  want: {
    byte: 6,
    write: (f) => [
      [0, idToBytes(f.space)],
      [1, idToBytes(f.device)],
      [2, f.ranges.flat()],
    ],
    read: (r) => ({
      kind: 'want',
      space: r.id(0, 'SpaceId'),
      device: r.id(1, 'DeviceId'),
      ranges: readIntervals(r, 2, MAX_RANGES),
    }),
  },
  ack: {
    byte: 9,
    write: (f) => [
      [0, idToBytes(f.space)],
      [1, idToBytes(f.device)],
      [2, f.seq],
      [3, hexToBytes(f.id16)],
    ],
    read: (r) => ({
      kind: 'ack',
      space: r.id(0, 'SpaceId'),
      device: r.id(1, 'DeviceId'),
      seq: r.uint(2),
      id16: readId16(r, 3),
    }),
  },
  nack: {
    byte: 10,
    write: (f) => [
      [0, idToBytes(f.space)],
      [1, idToBytes(f.device)],
      [2, byteOfWireCode(f.code)],
      [3, f.head?.seq],
      [4, f.head === undefined ? undefined : hexToBytes(f.head.id16)],
    ],
    read: (r) => ({
      kind: 'nack',
      space: r.id(0, 'SpaceId'),
      device: r.id(1, 'DeviceId'),
      code: readWireCode(r, 2),
      ...(r.has(3) ? { head: { seq: r.uint(3), id16: readId16(r, 4) } } : {}),
    }),
  },
  'chunk-want': {
    byte: 12,
    write: (f) => [
      [0, idToBytes(f.space)],
      [1, f.ids],
    ],
    read: (r) => ({ kind: 'chunk-want', space: r.id(0, 'SpaceId'), ids: readChunkIds(r) }),
  },
  'chunk-have': {
    byte: 13,
    write: (f) => [
      [0, idToBytes(f.space)],
      [1, f.ids],
    ],
    read: (r) => ({ kind: 'chunk-have', space: r.id(0, 'SpaceId'), ids: readChunkIds(r) }),
  },
  chunk: {
    byte: 14,
    write: (f) => [
      [0, idToBytes(f.space)],
      [1, f.id],
      [2, f.bytes],
    ],
    read: (r) => ({
      kind: 'chunk',
      space: r.id(0, 'SpaceId'),
      id: r.bytes(1, CHUNK_ID_BYTES),
      bytes: r.bytesUpTo(2, MAX_CHUNK_BYTES),
    }),
  },
  sub: {
    byte: 15,
    write: (f) => [
      [0, idToBytes(f.space)],
      [1, f.isOn],
    ],
    read: (r) => ({ kind: 'sub', space: r.id(0, 'SpaceId'), isOn: r.bool(1) }),
  },
  ping: { byte: 16, write: () => [], read: () => ({ kind: 'ping' }) },
  bye: {
    byte: 17,
    write: (f) => [[0, byteOfWireCode(f.code)]],
    read: (r) => ({ kind: 'bye', code: readWireCode(r, 0) }),
  },
};

export function readWireCode(record: CborRecord, key: number): WireErrorCode {
  const code = wireCodeOfByte(record.uint(key, 255));
  if (code === undefined) record.refuse('unknown error code');
  return code ?? 'relay-refused';
}

function readId16(record: CborRecord, key: number): string {
  return bytesToHex(record.bytes(key, SHORT_ID_BYTES));
}

function readChains(record: CborRecord): readonly FrontierChain[] {
  const chains = record.records(2, MAX_ATTESTED_CHAINS).map((item): FrontierChain => {
    const chain = {
      device: item.id(0, 'DeviceId'),
      intervals: readIntervals(item, 1, MAX_INTERVALS),
      head: readId16(item, 2),
    };
    if (chain.intervals.length === 0) item.refuse('a chain without entries');
    item.end();
    return chain;
  });
  if (chains.some((chain, i) => i > 0 && (chains[i - 1]?.device ?? '') >= chain.device))
    record.refuse('chains are not sorted');
  return chains;
}

function readIntervals(record: CborRecord, key: number, max: number): readonly Interval[] {
  const flat = record.list(key, 2 * max);
  const intervals: Interval[] = [];
  let least = 0;
  for (let i = 0; i < flat.length; i += 2) {
    const [from, to] = [flat[i], flat[i + 1]];
    if (typeof from !== 'number' || typeof to !== 'number' || from < least || to < from)
      record.refuse('intervals are not ascending');
    else {
      intervals.push([from, to]);
      least = to + 2;
    }
  }
  return intervals;
}

function readChunkIds(record: CborRecord): readonly Uint8Array[] {
  return record.list(1, MAX_CHUNK_IDS).map((id) => {
    if (id instanceof Uint8Array && id.length === CHUNK_ID_BYTES) return id;
    record.refuse('chunk id');
    return new Uint8Array(0);
  });
}
