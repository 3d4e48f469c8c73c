import { describe, expect, test } from 'vitest';
import { pickIndexes } from './pick-indexes.ts';
import { strengthOf } from './passphrase-strength.ts';

describe('how a passphrase is judged', () => {
  test.each([
    ['', 'empty'],
    ['aaaaaaaaaaaaaaaaaaaaaaaa', 'weak'],
    ['azerty', 'weak'],
    ['Soleil2024!', 'weak'],
    ['lune lune lune lune lune', 'weak'],
    ['cargo fenouil brume tandem', 'fair'],
    ['cargo fenouil brume tandem orgue', 'good'],
    ['x9$Kd!vQ2m#Zr7', 'good'],
  ] as const)('“%s” is %s', (passphrase, strength) => {
    expect(strengthOf(passphrase)).toBe(strength);
  });
});

test('three different words are asked, in their order', () => {
  const asked = pickIndexes(
    24,
    3,
    new Uint32Array(24).map((_, at) => (at * 7919) % 24),
  );
  expect(new Set(asked).size).toBe(3);
  expect([...asked].sort((a, b) => a - b)).toEqual(asked);
});
