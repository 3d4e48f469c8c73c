/**
 * Sealing, verifying and opening envelopes [E1–E3]. The order of checks is the protocol's: whatever fails before the
 * signature has cost a decode and a hash, and no state. `verifyEnvelope` needs no key; a relay runs it too.
 */
import { assert } from '../foundation/assert.ts';
import { concatBytes, utf8 } from '../foundation/bytes.ts';
import { idFromBytes, idToBytes, ZERO_EPOCH, ZERO_SPACE, ZERO_TAG } from '../foundation/ids.ts';
import type { Branded, DeviceId, EnvelopeId, EpochId, MembershipRef, SpaceId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import { fail, ok } from '../foundation/result.ts';
import type { Result } from '../foundation/result.ts';
import { CONTEXTS } from '../protocol/contexts.ts';
import { deflateBody, inflateBody, MAX_INFLATED_BYTES } from '../protocol/deflate.ts';
import { AEAD_TAG_BYTES, decodeEnvelope, encodeHeader, isClearType, NONCE_BYTES } from '../protocol/envelope.ts';
import type { Envelope, EnvelopeHeader, EnvelopeType } from '../protocol/envelope.ts';
import {
  decodePayload,
  encodePayload,
  kindOfType,
  MAX_PAYLOAD_BYTES,
  padPayload,
  unpadPayload,
} from '../protocol/payload.ts';
import type { Payload } from '../protocol/payload.ts';
import { aeadOpen, aeadSeal } from './aead.ts';
import type { ContentKeys } from './content-keys.ts';
import { hash } from './kdf.ts';
import type { SigningKeyPair } from './keys.ts';
import { isContextedSignature, sign } from './sign.ts';

/** Well-formed, its id computed, its author's signature good. Not yet: chain, permission, content. */
export type VerifiedEnvelope = Branded<Envelope & { readonly id: EnvelopeId }, 'VerifiedEnvelope'>;

export interface SealRequest {
  readonly type: EnvelopeType;
  /** Zero for a genesis. */
  readonly space: SpaceId;
  readonly author: SigningKeyPair;
  readonly seq: number;
  readonly prev: EnvelopeId;
  readonly mref: MembershipRef;
  readonly payload: Payload;
  /** The epoch to seal under; absent for genesis, epoch and keybox, which travel clear. */
  readonly under?: { readonly epoch: EpochId; readonly keys: ContentKeys };
  /** `when-smaller` tries deflate and keeps it if it saves bytes; `never` (the default) is for short or random bodies. */
  readonly compress?: 'never' | 'when-smaller';
  readonly random: Random;
}

export interface SealedEnvelope {
  readonly id: EnvelopeId;
  readonly bytes: Uint8Array;
}

/** Fails only with `oversized`. */
export function sealEnvelope(request: SealRequest): Result<SealedEnvelope> {
  assert(request.payload.kind === kindOfType(request.type), 'the kind fits the type');
  assert((request.under === undefined) === isClearType(request.type), 'exactly the clear types have no epoch');
  const { payload, isDeflated } = compressed(request);
  const plain = encodePayload(payload);
  if (plain.length > MAX_PAYLOAD_BYTES) return fail('oversized', 'payload');
  return ok(
    request.under === undefined
      ? sealClear(request, plain)
      : sealUnder(request, { plain, isDeflated, under: request.under }),
  );
}

/** [E2] Decode → id → signature. */
export function verifyEnvelope(bytes: Uint8Array): Result<VerifiedEnvelope> {
  const decoded = decodeEnvelope(bytes);
  return decoded.ok ? verifyDecoded(decoded.value) : decoded;
}

/** The same for who decoded first to look at space, author or quota before paying for a signature. */
export function verifyDecoded(envelope: Envelope): Result<VerifiedEnvelope> {
  const claim = signatureClaimOf(envelope);
  return verifiedIf(isClaimValid(claim), envelope, claim);
}

/** What an envelope's signature says: this text, by this key. For who has it checked elsewhere, with the same verdict. */
export interface SignatureClaim {
  readonly id: EnvelopeId;
  readonly author: DeviceId;
  readonly text: Uint8Array;
  readonly signature: Uint8Array;
}

export function signatureClaimOf({ header, headerBytes, ciphertext, signature }: Envelope): SignatureClaim {
  const id = envelopeIdOf(headerBytes, ciphertext);
  const text = concatBytes(utf8(CONTEXTS.envelopeSignature), id);
  return { id: idFromBytes('EnvelopeId', id), author: header.author, text, signature };
}

/** libsodium's verdict: the one that counts. */
export function isClaimValid({ author, text, signature }: SignatureClaim): boolean {
  return isContextedSignature(idToBytes(author), text, signature);
}

/** `claim` is this envelope's own, and `isValid` what `isClaimValid` says of it, however it was found out. */
export function verifiedIf(isValid: boolean, envelope: Envelope, { id }: SignatureClaim): Result<VerifiedEnvelope> {
  return isValid ? ok({ ...envelope, id } as VerifiedEnvelope) : fail('bad-signature');
}

/** [E2] Space → AEAD → padding → payload → documentId matches tag → kind fits type → inflate. */
export function openEnvelope(envelope: VerifiedEnvelope, keys: ContentKeys): Result<Payload> {
  const { header } = envelope;
  const space = header.type === 'genesis' ? spaceIdOf(envelope.id) : header.space;
  if (space !== keys.space) return fail('wrong-space');
  if (header.flags.clear) return openClear(envelope);
  const family = keys.familyOf(header.type);
  if (!family.has(header.epoch)) return fail('unknown-epoch');
  const opened = aeadOpen(envelope.ciphertext, {
    key: family.keyOf(header.epoch, header.tag),
    nonce: header.nonce,
    aad: aadOf(envelope.headerBytes),
  });
  if (!opened.ok) return opened;
  const plain = unpadPayload(opened.value);
  if (!plain.ok) return plain;
  const payload = decodePayload(plain.value);
  if (!payload.ok) return payload;
  if (family.tagOf(header.epoch, payload.value.documentId) !== header.tag) return fail('tag-mismatch');
  return fitting(envelope, payload.value);
}

/** The payload of a genesis, epoch or keybox: no key is needed, and the space is the caller's to compare. */
export function openClear(envelope: VerifiedEnvelope): Result<Payload> {
  if (!envelope.header.flags.clear) return fail('bad-seal', 'sealed');
  const payload = decodePayload(envelope.ciphertext);
  return payload.ok ? fitting(envelope, payload.value) : payload;
}

/** The space that a genesis makes: BLAKE2b("lf/v1/space" ‖ genesis id). */
export function spaceIdOf(genesis: EnvelopeId): SpaceId {
  return idFromBytes('SpaceId', hash(CONTEXTS.spaceId, idToBytes(genesis)));
}

/** H(sorted membership heads). */
export function membershipRefOf(heads: readonly EnvelopeId[]): MembershipRef {
  return idFromBytes('MembershipRef', hash(CONTEXTS.membershipRef, ...[...heads].sort().map(idToBytes)));
}

function compressed({ payload, compress = 'never' }: SealRequest): { payload: Payload; isDeflated: boolean } {
  if (compress === 'never' || payload.body.length > MAX_INFLATED_BYTES) return { payload, isDeflated: false };
  const body = deflateBody(payload.body);
  return body.length < payload.body.length
    ? { payload: { ...payload, body }, isDeflated: true }
    : { payload, isDeflated: false };
}

function sealClear(request: SealRequest, plain: Uint8Array): SealedEnvelope {
  const { type, author, seq, prev, mref } = request;
  const header: EnvelopeHeader = {
    suite: 1,
    type,
    flags: { clear: true, deflated: false },
    space: type === 'genesis' ? ZERO_SPACE : request.space,
    tag: ZERO_TAG,
    epoch: ZERO_EPOCH,
    author: author.device,
    seq,
    prev,
    mref,
    nonce: new Uint8Array(NONCE_BYTES),
  };
  return signed(encodeHeader(header, plain.length), plain, author);
}

interface Sealing {
  readonly plain: Uint8Array;
  readonly isDeflated: boolean;
  readonly under: { readonly epoch: EpochId; readonly keys: ContentKeys };
}

function sealUnder(request: SealRequest, { plain, isDeflated, under }: Sealing): SealedEnvelope {
  const { type, space, author, seq, prev, mref, random } = request;
  assert(space === under.keys.space, 'the keys belong to the space');
  const family = under.keys.familyOf(type);
  const tag = family.tagOf(under.epoch, request.payload.documentId);
  const header: EnvelopeHeader = {
    suite: 1,
    type,
    flags: { clear: false, deflated: isDeflated },
    space,
    tag,
    epoch: under.epoch,
    author: author.device,
    seq,
    prev,
    mref,
    nonce: random.bytes(NONCE_BYTES),
  };
  const padded = padPayload(plain);
  const headerBytes = encodeHeader(header, padded.length + AEAD_TAG_BYTES);
  const sealing = { key: family.keyOf(under.epoch, tag), nonce: header.nonce, aad: aadOf(headerBytes) };
  return signed(headerBytes, aeadSeal(padded, sealing), author);
}

function signed(headerBytes: Uint8Array, ciphertext: Uint8Array, author: SigningKeyPair): SealedEnvelope {
  const id = envelopeIdOf(headerBytes, ciphertext);
  const signature = sign(author.secret, CONTEXTS.envelopeSignature, id);
  return { id: idFromBytes('EnvelopeId', id), bytes: concatBytes(headerBytes, ciphertext, signature) };
}

function fitting(envelope: VerifiedEnvelope, payload: Payload): Result<Payload> {
  if (payload.kind !== kindOfType(envelope.header.type)) return fail('kind-mismatch');
  if (!envelope.header.flags.deflated) return ok(payload);
  const body = inflateBody(payload.body);
  return body.ok ? ok({ ...payload, body: body.value }) : body;
}

function envelopeIdOf(headerBytes: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  return hash(CONTEXTS.envelopeId, headerBytes, ciphertext);
}

function aadOf(headerBytes: Uint8Array): Uint8Array {
  return concatBytes(utf8(CONTEXTS.envelopeAad), headerBytes);
}
