/**
 * Trustees (docs/spec/ways-back.md): the entropy of the recovery words is split k of n; each share travels on a card
 * signed by the identity that the words derive. A release seals a card to the fresh key of one request, and the spoken
 * check binds that request to the voice on the phone: the trustee's digits are drawn after the request is fixed.
 */
import { bytesToHex, concatBytes, equalBytes, utf8 } from '../foundation/bytes.ts';
import { idToBytes } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import { CONTEXTS } from '../protocol/contexts.ts';
import {
  decodeTrusteeCard,
  decodeTrusteeRelease,
  decodeTrusteeRequest,
  encodeTrusteeCard,
  encodeTrusteeRelease,
  encodeTrusteeRequest,
  formatTrusteeCode,
  MAX_TRUSTEES,
  MIN_THRESHOLD,
  parseTrusteeCode,
  SET_BYTES,
  trusteeCardSignedBytes,
  type TrusteeCard,
  type TrusteeRequest,
} from '../protocol/trustee-codes.ts';
import { aeadOpen, aeadSeal, ONE_USE_NONCE } from './aead.ts';
import { hash, kdf } from './kdf.ts';
import { decapsulate, encapsulateFor, kemKeyPairFromSeed } from './kem.ts';
import type { KemSecret } from './keys.ts';
import { identityOf } from './recovery-keys.ts';
import { recoverySeedOf } from './recovery-words.ts';
import { isSignedBy, sign } from './sign.ts';

export interface TrusteePlan {
  readonly entropy: Uint8Array;
  readonly language: 'fr' | 'en';
  readonly owner: string;
  readonly relayUrl: string;
  readonly trustees: readonly string[];
  readonly threshold: number;
}

const CHALLENGE_DIGITS = 6;

/** A card for each trustee. The library draws its own randomness for the shares. */
export async function makeTrusteeCards(plan: TrusteePlan, random: Random): Promise<Result<readonly TrusteeCard[]>> {
  const { trustees, threshold, entropy } = plan;
  const isSound =
    trustees.length <= MAX_TRUSTEES &&
    Number.isInteger(threshold) &&
    threshold >= MIN_THRESHOLD &&
    threshold <= trustees.length &&
    new Set(trustees).size === trustees.length &&
    trustees.every((name) => name !== '');
  if (!isSound) return fail('trustees-invalid');
  const { split } = await import('shamir-secret-sharing');
  const shares = await split(entropy, trustees.length, threshold);
  const set = random.bytes(SET_BYTES);
  const identity = identityOf(recoverySeedOf(entropy));
  const { owner, language, relayUrl } = plan;
  const cards = shares.map((share, index): TrusteeCard => {
    const place = { set, index, threshold, count: trustees.length, owner, language, relayUrl };
    const card = { ...place, trustee: trustees[index] ?? '', share, identity: idToBytes(identity.identity) };
    return { ...card, signature: sign(identity.secret, CONTEXTS.trusteeCard, trusteeCardSignedBytes(card)) };
  });
  return ok(cards);
}

export function cardCode(card: TrusteeCard): string {
  return formatTrusteeCode('share', encodeTrusteeCard(card));
}

/** A card as its owner signed it, from its code. */
export function readCardCode(text: string): Result<TrusteeCard> {
  const bytes = parseTrusteeCode('share', text);
  return bytes.ok ? readCard(bytes.value) : bytes;
}

function readCard(bytes: Uint8Array): Result<TrusteeCard> {
  const card = decodeTrusteeCard(bytes);
  if (!card.ok) return card;
  const { identity, signature } = card.value;
  const signed = { bytes: trusteeCardSignedBytes(card.value), signature };
  const isSigned = isSignedBy(identity, CONTEXTS.trusteeCard, signed);
  return isSigned ? card : fail('bad-signature', 'trustee card');
}

/** Whether `card` may stand beside those already there: of the same set, and not there yet. */
export function judgeCard(card: TrusteeCard, held: readonly TrusteeCard[]): Result<void> {
  const [first] = held;
  const isSameSet =
    first === undefined ||
    (equalBytes(first.set, card.set) &&
      equalBytes(first.identity, card.identity) &&
      first.threshold === card.threshold &&
      first.count === card.count);
  if (!isSameSet) return fail('share-of-another-set');
  return held.some((other) => other.index === card.index) ? fail('share-repeated') : ok(undefined);
}

/** The entropy that the shares make, proven by the identity that signed every card. */
export async function combineCards(cards: readonly TrusteeCard[]): Promise<Result<Uint8Array>> {
  const [first] = cards;
  if (first === undefined || cards.length < first.threshold) return fail('shares-missing');
  const { combine } = await import('shamir-secret-sharing');
  const entropy = await combine(cards.map(({ share }) => share)).catch(() => undefined);
  const isRight =
    entropy !== undefined && equalBytes(idToBytes(identityOf(recoverySeedOf(entropy)).identity), first.identity);
  return isRight ? ok(entropy) : fail('shares-do-not-match');
}

export function requestCode(request: TrusteeRequest): string {
  return formatTrusteeCode('ask', encodeTrusteeRequest(request));
}

export function newRequest(name: string, kemSeed: Uint8Array, random: Random): TrusteeRequest {
  return { kem: kemKeyPairFromSeed(kemSeed).publicKey, nonce: random.bytes(SET_BYTES), name };
}

export function readRequestCode(text: string): Result<TrusteeRequest> {
  const bytes = parseTrusteeCode('ask', text);
  return bytes.ok ? decodeTrusteeRequest(bytes.value) : bytes;
}

export function requestIdOf(request: TrusteeRequest): Uint8Array {
  return hash(CONTEXTS.trusteeRequest, encodeTrusteeRequest(request));
}

/** Six digits that the trustee reads out. */
export function newChallenge(random: Random): string {
  return digitsOf(random.bytes(8));
}

/** Six digits that only the device with this very request can answer to `challenge`. */
export function answerTo(request: TrusteeRequest, challenge: string): string {
  return digitsOf(hash(CONTEXTS.spokenCheck, requestIdOf(request), utf8(challenge)));
}

export function sealRelease(card: TrusteeCard, request: TrusteeRequest, random: Random): Result<string> {
  const encapsulated = encapsulateFor(request.kem, random);
  if (!encapsulated.ok) return encapsulated;
  const { ciphertext, shared } = encapsulated.value;
  const id = requestIdOf(request);
  const key = kdf(shared, 'trustee-release', id);
  const box = aeadSeal(encodeTrusteeCard(card), { key, nonce: ONE_USE_NONCE, aad: releaseAad(id) });
  return ok(formatTrusteeCode('give', encodeTrusteeRelease({ request: id, encapsulation: ciphertext, box })));
}

/** The card inside, if it was released for this request. */
export function openRelease(text: string, request: TrusteeRequest, kem: KemSecret): Result<TrusteeCard> {
  const bytes = parseTrusteeCode('give', text);
  const release = bytes.ok ? decodeTrusteeRelease(bytes.value) : bytes;
  if (!release.ok) return release;
  const id = requestIdOf(request);
  if (!equalBytes(release.value.request, id)) return fail('share-for-another-request');
  const shared = decapsulate(release.value.encapsulation, kem);
  if (!shared.ok) return shared;
  const key = kdf(shared.value, 'trustee-release', id);
  const opened = aeadOpen(release.value.box, { key, nonce: ONE_USE_NONCE, aad: releaseAad(id) });
  return opened.ok ? readCard(opened.value) : opened;
}

export function keyOfCard({ set, index }: Pick<TrusteeCard, 'set' | 'index'>): string {
  return `${bytesToHex(set)}/${String(index)}`;
}

function releaseAad(request: Uint8Array): Uint8Array {
  return concatBytes(utf8(CONTEXTS.trusteeRelease), request);
}

/** From the first 48 bits: the bias of the remainder is below one in 10⁸. */
function digitsOf(bytes: Uint8Array): string {
  const value = bytes.subarray(0, 6).reduce((sum, byte) => sum * 256 + byte, 0);
  return String(value % 10 ** CHALLENGE_DIGITS).padStart(CHALLENGE_DIGITS, '0');
}
