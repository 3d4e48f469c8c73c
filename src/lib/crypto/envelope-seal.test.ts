import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { bytesToHex, concatBytes, utf8 } from '../foundation/bytes.ts';
import { idFromBytes, idToBytes, ZERO_DOCUMENT, ZERO_ENVELOPE, ZERO_SPACE } from '../foundation/ids.ts';
import type { Result } from '../foundation/result.ts';
import { unwrap } from '../foundation/result.ts';
import { CONTEXTS } from '../protocol/contexts.ts';
import { decodeEnvelope, encodeHeader, ENVELOPE_HEADER_BYTES, ZERO_MEMBERSHIP_REF } from '../protocol/envelope.ts';
import type { EnvelopeHeader } from '../protocol/envelope.ts';
import { encodePayload, MAX_PAYLOAD_BYTES, padPayload } from '../protocol/payload.ts';
import { aeadSeal } from './aead.ts';
import type { Payload } from '../protocol/payload.ts';
import { castOf, sealUpdate, updateRequest } from './cast.fixture.ts';
import type { Cast } from './cast.fixture.ts';
import { ContentKeys, KeyFamily } from './content-keys.ts';
import type { EpochSecret } from './keys.ts';
import { membershipRefOf, openClear, openEnvelope, sealEnvelope, spaceIdOf, verifyEnvelope } from './envelope-seal.ts';
import { newEpochSecret } from './epoch-secrets.ts';
import { hash } from './kdf.ts';
import type { SigningKeyPair } from './keys.ts';
import { sign } from './sign.ts';
import { readyCrypto } from './sodium.ts';

let cast: Cast;
beforeAll(async () => {
  await readyCrypto();
  cast = castOf('envelope-seal');
});

const body = utf8('Sweep the courtyard');

function codeOf(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.error.code;
}

/** What a member who may sign, or anybody with a key of their own, can make of given header and ciphertext. */
function resigned(header: EnvelopeHeader, ciphertext: Uint8Array, author: SigningKeyPair): Uint8Array {
  const headerBytes = encodeHeader({ ...header, author: author.device }, ciphertext.length);
  const id = hash(CONTEXTS.envelopeId, headerBytes, ciphertext);
  return concatBytes(headerBytes, ciphertext, sign(author.secret, CONTEXTS.envelopeSignature, id));
}

function opened(bytes: Uint8Array, keys: ContentKeys = cast.keys): Result<Payload> {
  const verified = verifyEnvelope(bytes);
  return verified.ok ? openEnvelope(verified.value, keys) : verified;
}

describe('sealing and opening', () => {
  test('[E2] Alice writes, Bob reads the same words and the same id', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 3000 }),
        fc.integer({ min: -1e15, max: 1e15 }),
        fc.boolean(),
        (given, claimedTime, isCompressed) => {
          const payload: Payload = { documentId: cast.page, kind: 'change', body: given, claimedTime };
          const sealed = sealUpdate(cast, given, { payload, compress: isCompressed ? 'when-smaller' : 'never' });
          const verified = unwrap(verifyEnvelope(sealed.bytes));
          expect(verified.id).toBe(sealed.id);
          expect(unwrap(openEnvelope(verified, cast.keys))).toEqual(payload);
        },
      ),
    );
  });

  test('[G1] compression is kept only where it saves bytes, and a long text comes back whole', () => {
    const text = utf8('The courtyard was swept. '.repeat(100_000));
    const sealed = sealUpdate(cast, text, { compress: 'when-smaller' });
    expect(unwrap(decodeEnvelope(sealed.bytes)).header.flags.deflated).toBe(true);
    expect(unwrap(opened(sealed.bytes)).body).toEqual(text);
    const noise = sealUpdate(cast, cast.random.bytes(1000), { compress: 'when-smaller' });
    expect(unwrap(decodeEnvelope(noise.bytes)).header.flags.deflated).toBe(false);
  });

  test('[E2] a body that does not fit is refused, the largest that fits is sealed', () => {
    const overhead = 40;
    expect(codeOf(sealEnvelope(updateRequest(cast, new Uint8Array(MAX_PAYLOAD_BYTES))))).toBe('oversized');
    expect(codeOf(sealEnvelope(updateRequest(cast, new Uint8Array(MAX_PAYLOAD_BYTES - overhead))))).toBe('ok');
  });

  test('[R7] the sealed bytes do not hold the words, nor the document id', () => {
    const sealed = sealUpdate(cast, body);
    expect(bytesToHex(sealed.bytes)).not.toContain(bytesToHex(body));
    expect(bytesToHex(sealed.bytes)).not.toContain(cast.page);
  });

  test('a genesis travels clear and makes the space it belongs to', () => {
    const payload: Payload = { documentId: ZERO_DOCUMENT, kind: 'genesis', body, claimedTime: 0 };
    const { alice: author, random } = cast;
    const mref = ZERO_MEMBERSHIP_REF;
    const sealed = unwrap(
      sealEnvelope({ type: 'genesis', space: ZERO_SPACE, author, seq: 0, prev: ZERO_ENVELOPE, mref, payload, random }),
    );
    const verified = unwrap(verifyEnvelope(sealed.bytes));
    expect(unwrap(openClear(verified))).toEqual(payload);
    expect(unwrap(openEnvelope(verified, new ContentKeys(spaceIdOf(sealed.id))))).toEqual(payload);
    expect(codeOf(openEnvelope(verified, cast.keys))).toBe('wrong-space');
  });

  test('the membership reference does not depend on the order of heads', () => {
    const heads = ['ab', 'cd', '01'].map((pair) =>
      idFromBytes('EnvelopeId', new Uint8Array(32).fill(Number.parseInt(pair, 16))),
    );
    expect(membershipRefOf([...heads].reverse())).toBe(membershipRefOf(heads));
    expect(membershipRefOf(heads.slice(1))).not.toBe(membershipRefOf(heads));
  });
});

describe('tampering', () => {
  test('[E3] a flipped byte anywhere is refused before anything is opened', () => {
    const { bytes } = sealUpdate(cast, body);
    for (let at = 0; at < bytes.length; at++) {
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      expect(verifyEnvelope(flipped).ok).toBe(false);
    }
  });

  test('[E3] any other bit, cut or addition is refused too', () => {
    const { bytes } = sealUpdate(cast, body);
    fc.assert(
      fc.property(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.nat(bytes.length - 1),
        (at, bits, length) => {
          expect(verifyEnvelope(bytes.map((byte, i) => (i === at ? byte ^ bits : byte))).ok).toBe(false);
          expect(verifyEnvelope(bytes.subarray(0, length)).ok).toBe(false);
          expect(verifyEnvelope(Uint8Array.of(...bytes, bits)).ok).toBe(false);
        },
      ),
    );
  });

  test('[E1] Mallory, a member, re-signs under an edited header: the AEAD refuses each field', () => {
    const sealed = unwrap(decodeEnvelope(sealUpdate(cast, body).bytes));
    const one = '11'.repeat(32);
    const edits: Partial<EnvelopeHeader>[] = [
      { type: 'snapshot' },
      { flags: { clear: false, deflated: true } },
      { tag: '11'.repeat(16) as never },
      { seq: 1, prev: one as never },
      { mref: one as never },
      { nonce: new Uint8Array(24) },
    ];
    for (const edit of edits) {
      expect(codeOf(opened(resigned({ ...sealed.header, ...edit }, sealed.ciphertext, cast.alice)))).toBe('bad-seal');
    }
    expect(codeOf(opened(resigned(sealed.header, sealed.ciphertext, cast.bob)))).toBe('bad-seal');
    expect(codeOf(opened(resigned({ ...sealed.header, epoch: one as never }, sealed.ciphertext, cast.alice)))).toBe(
      'unknown-epoch',
    );
  });

  test('[E3] an envelope moved to another document or space is refused', () => {
    const sealed = unwrap(decodeEnvelope(sealUpdate(cast, body).bytes));
    const tag = cast.keys.tagOf(cast.epoch, cast.otherPage);
    expect(codeOf(opened(resigned({ ...sealed.header, tag }, sealed.ciphertext, cast.alice)))).toBe('bad-seal');
    expect(codeOf(opened(resigned({ ...sealed.header, space: cast.otherSpace }, sealed.ciphertext, cast.alice)))).toBe(
      'wrong-space',
    );
  });

  test('[E3] the same epoch secret in another space opens nothing of this one', () => {
    const secret = newEpochSecret(cast.random);
    const there = new ContentKeys(cast.otherSpace);
    const here = new ContentKeys(cast.space);
    for (const keys of [there, here]) keys.addEpoch(cast.epoch, secret);
    const sealed = unwrap(decodeEnvelope(sealUpdate(cast, body, { under: { epoch: cast.epoch, keys: here } }).bytes));
    expect(
      codeOf(opened(resigned({ ...sealed.header, space: cast.otherSpace }, sealed.ciphertext, cast.alice), there)),
    ).toBe('bad-seal');
  });

  test('[E2] a payload that names another document than its tag is refused after the AEAD', () => {
    const misled = new ContentKeys(cast.space);
    misled.addEpoch(cast.epoch, cast.keys.findSecret(cast.epoch) as never);
    misled.familyOf('update').tagOf = () => cast.keys.tagOf(cast.epoch, cast.otherPage);
    expect(codeOf(opened(sealUpdate(cast, body, { under: { epoch: cast.epoch, keys: misled } }).bytes))).toBe(
      'tag-mismatch',
    );
  });

  test('[E2] Mallory seals a body of the wrong kind, padding of her own, or nonsense that claims to be deflated', () => {
    const { header } = unwrap(decodeEnvelope(sealUpdate(cast, body).bytes));
    const payload: Payload = { documentId: cast.page, kind: 'change', body, claimedTime: 0 };
    const forge = (padded: Uint8Array, flags = header.flags): string => {
      const headerBytes = encodeHeader({ ...header, flags }, padded.length + 16);
      const aad = concatBytes(utf8(CONTEXTS.envelopeAad), headerBytes);
      const sealed = aeadSeal(padded, {
        key: cast.keys.familyOf('update').keyOf(header.epoch, header.tag),
        nonce: header.nonce,
        aad,
      });
      return codeOf(opened(resigned({ ...header, flags }, sealed, cast.alice)));
    };
    expect(forge(padPayload(encodePayload(payload)))).toBe('ok');
    expect(forge(padPayload(encodePayload({ ...payload, kind: 'snapshot' })))).toBe('kind-mismatch');
    expect(forge(concatBytes(padPayload(encodePayload(payload)), new Uint8Array(16)))).toBe('not-canonical');
    expect(forge(new Uint8Array(256))).toBe('malformed');
    expect(forge(padPayload(encodePayload(payload)), { clear: false, deflated: true })).toBe('gate-inflation');
  });

  test('[E3] the signature of one envelope does not fit another, and a key of small order signs nothing', () => {
    const one = sealUpdate(cast, body).bytes;
    const two = sealUpdate(cast, body).bytes;
    expect(codeOf(verifyEnvelope(concatBytes(one.subarray(0, -64), two.subarray(-64))))).toBe('bad-signature');
    const header = unwrap(decodeEnvelope(one)).header;
    for (const smallOrder of ['01'.padEnd(64, '0'), '0'.repeat(64)]) {
      const headerBytes = encodeHeader(
        { ...header, author: smallOrder as never },
        one.length - ENVELOPE_HEADER_BYTES - 64,
      );
      const forged = concatBytes(
        headerBytes,
        one.subarray(ENVELOPE_HEADER_BYTES, -64),
        idToBytes(smallOrder as never),
        new Uint8Array(32),
      );
      expect(codeOf(verifyEnvelope(forged))).toBe('bad-signature');
    }
  });
});

describe('content keys', () => {
  test('the same document has another tag and another key in another epoch', () => {
    const next = idFromBytes('EpochId', cast.random.bytes(32));
    cast.keys.addEpoch(next, newEpochSecret(cast.random));
    const tags = [cast.epoch, next].map((epoch) => cast.keys.tagOf(epoch, cast.page));
    expect(tags[0]).not.toBe(tags[1]);
    expect(cast.keys.familyOf('update').keyOf(cast.epoch, tags[0] as never)).not.toEqual(
      cast.keys.familyOf('update').keyOf(next, tags[0] as never),
    );
  });

  test('[K4] who holds the record secret opens membership and attests, and nothing that was written', () => {
    const records = new ContentKeys(cast.space);
    records.addRecords(cast.epoch, cast.keys.findRecordSecret(cast.epoch) as never);
    const page = sealUpdate(cast, body).bytes;
    const seal = (type: 'membership' | 'attest') =>
      sealUpdate(cast, body, {
        type,
        payload: { documentId: ZERO_DOCUMENT, kind: type, body, claimedTime: 0 },
      }).bytes;
    for (const type of ['membership', 'attest'] as const) {
      expect(unwrap(openEnvelope(unwrap(verifyEnvelope(seal(type))), records)).body).toEqual(body);
    }
    expect(codeOf(opened(page, records))).toBe('unknown-epoch');
    expect(records.epochs()).toEqual([]);
    // Nor does the record secret pass for the whole one.
    const misused = new ContentKeys(cast.space);
    misused.addEpoch(cast.epoch, cast.keys.findRecordSecret(cast.epoch) as never);
    expect(codeOf(opened(page, misused))).toBe('bad-seal');
  });

  test('tags that strangers invent do not grow the memory without bound', () => {
    const keys = new KeyFamily<EpochSecret>(cast.space);
    keys.add(cast.epoch, newEpochSecret(cast.random));
    const first = '00'.repeat(16) as never;
    const key = keys.keyOf(cast.epoch, first);
    expect(keys.keyOf(cast.epoch, first)).toBe(key);
    for (let i = 1; i <= 8192; i++) keys.keyOf(cast.epoch, i.toString(16).padStart(32, '0') as never);
    expect(keys.keyOf(cast.epoch, first)).toEqual(key);
    expect(keys.keyOf(cast.epoch, first)).not.toBe(key);
  });
});
