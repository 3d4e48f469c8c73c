import { argon2id } from '@noble/hashes/argon2.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { utf8 } from '../foundation/bytes.ts';
import { unwrap } from '../foundation/result.ts';
import {
  calibratedParameters,
  DEFAULT_PASSPHRASE_PARAMETERS,
  FLOOR_PASSPHRASE_PARAMETERS,
  passphraseKey,
} from './passphrase.ts';
import { readyCrypto } from './sodium.ts';

beforeAll(readyCrypto);

const salt = new Uint8Array(16).map((_, i) => i);

describe('passphrase', () => {
  test('[V1] a second implementation derives the same key', () => {
    const { memoryBytes, passes } = FLOOR_PASSPHRASE_PARAMETERS;
    const key = unwrap(passphraseKey('un café crème', salt, FLOOR_PASSPHRASE_PARAMETERS));
    const typed = utf8('un café crème'.normalize('NFKD'));
    expect(key).toEqual(argon2id(typed, salt, { t: passes, m: memoryBytes / 1024, p: 1, dkLen: 32 }));
  });

  test('[V1] accents composed or not are the same passphrase; another salt is another key', () => {
    const parameters = FLOOR_PASSPHRASE_PARAMETERS;
    const composed = unwrap(passphraseKey('caf\u00e9', salt, parameters));
    expect(unwrap(passphraseKey('cafe\u0301', salt, parameters))).toEqual(composed);
    expect(
      unwrap(
        passphraseKey(
          'caf\u00e9',
          salt.map((byte) => byte ^ 1),
          parameters,
        ),
      ),
    ).not.toEqual(composed);
  });

  test('[V1] parameters below the floor, absurdly above, or not numbers are refused', () => {
    const { memoryBytes, passes } = FLOOR_PASSPHRASE_PARAMETERS;
    for (const parameters of [
      { memoryBytes: memoryBytes - 1, passes },
      { memoryBytes, passes: passes - 1 },
      { memoryBytes: 2 ** 40, passes },
      { memoryBytes, passes: 1e6 },
      { memoryBytes: Number.NaN, passes },
    ]) {
      expect(passphraseKey('x', salt, parameters)).toMatchObject({ ok: false, error: { code: 'weak-parameters' } });
    }
    expect(DEFAULT_PASSPHRASE_PARAMETERS).toEqual({ memoryBytes: 64 * 2 ** 20, passes: 3 });
  });

  test.each([
    { device: 'a quick one', tookMs: 100, passes: 12 },
    { device: 'an ordinary one', tookMs: 200, passes: 6 },
    { device: 'a phone', tookMs: 900, passes: 3 },
    { device: 'one whose clock stands still', tookMs: 0, passes: 12 },
    { device: 'one whose clock was set back', tookMs: -5_000, passes: 12 },
  ])('[V1] $device takes more passes when it can afford them, never fewer than the default', ({ tookMs, passes }) => {
    const times = [1_000, 1_000 + tookMs];
    const { memoryBytes } = DEFAULT_PASSPHRASE_PARAMETERS;
    expect(calibratedParameters(() => times.shift()!)).toEqual({ memoryBytes, passes });
  });
});
