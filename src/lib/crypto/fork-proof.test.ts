import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { idFromBytes, type EnvelopeId } from '../foundation/ids.ts';
import { utf8 } from '../foundation/bytes.ts';
import { unwrap } from '../foundation/result.ts';
import { decodeForkProof, encodeForkProof, MAX_FORK_PROOF_BYTES } from '../protocol/fork-proof.ts';
import { formatSafetyCode, parseSafetyCode } from '../protocol/safety-code.ts';
import { seededRandom } from './cast.fixture.ts';
import { membershipRefOf, sealEnvelope } from './envelope-seal.ts';
import type { SigningKeyPair } from './keys.ts';
import { newSigningKeyPair } from './sign.ts';
import { readyCrypto } from './sodium.ts';
import { verifyForkProof } from './fork-proof.ts';

beforeAll(readyCrypto);

function scene() {
  const random = seededRandom('forks');
  const [mallory, bob] = [newSigningKeyPair(random), newSigningKeyPair(random)];
  const [space, elsewhere] = [idFromBytes('SpaceId', random.bytes(32)), idFromBytes('SpaceId', random.bytes(32))];
  const before = idFromBytes('EnvelopeId', random.bytes(32));
  const entry = (author: SigningKeyPair, seq: number, more: { prev?: EnvelopeId; place?: typeof space } = {}) =>
    unwrap(
      sealEnvelope({
        type: 'keybox',
        space: more.place ?? space,
        author,
        seq,
        prev: more.prev ?? before,
        mref: membershipRefOf([]),
        payload: {
          documentId: idFromBytes('DocumentId', new Uint8Array(16)),
          kind: 'keybox',
          body: utf8(String(random.bytes(4))),
          claimedTime: 0,
        },
        random,
      }),
    );
  return { mallory, bob, space, elsewhere, entry };
}

describe('proof of a fork', () => {
  test('[C4] two entries at one place, and an entry that denies the one before, convict the device that signed them', () => {
    const { mallory, space, entry } = scene();
    const [one, other] = [entry(mallory, 4), entry(mallory, 4)];
    const proof = { space, device: mallory.device, seq: 4 };
    expect(unwrap(verifyForkProof(encodeForkProof(one.bytes, other.bytes)))).toEqual(proof);
    expect(encodeForkProof(other.bytes, one.bytes)).toEqual(encodeForkProof(one.bytes, other.bytes));
    const next = entry(mallory, 5, { prev: other.id });
    expect(unwrap(verifyForkProof(encodeForkProof(one.bytes, next.bytes)))).toEqual({ ...proof, seq: 5 });
  });

  test('[C4] nobody is convicted by an honest chain, by two people, by two spaces or by one entry shown twice', () => {
    const { mallory, bob, elsewhere, entry } = scene();
    const one = entry(mallory, 4);
    const innocent = [
      entry(mallory, 5, { prev: one.id }),
      entry(mallory, 7),
      entry(bob, 4),
      entry(mallory, 4, { place: elsewhere }),
    ];
    for (const other of innocent)
      expect(verifyForkProof(encodeForkProof(one.bytes, other.bytes))).toMatchObject({
        error: { code: 'wrong-context' },
      });
    expect(verifyForkProof(encodeForkProof(one.bytes, one.bytes))).toMatchObject({ error: { code: 'not-canonical' } });
  });

  test('[C4] a proof with any byte changed, cut or added to convicts nobody', () => {
    const { mallory, entry } = scene();
    const proof = encodeForkProof(entry(mallory, 4).bytes, entry(mallory, 4).bytes);
    fc.assert(
      fc.property(fc.nat(proof.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const forged = proof.slice();
        forged[at] = (forged[at] ?? 0) ^ flip;
        expect(verifyForkProof(forged).ok).toBe(false);
      }),
      { numRuns: 300 },
    );
    for (const cut of [0, 3, 4, 7, 300, proof.length - 1]) expect(verifyForkProof(proof.slice(0, cut)).ok).toBe(false);
    expect(verifyForkProof(new Uint8Array([...proof, 0])).ok).toBe(false);
    expect(decodeForkProof(new Uint8Array(MAX_FORK_PROOF_BYTES + 1))).toMatchObject({ error: { code: 'oversized' } });
  });
});

describe('safety number as text', () => {
  const digits = fc.array(fc.stringMatching(/^[0-9]{5}$/u), { minLength: 12, maxLength: 12 });

  test('[I6] comes back as it went, scanned or typed with spaces', () => {
    fc.assert(
      fc.property(digits, (groups) => {
        expect(unwrap(parseSafetyCode(formatSafetyCode(groups)))).toBe(groups.join(''));
        expect(unwrap(parseSafetyCode(`  ${groups.join(' ')}\n`))).toBe(groups.join(''));
      }),
    );
  });

  test('[I6] anything else is no safety number', () => {
    const good = '0'.repeat(60);
    const others = ['', 'hello', good.slice(1), `${good}0`, `ARCHIPEL-SAFETY:2:${good}`, `x${good}`, ' '.repeat(401)];
    for (const text of [...others, '٠'.repeat(60), `https://evil.example/#${good}`])
      expect(parseSafetyCode(text)).toMatchObject({ error: { code: 'not-a-safety-number' } });
    fc.assert(
      fc.property(fc.string({ maxLength: 500 }), (text) => {
        const read = parseSafetyCode(text);
        expect(read.ok ? /^[0-9]{60}$/u.test(read.value) : true).toBe(true);
      }),
    );
  });
});
