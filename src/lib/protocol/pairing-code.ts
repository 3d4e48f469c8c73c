/**
 * [I5] `${origin}/link#…`: what one device shows and the other scans or pastes: a one-use secret and the relay to meet
 * at, if there is one. Version u8 ‖ secret 32 ‖ relay (u16 length ‖ UTF-8) ‖ CRC-32, base64url.
 */
import { ByteReader, ByteWriter, decodeUtf8, utf8 } from '../foundation/bytes.ts';
import { fail, ok } from '../foundation/result.ts';
import type { Result } from '../foundation/result.ts';
import { fromBase64url, toBase64url } from './base64url.ts';
import { crc32 } from './checksum.ts';

export const PAIRING_SECRET_BYTES = 32;
const VERSION = 1;
const MAX_RELAY_BYTES = 256;
const CHECKSUM_BYTES = 4;
const MAX_TEXT_LENGTH = 600;
const PATH = '/link';

export interface PairingCode {
  readonly secret: Uint8Array;
  /** Address of the relay; empty without one. */
  readonly relay: string;
}

export function formatPairingCode(origin: string, { secret, relay }: PairingCode): string {
  const address = utf8(relay);
  const content = new ByteWriter().u8(VERSION).bytes(secret).u16(address.length).bytes(address).finish();
  return `${origin}${PATH}#${toBase64url(new ByteWriter().bytes(content).u32(crc32(content)).finish())}`;
}

/** From the whole text or its fragment; spaces and line breaks are forgiven. */
export function decodePairingCode(text: string): Result<PairingCode> {
  const compact = text.replace(/\s+/gu, '');
  const fragment = compact.slice(compact.lastIndexOf('#') + 1);
  if (fragment.length > MAX_TEXT_LENGTH) return fail('pairing-malformed', 'too long');
  const bytes = fromBase64url(fragment);
  if (bytes === undefined || bytes.length < CHECKSUM_BYTES) return fail('pairing-malformed', 'not base64url');
  const content = bytes.subarray(0, -CHECKSUM_BYTES);
  if (new ByteReader(bytes.subarray(-CHECKSUM_BYTES)).u32() !== crc32(content))
    return fail('pairing-malformed', 'checksum');
  const reader = new ByteReader(content);
  if (reader.u8() !== VERSION) return fail('pairing-malformed', 'version');
  const secret = reader.bytes(PAIRING_SECRET_BYTES);
  const relay = decodeUtf8(reader.bytes(reader.u16()));
  if (!reader.isComplete || relay === undefined) return fail('pairing-malformed', 'fields');
  const isAddress = relay === '' || (relay.length <= MAX_RELAY_BYTES && /^(?:ws|http)s?:\/\/[^\s#?]+$/u.test(relay));
  return isAddress ? ok({ secret, relay }) : fail('pairing-malformed', 'relay');
}
