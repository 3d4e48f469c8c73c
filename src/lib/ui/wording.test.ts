import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../foundation/error-codes.ts';

const MESSAGES = fileURLToPath(new URL('../../../messages', import.meta.url));
const areas = readdirSync(MESSAGES).filter((area) => existsSync(join(MESSAGES, area, 'fr.json')));

function read(area: string, language: 'fr' | 'en'): Map<string, string> {
  const content = JSON.parse(readFileSync(join(MESSAGES, area, `${language}.json`), 'utf8')) as Record<string, unknown>;
  return new Map(
    Object.entries(content)
      .filter(([key]) => key !== '$schema')
      .map(([key, value]) => [
        key,
        typeof value === 'string' ? value : JSON.stringify((value as { match: unknown }[])[0]?.match),
      ]),
  );
}

describe.each(areas)('the words of %s', (area) => {
  const french = read(area, 'fr');
  const english = read(area, 'en');

  test('both languages say the same things with the same values', () => {
    expect([...french.keys()].sort()).toEqual([...english.keys()].sort());
    const values = (text: string | undefined): string[] =>
      [...(text ?? '').matchAll(/\{[a-z]+\}/giu)].map(([name]) => name).sort();
    for (const [key, text] of french)
      expect([key, ...new Set(values(text))]).toEqual([key, ...new Set(values(english.get(key)))]);
  });
});

describe.each(areas)('the setting of %s', (area) => {
  const french = read(area, 'fr');
  const english = read(area, 'en');

  test('French keeps its marks on the line of their word', () => {
    const broken = [...french].filter(([, text]) => / [:;!?»]|« /u.test(text.replaceAll(/countPlural=[^"]*":/gu, '')));
    expect(broken).toEqual([]);
  });

  test('no straight apostrophe is left in either language', () => {
    expect([...french, ...english].filter(([key, text]) => key.startsWith(`${area}_`) && text.includes("'"))).toEqual(
      [],
    );
  });
});

test('every failure has a sentence in both languages that says more than its code', () => {
  for (const language of ['fr', 'en'] as const) {
    const sentences = read('errors', language);
    const wordless = ERROR_CODES.filter(
      (code) => (sentences.get(`errors_${code.replaceAll('-', '_')}`) ?? '').length < 12,
    );
    expect(wordless).toEqual([]);
  }
});
