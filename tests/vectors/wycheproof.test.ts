import { beforeAll, describe, expect, test } from 'vitest';
import { readyCrypto } from '../../src/lib/crypto/sodium.ts';
import { readTestData } from './test-data.ts';
import { judge, WYCHEPROOF_FILES } from './wycheproof.ts';
import type { WycheproofFile } from './wycheproof.ts';

beforeAll(readyCrypto);

describe('Wycheproof in Node', () => {
  for (const name of WYCHEPROOF_FILES) {
    const text = readTestData(`vectors/wycheproof/${name}_test.json`);
    test(
      text === null ? `${name}: test data absent, nothing checked` : `[X3] ${name}: every verdict as expected`,
      () => {
        if (text === null) return;
        const file = JSON.parse(text) as WycheproofFile;
        expect(judge(name, file)).toEqual({ count: file.numberOfTests, disagreements: [] });
      },
    );
  }
});
