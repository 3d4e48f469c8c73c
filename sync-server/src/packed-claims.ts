/** Claims of signatures as one run of bytes, so that a thread is handed many for the price of one message. */
import type { SignatureClaim } from '../../src/lib/crypto/envelope-seal.ts';
import { idToBytes } from '../../src/lib/foundation/ids.ts';
import { SIGNATURE_BYTES } from '../../src/lib/protocol/envelope.ts';
import { KEY_BYTES } from './native-sodium.ts';
import type { VerifySignature } from './native-sodium.ts';

/** Key, signature, length of the text (2 bytes, little-endian), text. */
const HEAD_BYTES = KEY_BYTES + SIGNATURE_BYTES + 2;

const MAX_TEXT_BYTES = 0xffff;

/** What the form cannot carry would be cut to a claim that nobody made. */
export function isPackable({ signature, text }: SignatureClaim): boolean {
  return signature.length === SIGNATURE_BYTES && text.length <= MAX_TEXT_BYTES;
}

/** All of them packable. */
export function packClaims(claims: readonly SignatureClaim[]): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(claims.reduce((sum, { text }) => sum + HEAD_BYTES + text.length, 0));
  let at = 0;
  for (const { author, signature, text } of claims) {
    packed.set(idToBytes(author), at);
    packed.set(signature, at + KEY_BYTES);
    packed[at + HEAD_BYTES - 2] = text.length & 0xff;
    packed[at + HEAD_BYTES - 1] = text.length >> 8;
    packed.set(text, at + HEAD_BYTES);
    at += HEAD_BYTES + text.length;
  }
  return packed;
}

/** One byte a claim: 1 for a good signature. */
export function verdictsOn(packed: Uint8Array, verify: VerifySignature): Uint8Array<ArrayBuffer> {
  const verdicts: number[] = [];
  for (let at = 0; at < packed.length;) {
    const textAt = at + HEAD_BYTES;
    const end = textAt + (packed[textAt - 2] ?? 0) + ((packed[textAt - 1] ?? 0) << 8);
    const key = packed.subarray(at, at + KEY_BYTES);
    const signature = packed.subarray(at + KEY_BYTES, textAt - 2);
    verdicts.push(verify(key, packed.subarray(textAt, end), signature) ? 1 : 0);
    at = end;
  }
  return Uint8Array.from(verdicts);
}
