import { beforeAll, describe, expect, test } from 'vitest';
import { commands } from 'vitest/browser';
import { readyCrypto } from '../../src/lib/crypto/sodium.ts';
import { judge, WYCHEPROOF_FILES } from './wycheproof.ts';
import type { WycheproofFile } from './wycheproof.ts';

declare module 'vitest/browser' {
  interface BrowserCommands {
    /** The text of a shared test file, or null where the data is absent. */
    readTestData: (path: string) => Promise<string | null>;
  }
}

beforeAll(readyCrypto);

describe('Wycheproof in Chromium', () => {
  test.each(WYCHEPROOF_FILES)('[X3] %s: the verdicts that Node gives too', async (name) => {
    const text = await commands.readTestData(`vectors/wycheproof/${name}_test.json`);
    if (text === null) return;
    const file = JSON.parse(text) as WycheproofFile;
    expect(judge(name, file)).toEqual({ count: file.numberOfTests, disagreements: [] });
  });
});
