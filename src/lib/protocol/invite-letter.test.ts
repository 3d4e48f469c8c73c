import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unwrap } from '../foundation/result.ts';
import * as valid from './arbitraries.fixture.ts';
import { decodeInviteLetter, encodeInviteLetter } from './invite-letter.ts';

describe('letters of an invitation', () => {
  test('[X2] come back as they went', () => {
    fc.assert(
      fc.property(valid.inviteLetter, (letter) => {
        expect(unwrap(decodeInviteLetter(encodeInviteLetter(letter)))).toEqual(letter);
      }),
      { numRuns: 200 },
    );
  });

  test('[X2][I2] mutated, cut or lengthened they are refused, or are the one encoding of another letter', () => {
    fc.assert(
      fc.property(valid.inviteLetter.map(encodeInviteLetter), valid.mutation, (encoded, change) => {
        const mutated = valid.mutate(encoded, change);
        const decoded = decodeInviteLetter(mutated);
        if (decoded.ok) expect(encodeInviteLetter(decoded.value)).toEqual(mutated);
      }),
      { numRuns: 400 },
    );
    fc.assert(
      fc.property(valid.inviteLetter.map(encodeInviteLetter), fc.nat(), (encoded, at) => {
        expect(decodeInviteLetter(encoded.slice(0, at % encoded.length)).ok).toBe(false);
        expect(decodeInviteLetter(new Uint8Array([...encoded, 0])).ok).toBe(false);
      }),
    );
  });

  test('[X3] a kind that nobody knows is no letter', () => {
    for (const kind of [0, 6, 255])
      expect(decodeInviteLetter(Uint8Array.of(kind, 0xa0))).toMatchObject({ error: { code: 'unknown-type' } });
    expect(decodeInviteLetter(new Uint8Array())).toMatchObject({ error: { code: 'unknown-type' } });
  });
});
