import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { bytesToHex, hexToBytes } from '../foundation/bytes.ts';
import { idFromBytes } from '../foundation/ids.ts';
import { unwrap } from '../foundation/result.ts';
import { actorIdOf } from './actor.ts';
import { seededRandom } from './cast.fixture.ts';
import { identityOf, recoveryContext, recoveryDeviceOf, recoveryMailboxOf } from './recovery-keys.ts';
import {
  newRecoveryWords,
  parseRecoveryWords,
  recoverySeedOf,
  wordsOfEntropy,
  wordsStartingWith,
} from './recovery-words.ts';
import { safetyNumberOf } from './safety-number.ts';
import { readyCrypto } from './sodium.ts';

beforeAll(readyCrypto);

/** From the vectors published with BIP39 (English). */
const BIP39: readonly (readonly [string, string])[] = [
  [
    '00000000000000000000000000000000',
    'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about',
  ],
  ['7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f', 'legal winner thank year wave sausage worth useful legal winner thank yellow'],
  [
    '80808080808080808080808080808080',
    'letter advice cage absurd amount doctor acoustic avoid letter advice cage above',
  ],
  ['ffffffffffffffffffffffffffffffff', 'zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong'],
  [
    '0000000000000000000000000000000000000000000000000000000000000000',
    'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art',
  ],
  [
    'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    'zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote',
  ],
];

const entropy = fc.constantFrom(16, 32).chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
const language = fc.constantFrom('fr' as const, 'en' as const);

describe('recovery words', () => {
  test.each(BIP39)('BIP39 %s both ways', (hex, words) => {
    expect(wordsOfEntropy(hexToBytes(hex), 'en').words.join(' ')).toBe(words);
    expect(bytesToHex(unwrap(parseRecoveryWords(words)).entropy)).toBe(hex);
  });

  test('Alice writes them down in French or English and types them as people do', () => {
    fc.assert(
      fc.property(entropy, language, (bytes, chosen) => {
        const written = wordsOfEntropy(bytes, chosen);
        const plain = written.words.join(' ').normalize('NFD');
        const typings = [
          plain,
          plain.toUpperCase(),
          plain.replace(/\p{M}/gu, ''),
          `  ${written.words.map((word, i) => `${String(i + 1)}. ${word}`).join('\n')}  `,
          written.words.join(', '),
        ];
        for (const typed of typings) expect(unwrap(parseRecoveryWords(typed)).entropy).toEqual(bytes);
      }),
      { numRuns: 30 },
    );
  });

  test('a swapped, missing or misspelt word is refused', () => {
    const { words } = newRecoveryWords('fr', seededRandom('words'));
    const [first = '', second = '', ...others] = words;
    for (const typed of [
      [second, first, ...others],
      words.slice(1),
      [...words, first],
      ['archipel', second, ...others],
      [],
    ]) {
      expect(parseRecoveryWords(typed.join(' '))).toMatchObject({ ok: false, error: { code: 'wrong-words' } });
    }
  });

  test('while typing, the words that may follow', () => {
    expect(wordsStartingWith('aban', 'en')).toEqual(['abandon']);
    expect(wordsStartingWith('ÉLÈV', 'fr').length).toBeGreaterThan(0);
    expect(wordsStartingWith('', 'fr')).toEqual([]);
  });

  test('both languages of the same entropy lead to the same seed', () => {
    const bytes = seededRandom('both').bytes(16);
    const seeds = (['fr', 'en'] as const).map((chosen) =>
      recoverySeedOf(unwrap(parseRecoveryWords(wordsOfEntropy(bytes, chosen).words.join(' '))).entropy),
    );
    expect(seeds[0]).toEqual(seeds[1]);
  });
});

describe('what the words bring back', () => {
  test('a blank browser finds the same identity, mailbox and recovery devices, which no two spaces share', () => {
    const random = seededRandom('restore');
    const words = newRecoveryWords('en', random);
    const before = recoverySeedOf(words.entropy);
    const after = recoverySeedOf(unwrap(parseRecoveryWords(words.words.join(' '))).entropy);
    expect(identityOf(after)).toEqual(identityOf(before));
    expect(recoveryMailboxOf(after)).toEqual(recoveryMailboxOf(before));
    const [here, there] = [0, 1].map(() => recoveryContext({ space: idFromBytes('SpaceId', random.bytes(32)) }));
    expect(recoveryDeviceOf(after, here as Uint8Array)).toEqual(recoveryDeviceOf(before, here as Uint8Array));
    expect(recoveryDeviceOf(after, here as Uint8Array).keys.device).not.toBe(
      recoveryDeviceOf(after, there as Uint8Array).keys.device,
    );
  });
});

describe('actors and safety numbers', () => {
  test('[G2] an actor belongs to one author, one document and one generation', () => {
    const random = seededRandom('actors');
    const [alice, bob] = [idFromBytes('DeviceId', random.bytes(32)), idFromBytes('DeviceId', random.bytes(32))];
    const [page, board] = [idFromBytes('DocumentId', random.bytes(16)), idFromBytes('DocumentId', random.bytes(16))];
    const actors = [
      actorIdOf(alice, page, 0),
      actorIdOf(alice, page, 1),
      actorIdOf(alice, board, 0),
      actorIdOf(bob, page, 0),
    ];
    expect(new Set(actors).size).toBe(4);
    expect(actorIdOf(alice, page, 0)).toBe(actors[0]);
  });

  test('[I6] Alice and Bob see the same 60 digits; another key changes its half', () => {
    const random = seededRandom('safety');
    const [alice, bob, mallory] = [0, 1, 2].map(() => idFromBytes('IdentityKey', random.bytes(32)));
    const digits = safetyNumberOf(alice as never, bob as never);
    expect(digits.join('')).toMatch(/^\d{60}$/);
    expect(safetyNumberOf(bob as never, alice as never)).toEqual(digits);
    expect(safetyNumberOf(alice as never, mallory as never)).not.toEqual(digits);
  });
});
