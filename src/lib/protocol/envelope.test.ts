import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../foundation/bytes.ts';
import { unwrap } from '../foundation/result.ts';
import { header, mutate, mutation } from './arbitraries.fixture.ts';
import type { EnvelopeHeader } from './envelope.ts';
import { decodeEnvelope, encodeHeader, MAX_CIPHERTEXT_BYTES, MAX_ENVELOPE_BYTES } from './envelope.ts';

const CIPHERTEXT_BYTES = 272;

function envelopeOf(given: EnvelopeHeader, length = CIPHERTEXT_BYTES): Uint8Array {
  return concatBytes(encodeHeader(given, length), new Uint8Array(length + 64).fill(7));
}

function sample(type: EnvelopeHeader['type']): EnvelopeHeader {
  const [found] = fc.sample(
    header.filter((each) => each.type === type && (type === 'genesis' || each.seq > 0)),
    { numRuns: 1, seed: 1 },
  );
  return found as EnvelopeHeader;
}

function codeOf(bytes: Uint8Array): string {
  const decoded = decodeEnvelope(bytes);
  return decoded.ok ? 'ok' : decoded.error.code;
}

function patched(bytes: Uint8Array, offset: number, ...values: number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, offset);
  return copy;
}

describe('envelope', () => {
  test('[E1] a header is 220 bytes and comes back as it went, with the bytes around it untouched', () => {
    fc.assert(
      fc.property(header, (given) => {
        const bytes = envelopeOf(given);
        const envelope = unwrap(decodeEnvelope(bytes));
        expect(envelope.header).toEqual(given);
        expect(concatBytes(envelope.headerBytes, envelope.ciphertext, envelope.signature)).toEqual(bytes);
        expect(envelope.headerBytes.length).toBe(220);
      }),
    );
  });

  test('[E1] what decodes is exactly what would be encoded: mutated headers are refused or mean what they say', () => {
    fc.assert(
      fc.property(header, mutation, (given, change) => {
        const mutated = mutate(envelopeOf(given), change);
        const decoded = decodeEnvelope(mutated);
        if (decoded.ok) {
          const { header: read, ciphertext, headerBytes } = decoded.value;
          expect(encodeHeader(read, ciphertext.length)).toEqual(headerBytes);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('[E2] length comes first: too short, too long, or not what the header says', () => {
    const bytes = envelopeOf(sample('update'));
    expect(codeOf(new Uint8Array(0))).toBe('truncated');
    expect(codeOf(bytes.subarray(0, 284))).toBe('truncated');
    expect(codeOf(bytes.subarray(0, -1))).toBe('malformed');
    expect(codeOf(concatBytes(bytes, Uint8Array.of(0)))).toBe('malformed');
    expect(codeOf(new Uint8Array(MAX_ENVELOPE_BYTES + 1))).toBe('oversized');
    expect(codeOf(envelopeOf(sample('update'), MAX_CIPHERTEXT_BYTES))).toBe('ok');
  });

  test('[E2][X3] then magic, suite, type and flags, each with its code', () => {
    const bytes = envelopeOf(sample('update'));
    expect(codeOf(patched(bytes, 0, 0x4d))).toBe('malformed');
    for (const suite of [0, 2, 255]) expect(codeOf(patched(bytes, 4, suite))).toBe('unknown-suite');
    for (const type of [8, 15, 18, 255]) expect(codeOf(patched(bytes, 5, type))).toBe('unknown-type');
    for (const flags of [4, 0x80, 0xff]) expect(codeOf(patched(bytes, 7, flags))).toBe('unknown-flag');
    expect(codeOf(patched(bytes, 6, 1))).toBe('unknown-flag');
  });

  test('[E2] genesis, epoch and keybox travel clear, everything else sealed; a clear one names no epoch, tag or nonce', () => {
    expect(codeOf(patched(envelopeOf(sample('update')), 7, 1))).toBe('malformed');
    const epoch = envelopeOf(sample('epoch'));
    expect(codeOf(epoch)).toBe('ok');
    expect(codeOf(patched(epoch, 7, 0))).toBe('malformed');
    expect(codeOf(patched(epoch, 7, 3))).toBe('malformed');
    for (const offset of [40, 56, 192]) expect(codeOf(patched(epoch, offset, 1))).toBe('malformed');
    expect(codeOf(patched(envelopeOf(sample('update')), 56, ...new Uint8Array(32)))).toBe('malformed');
  });

  test('[E2] a genesis is first and names no space; everything else names one', () => {
    const genesis = envelopeOf(sample('genesis'));
    expect(codeOf(genesis)).toBe('ok');
    expect(codeOf(patched(genesis, 8, 1))).toBe('malformed');
    expect(codeOf(patched(genesis, 127, 1))).toBe('malformed');
    expect(codeOf(patched(genesis, 160, 1))).toBe('malformed');
    expect(codeOf(patched(envelopeOf(sample('update')), 8, ...new Uint8Array(32)))).toBe('malformed');
  });

  test('[C1] only the first entry of a chain has no predecessor', () => {
    const later = envelopeOf(sample('update'));
    expect(codeOf(patched(later, 128, ...new Uint8Array(32)))).toBe('malformed');
    expect(codeOf(patched(later, 120, ...new Uint8Array(8)))).toBe('malformed');
  });

  test('[E2] a sequence number above 2^53 - 1 is refused', () => {
    expect(codeOf(patched(envelopeOf(sample('update')), 120, 0x00, 0x20))).toBe('malformed');
  });
});
