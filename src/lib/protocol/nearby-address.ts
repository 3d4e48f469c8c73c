/** Where a device can be reached on the networks it is on: a name that only its neighbours resolve, or an IP address. */
import { bytesToHex, hexToBytes, type ByteReader, type ByteWriter } from '../foundation/bytes.ts';

export interface NearbyCandidate {
  /** `<uuid>.local`, a dotted IPv4, or an IPv6 of eight groups. */
  readonly address: string;
  readonly port: number;
}

const NAME = 1;
const IPV4 = 4;
const IPV6 = 6;
const UUID = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\.local$/u;

/** The candidate in the one form that is written, or undefined for what cannot be. */
export function normalCandidate({ address, port }: NearbyCandidate): NearbyCandidate | undefined {
  const bytes = addressBytes(address);
  if (bytes === undefined || !Number.isInteger(port) || port < 1 || port > 0xffff) return undefined;
  return { address: addressText(bytes.kind, bytes.bytes), port };
}

/** Kind u8 ‖ address (16 or 4 bytes) ‖ port u16. The candidate must be in its normal form. */
export function writeCandidate(writer: ByteWriter, { address, port }: NearbyCandidate): void {
  const found = addressBytes(address);
  if (found === undefined) throw new RangeError('not a normal candidate');
  writer.u8(found.kind).bytes(found.bytes).u16(port);
}

/** Undefined for an unknown kind or port 0; a reader that ran out is the caller's to notice. */
export function readCandidate(reader: ByteReader): NearbyCandidate | undefined {
  const kind = reader.u8();
  if (kind !== NAME && kind !== IPV4 && kind !== IPV6) return undefined;
  const address = addressText(kind, reader.bytes(kind === IPV4 ? 4 : 16));
  const port = reader.u16();
  return port === 0 ? undefined : { address, port };
}

function addressBytes(text: string): { readonly kind: number; readonly bytes: Uint8Array } | undefined {
  const name = UUID.exec(text.toLowerCase());
  if (name !== null) return { kind: NAME, bytes: hexToBytes(name.slice(1).join('')) };
  const four = ipv4Bytes(text);
  if (four !== undefined) return { kind: IPV4, bytes: four };
  const six = ipv6Bytes(text);
  return six && { kind: IPV6, bytes: six };
}

function addressText(kind: number, bytes: Uint8Array): string {
  if (kind === IPV4) return bytes.join('.');
  const hex = bytesToHex(bytes);
  if (kind === NAME)
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}.local`;
  return Array.from({ length: 8 }, (_, i) => Number.parseInt(hex.slice(4 * i, 4 * i + 4), 16).toString(16)).join(':');
}

function ipv4Bytes(text: string): Uint8Array | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/u.test(text)) return undefined;
  const parts = text.split('.').map(Number);
  return parts.every((part) => part <= 255) ? Uint8Array.from(parts) : undefined;
}

/** With `::` at most once; without zones and without a dotted end, which no browser writes in a candidate. */
function ipv6Bytes(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2 || !text.includes(':')) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/iu.test(group))) return undefined;
  return hexToBytes(groups.map((group) => group.toLowerCase().padStart(4, '0')).join(''));
}
