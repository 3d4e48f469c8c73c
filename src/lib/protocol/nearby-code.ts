/**
 * [P3] The two codes by which devices meet without a server (docs/spec/nearby.md): an offer, shown as a QR code or
 * copied, and its answer. Version u8 ‖ kind u8 ‖ fields ‖ CRC-32, base64url. What they say is checked by the DTLS
 * fingerprints inside and by the answer's proof; the checksum is against slips of hand only.
 */
import { ByteReader, ByteWriter, bytesToHex, decodeUtf8, hexToBytes, utf8 } from '../foundation/bytes.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import { fromBase64url, toBase64url } from './base64url.ts';
import { crc32 } from './checksum.ts';
import { INVITE_SEED_BYTES, isRelayAddress, type InviteLink } from './invite-link.ts';
import { readCandidate, writeCandidate, type NearbyCandidate } from './nearby-address.ts';

export const NEARBY_SECRET_BYTES = 16;
export const NEARBY_PROOF_BYTES = 16;
export const MAX_NEARBY_CANDIDATES = 6;
/** How long a text may be to be looked at: one QR code that a telephone reads at arm's length holds less. */
export const MAX_NEARBY_TEXT = 900;
const VERSION = 1;
const FINGERPRINT_BYTES = 32;
const TAG_BYTES = 16;
const MAX_RELAY_BYTES = 255;
const CHECKSUM_BYTES = 4;
const PATH = '/nearby';
/** RFC 8839: 4–256 and 22–256 characters; browsers write 4–8 and 24–32. */
const UFRAG = /^[A-Za-z0-9+/]{4,32}$/u;
const PASSWORD = /^[A-Za-z0-9+/]{22,64}$/u;

/** All of a session description that is not the same in every one of ours. */
export interface NearbyDescription {
  readonly ufrag: string;
  readonly password: string;
  /** SHA-256 of the DTLS certificate. */
  readonly fingerprint: Uint8Array;
  readonly candidates: readonly NearbyCandidate[];
}

interface Offered {
  /** For one meeting: whoever knows it has read the offer. */
  readonly secret: Uint8Array;
  readonly description: NearbyDescription;
}

export type NearbyOffer =
  | ({ readonly kind: 'connect' | 'pair' } & Offered)
  /** [I1] An invitation by word of mouth: the same seed, relay and tag as in a link; the relay may be empty. */
  | ({ readonly kind: 'invite'; readonly invite: InviteLink } & Offered);

export interface NearbyAnswer {
  readonly kind: 'answer';
  /** Made with the offer's secret over the offer and this answer. */
  readonly proof: Uint8Array;
  readonly description: NearbyDescription;
}

const OFFER_KINDS = ['connect', 'invite', 'pair'] as const;
const ANSWER_KIND = 16;

export function encodeNearbyOffer(offer: NearbyOffer): Uint8Array {
  const writer = new ByteWriter().u8(VERSION).u8(OFFER_KINDS.indexOf(offer.kind)).bytes(offer.secret);
  writer.bytes(encodeNearbyDescription(offer.description));
  if (offer.kind === 'invite') {
    const relay = utf8(offer.invite.relay);
    writer.bytes(hexToBytes(offer.invite.spaceTag)).bytes(offer.invite.seed).u8(relay.length).bytes(relay);
  }
  return writer.finish();
}

export function encodeNearbyAnswer({ proof, description }: NearbyAnswer): Uint8Array {
  const writer = new ByteWriter().u8(VERSION).u8(ANSWER_KIND).bytes(proof);
  return writer.bytes(encodeNearbyDescription(description)).finish();
}

export function encodeNearbyDescription({ ufrag, password, fingerprint, candidates }: NearbyDescription): Uint8Array {
  const writer = new ByteWriter().bytes(fingerprint);
  for (const text of [utf8(ufrag), utf8(password)]) writer.u8(text.length).bytes(text);
  writer.u8(candidates.length);
  for (const candidate of candidates) writeCandidate(writer, candidate);
  return writer.finish();
}

/** The text of a code; an offer stands behind the app's address, so that any camera leads into the app. */
export function formatNearbyCode(content: Uint8Array, origin?: string): string {
  const text = toBase64url(new ByteWriter().bytes(content).u32(crc32(content)).finish());
  return origin === undefined ? text : `${origin}${PATH}#${text}`;
}

/** The bytes of a code that was read or pasted, whole address or not. White space is forgiven. */
export function decodeNearbyCode(text: string): Result<Uint8Array> {
  if (text.length > MAX_NEARBY_TEXT) return fail('nearby-malformed', 'too long');
  const compact = text.replace(/\s+/gu, '');
  const bytes = fromBase64url(compact.slice(compact.lastIndexOf('#') + 1));
  if (bytes === undefined || bytes.length < CHECKSUM_BYTES + 2) return fail('nearby-malformed', 'not base64url');
  const content = bytes.subarray(0, -CHECKSUM_BYTES);
  if (new ByteReader(bytes.subarray(-CHECKSUM_BYTES)).u32() !== crc32(content))
    return fail('nearby-malformed', 'checksum');
  return content[0] === VERSION ? ok(content) : fail('unknown-version', 'nearby code');
}

/** From the bytes of `decodeNearbyCode`. */
export function readNearbyCode(content: Uint8Array): Result<NearbyOffer | NearbyAnswer> {
  const reader = new ByteReader(content);
  reader.u8();
  const number = reader.u8();
  const kind = number === ANSWER_KIND ? 'answer' : OFFER_KINDS[number];
  if (kind === undefined) return fail('nearby-malformed', 'kind');
  const secret = reader.bytes(kind === 'answer' ? NEARBY_PROOF_BYTES : NEARBY_SECRET_BYTES).slice();
  const description = readDescription(reader);
  const invite = kind === 'invite' ? readInvite(reader) : undefined;
  if (description === undefined || !reader.isComplete) return fail('nearby-malformed', 'fields');
  if (kind === 'answer') return ok({ kind, proof: secret, description });
  if (kind !== 'invite') return ok({ kind, secret, description });
  return invite === undefined ? fail('nearby-malformed', 'invitation') : ok({ kind, secret, description, invite });
}

function readDescription(reader: ByteReader): NearbyDescription | undefined {
  const fingerprint = reader.bytes(FINGERPRINT_BYTES).slice();
  const [ufrag, password] = [readText(reader), readText(reader)];
  const count = reader.u8();
  if (!UFRAG.test(ufrag) || !PASSWORD.test(password) || count > MAX_NEARBY_CANDIDATES) return undefined;
  const candidates: NearbyCandidate[] = [];
  for (let i = 0; i < count && !reader.failed; i++) {
    const candidate = readCandidate(reader);
    if (candidate === undefined) return undefined;
    candidates.push(candidate);
  }
  return { ufrag, password, fingerprint, candidates };
}

function readText(reader: ByteReader): string {
  return decodeUtf8(reader.bytes(reader.u8())) ?? '';
}

function readInvite(reader: ByteReader): InviteLink | undefined {
  const spaceTag = bytesToHex(reader.bytes(TAG_BYTES));
  const seed = reader.bytes(INVITE_SEED_BYTES).slice();
  const relay = decodeUtf8(reader.bytes(reader.u8()));
  if (relay === undefined || relay.length > MAX_RELAY_BYTES) return undefined;
  return relay === '' || isRelayAddress(relay) ? { spaceTag, seed, relay } : undefined;
}
