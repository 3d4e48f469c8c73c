import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { unwrap } from '../foundation/result.ts';
import * as valid from './arbitraries.fixture.ts';
import {
  decodeSealedLetters,
  decodeSpaceLetter,
  encodeSealedLetters,
  encodeSpaceLetter,
  MAX_LETTER_COPIES,
} from './space-letter.ts';
import { sealedLetters, spaceLetter } from './stewardship-arbitraries.fixture.ts';

test('a letter and its sealed copies come back as they were', () => {
  fc.assert(
    fc.property(spaceLetter, sealedLetters, (letter, copies) => {
      expect(unwrap(decodeSpaceLetter(encodeSpaceLetter(letter)))).toEqual(letter);
      expect(unwrap(decodeSealedLetters(encodeSealedLetters(copies)))).toEqual(copies);
    }),
  );
});

test('a changed letter is read as another or refused, never thrown; too many copies are refused', () => {
  fc.assert(
    fc.property(spaceLetter.map(encodeSpaceLetter), valid.mutation, (encoded, change) => {
      decodeSpaceLetter(valid.mutate(encoded, change));
      decodeSealedLetters(valid.mutate(encoded, change));
    }),
  );
  const copy = { encapsulation: new Uint8Array(1120), box: new Uint8Array(16) };
  const many = encodeSealedLetters(Array.from({ length: MAX_LETTER_COPIES + 1 }, () => copy));
  expect(decodeSealedLetters(many)).toMatchObject({ ok: false });
});
