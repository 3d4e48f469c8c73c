/**
 * Every frame: one leading byte, then CBOR fields, or for ENV, HDR and EPH the bytes themselves. Decoding is strict and
 * bounded; what an ENV or EPH holds is decoded by `decodeEnvelope`, not here. See docs/spec/frames.md.
 */
import { ByteWriter, concatBytes, utf8 } from '../foundation/bytes.ts';
import { idToBytes } from '../foundation/ids.ts';
import type { DeviceId, SpaceId } from '../foundation/ids.ts';
import { fail, ok } from '../foundation/result.ts';
import type { Result } from '../foundation/result.ts';
import { writeCborFields } from './cbor.ts';
import { CborRecord } from './cbor-record.ts';
import { CONTEXTS } from './contexts.ts';
import { ENVELOPE_STUB_BYTES, MAX_ENVELOPE_BYTES, MIN_ENVELOPE_BYTES } from './envelope.ts';
import type { FrameCodec } from './frame-codec.ts';
import { RELAY_CODECS } from './relay-frames.ts';
import type { RelayFrame } from './relay-frames.ts';
import { SYNC_CODECS } from './sync-frames.ts';
import type { SyncFrame } from './sync-frames.ts';

export const FRAME_VERSION = 1;
export const MAX_FRAME_BYTES = 2 ** 20 + 4096;

/** Bytes carried as they are. */
export type RawFrame =
  /** A whole chained envelope. */
  | { readonly kind: 'env'; readonly bytes: Uint8Array }
  /** An envelope without its ciphertext: 220 bytes of header and 64 of signature. */
  | { readonly kind: 'hdr'; readonly bytes: Uint8Array }
  /** A whole presence or signal envelope: passed on, never stored. */
  | { readonly kind: 'eph'; readonly bytes: Uint8Array };

export type Frame = SyncFrame | RelayFrame | RawFrame;
export type FrameKind = Frame['kind'];

const RAW_BYTE: Readonly<Record<RawFrame['kind'], number>> = { env: 7, hdr: 8, eph: 11 };
const RAW_OF_BYTE: ReadonlyMap<number, RawFrame['kind']> = new Map([
  [7, 'env'],
  [8, 'hdr'],
  [11, 'eph'],
]);

const FRAME_LIMITS = { maxDepth: 5, maxItems: 131_072 };

// Each entry reads and writes its own kind only; the tables' types prove it, and this view forgets it.
const CODECS = { ...SYNC_CODECS, ...RELAY_CODECS } as unknown as Readonly<Record<string, FrameCodec<Frame>>>;
const CODEC_OF_BYTE: ReadonlyMap<number, FrameCodec<Frame>> = new Map(
  Object.values(CODECS).map((codec) => [codec.byte, codec]),
);

export function encodeFrame(frame: Frame): Uint8Array {
  if (isRaw(frame)) return concatBytes(Uint8Array.of(RAW_BYTE[frame.kind]), frame.bytes);
  const codec = CODECS[frame.kind];
  if (codec === undefined) throw new RangeError(`no codec for ${frame.kind}`);
  const writer = new ByteWriter().u8(codec.byte);
  writeCborFields(writer, codec.write(frame));
  return writer.finish();
}

/** Byte fields of the result are views on `bytes`. */
export function decodeFrame(bytes: Uint8Array): Result<Frame> {
  if (bytes.length > MAX_FRAME_BYTES) return fail('oversized', 'frame');
  const [byte] = bytes;
  if (byte === undefined) return fail('truncated', 'empty frame');
  const body = bytes.subarray(1);
  const raw = RAW_OF_BYTE.get(byte);
  if (raw !== undefined) return decodeRaw(raw, body);
  const codec = CODEC_OF_BYTE.get(byte);
  if (codec === undefined) return fail('unknown-type', 'frame');
  return CborRecord.decode(body, 'frame', (record) => codec.read(record), FRAME_LIMITS);
}

/** What AUTH signs [R1][P2]: the channel's binding, the challenger's nonce, the space and the device. */
export function authSignedBytes(
  binding: Uint8Array,
  auth: { nonce: Uint8Array; space: SpaceId; device: DeviceId },
): Uint8Array {
  return concatBytes(utf8(CONTEXTS.auth), sized(binding), auth.nonce, idToBytes(auth.space), idToBytes(auth.device));
}

/** What a relay signs to prove its own key: its origin, that key and the client's nonce. */
export function relayProofSignedBytes(relay: { origin: string; key: Uint8Array }, nonce: Uint8Array): Uint8Array {
  return concatBytes(utf8(CONTEXTS.relayProof), sized(utf8(relay.origin)), relay.key, nonce);
}

/** The binding of a channel to a relay: origin ‖ relay key [R1]. */
export function relayBinding(relay: { origin: string; key: Uint8Array }): Uint8Array {
  return concatBytes(utf8(relay.origin), relay.key);
}

/** Whether `decodeFrame` would read an ENV. */
export function isEnvelopeFrame(bytes: Uint8Array): boolean {
  return bytes[0] === RAW_BYTE.env;
}

function isRaw(frame: Frame): frame is RawFrame {
  return Object.hasOwn(RAW_BYTE, frame.kind);
}

function decodeRaw(kind: RawFrame['kind'], bytes: Uint8Array): Result<Frame> {
  const [least, most] =
    kind === 'hdr' ? [ENVELOPE_STUB_BYTES, ENVELOPE_STUB_BYTES] : [MIN_ENVELOPE_BYTES, MAX_ENVELOPE_BYTES];
  if (bytes.length < least) return fail('truncated', kind);
  if (bytes.length > most) return fail('oversized', kind);
  return ok({ kind, bytes });
}

function sized(bytes: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes);
}
