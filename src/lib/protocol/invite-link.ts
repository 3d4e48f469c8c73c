/**
 * [I1] `${origin}/join#…`: a one-use seed, the relay, a tag of the space, no content key. All of it stands in the
 * fragment, which browsers never send. Version u8 ‖ tag 16 ‖ seed 32 ‖ relay (u16 length ‖ UTF-8) ‖ CRC-32, base64url.
 */
import { ByteReader, ByteWriter, bytesToHex, decodeUtf8, hexToBytes, utf8 } from '../foundation/bytes.ts';
import type { SpaceId } from '../foundation/ids.ts';
import { fail, ok } from '../foundation/result.ts';
import type { Result } from '../foundation/result.ts';
import { fromBase64url, toBase64url } from './base64url.ts';
import { crc32 } from './checksum.ts';

export const INVITE_SEED_BYTES = 32;
const VERSION = 1;
const TAG_BYTES = 16;
const MAX_RELAY_BYTES = 256;
const CHECKSUM_BYTES = 4;
const MAX_TEXT_LENGTH = 600;
const PATH = '/join';

export interface InviteLink {
  readonly seed: Uint8Array;
  /** Address of the relay, as a `ws:` or `wss:` URL; empty for an invitation that only travels from hand to hand. */
  readonly relay: string;
  /** First 16 bytes of the space's id, as hex. */
  readonly spaceTag: string;
}

export function spaceTagOf(space: SpaceId): string {
  return space.slice(0, TAG_BYTES * 2);
}

export function formatInviteLink(origin: string, link: InviteLink): string {
  return `${origin}${PATH}#${encodeInviteFragment(link)}`;
}

export function encodeInviteFragment(link: InviteLink): string {
  const relay = utf8(link.relay);
  const writer = new ByteWriter().u8(VERSION).bytes(hexToBytes(link.spaceTag)).bytes(link.seed);
  const content = writer.u16(relay.length).bytes(relay).finish();
  return toBase64url(new ByteWriter().bytes(content).u32(crc32(content)).finish());
}

/** From a whole link, or from its fragment with or without `#`; spaces and line breaks of mail programs are forgiven. */
export function decodeInviteLink(text: string): Result<InviteLink> {
  const compact = text.replace(/\s+/gu, '');
  const fragment = compact.slice(compact.lastIndexOf('#') + 1);
  if (fragment.length > MAX_TEXT_LENGTH) return fail('invite-malformed', 'too long');
  const bytes = fromBase64url(fragment);
  if (bytes === undefined || bytes.length < CHECKSUM_BYTES) return fail('invite-malformed', 'not base64url');
  const content = bytes.subarray(0, -CHECKSUM_BYTES);
  if (new ByteReader(bytes.subarray(-CHECKSUM_BYTES)).u32() !== crc32(content))
    return fail('bad-checksum', 'invite link');
  return decodeContent(content);
}

function decodeContent(content: Uint8Array): Result<InviteLink> {
  const reader = new ByteReader(content);
  if (reader.u8() !== VERSION) return fail('unknown-version', 'invite link');
  const spaceTag = bytesToHex(reader.bytes(TAG_BYTES));
  const seed = reader.bytes(INVITE_SEED_BYTES);
  const relay = decodeUtf8(reader.bytes(reader.u16()));
  if (!reader.isComplete || relay === undefined) return fail('invite-malformed', 'fields');
  if (relay !== '' && !isRelayAddress(relay)) return fail('invite-malformed', 'relay');
  return ok({ seed, relay, spaceTag });
}

export function isRelayAddress(text: string): boolean {
  return text.length <= MAX_RELAY_BYTES && /^wss?:\/\/[^\s#?]+$/u.test(text);
}
