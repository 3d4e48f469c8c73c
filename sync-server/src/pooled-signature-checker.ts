/**
 * Ed25519 by Node's own crypto in its thread pool, so that signatures cost the relay's only thread next to nothing. The
 * verdict stays libsodium's (docs/spec/primitives.md): a "yes" counts only for keys and signatures on which the two
 * cannot differ, and everything else is asked of libsodium. See docs/decisions/0012-signatures-in-the-thread-pool.md.
 */
import { createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isClaimValid } from '../../src/lib/crypto/envelope-seal.ts';
import type { SignatureClaim } from '../../src/lib/crypto/envelope-seal.ts';
import { equalBytes, hexToBytes } from '../../src/lib/foundation/bytes.ts';
import { idToBytes } from '../../src/lib/foundation/ids.ts';
import type { DeviceId } from '../../src/lib/foundation/ids.ts';
import type { SignatureChecker } from './signature-checks.ts';

const POINT_BYTES = 32;
const SIGNATURE_BYTES = 64;
const MAX_KEYS = 2_048;
/** Everything in an SPKI of Ed25519 before the key itself. */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');
/** The points of order 1, 2, 4 and 8 in canonical encoding, sign bit cleared. */
const SMALL_ORDER = [
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  '00'.repeat(32),
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]
  .map(hexToBytes)
  .map((y) => ({ first: y[0], middle: y.subarray(1, POINT_BYTES - 1), last: y[POINT_BYTES - 1] }));

export class PooledSignatureChecker implements SignatureChecker {
  /** By author; undefined for keys that only libsodium may judge. */
  readonly #keys = new Map<DeviceId, KeyObject | undefined>();

  check(claim: SignatureClaim, then: (isValid: boolean) => void): void {
    const key = isPlainSignature(claim.signature) ? this.#keyOf(claim.author) : undefined;
    if (key === undefined) then(isClaimValid(claim));
    else {
      verify(null, claim.text, key, claim.signature, (error, isValid) => {
        then((error === null && isValid) || isClaimValid(claim));
      });
    }
  }

  #keyOf(author: DeviceId): KeyObject | undefined {
    if (this.#keys.has(author)) return this.#keys.get(author);
    if (this.#keys.size >= MAX_KEYS) this.#keys.clear();
    const point = idToBytes(author);
    const key = isPlainPoint(point)
      ? createPublicKey({ key: Buffer.concat([SPKI_HEAD, point]), format: 'der', type: 'spki' })
      : undefined;
    this.#keys.set(author, key);
    return key;
  }
}

/** R is a plain point, and S < 2²⁵²: below the group's order, whoever looks. */
export function isPlainSignature(signature: Uint8Array): boolean {
  const last = signature[SIGNATURE_BYTES - 1] ?? 0xff;
  return signature.length === SIGNATURE_BYTES && last < 0x10 && isPlainPoint(signature.subarray(0, POINT_BYTES));
}

/** Canonical (y < 2²⁵⁵ − 19) and not of small order; whether it is on the curve at all is not asked. */
export function isPlainPoint(point: Uint8Array): boolean {
  if (point.length !== POINT_BYTES) return false;
  const first = point[0] ?? 0;
  const last = (point[POINT_BYTES - 1] ?? 0) & 0x7f;
  const middle = point.subarray(1, POINT_BYTES - 1);
  const isAboveField = last === 0x7f && first >= 0xed && middle.every((byte) => byte === 0xff);
  return (
    !isAboveField &&
    !SMALL_ORDER.some((each) => each.last === last && each.first === first && equalBytes(each.middle, middle))
  );
}
