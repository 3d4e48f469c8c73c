/** The failures a peer may learn, and their bytes on the wire: frozen, append only. Everything else is `refused`. */
import type { ErrorCode } from '../foundation/error-codes.ts';

const WIRE_CODES = {
  truncated: 1,
  oversized: 2,
  malformed: 3,
  'unknown-version': 4,
  'unknown-suite': 5,
  'unknown-type': 6,
  'unknown-flag': 7,
  'not-canonical': 8,
  'bad-signature': 16,
  'wrong-context': 17,
  'wrong-space': 32,
  'chain-gap': 33,
  'chain-fork': 34,
  'not-a-member': 35,
  'role-forbids': 36,
  'rate-limited': 64,
  'quota-exceeded': 65,
  'auth-failed': 66,
  'peer-unproven': 67,
  'relay-refused': 68,
  'storage-full': 69,
  'storage-unavailable': 70,
  'transport-closed': 71,
  timeout: 72,
} as const satisfies Partial<Record<ErrorCode, number>>;

/** The codes that travel in NACK and BYE. */
export type WireErrorCode = keyof typeof WIRE_CODES;

const CODE_OF_BYTE: ReadonlyMap<number, WireErrorCode> = new Map(
  (Object.entries(WIRE_CODES) as [WireErrorCode, number][]).map(([code, byte]) => [byte, code]),
);

export function isWireErrorCode(code: ErrorCode): code is WireErrorCode {
  return Object.hasOwn(WIRE_CODES, code);
}

/** What may be said of this failure to a peer. */
export function wireErrorCode(code: ErrorCode): WireErrorCode {
  return isWireErrorCode(code) ? code : 'relay-refused';
}

export function byteOfWireCode(code: WireErrorCode): number {
  return WIRE_CODES[code];
}

export function wireCodeOfByte(byte: number): WireErrorCode | undefined {
  return CODE_OF_BYTE.get(byte);
}
