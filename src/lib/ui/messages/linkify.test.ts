import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linkify } from './linkify.ts';

const linksIn = (text: string): string[] => linkify(text).flatMap((part) => (part.kind === 'link' ? [part.href] : []));

describe('addresses in a message', () => {
  test('become links, without the punctuation of their sentence', () => {
    expect(linksIn('See https://a.example/x?y=1, then (http://b.example/z).')).toEqual([
      'https://a.example/x?y=1',
      'http://b.example/z',
    ]);
  });

  test('keep a bracket that was opened in them', () => {
    expect(linksIn('https://a.example/w_(dam)')).toEqual(['https://a.example/w_(dam)']);
  });

  test.each([
    'javascript:alert(1)',
    'data:text/html,<b>',
    'file:///etc/passwd',
    'vbscript:x',
    'https//no',
    'mailto:a@b.example',
  ])('%s stays words', (text) => {
    expect(linksIn(text)).toEqual([]);
  });

  test('no text is lost or changed, whatever Bob writes', () => {
    const written = fc
      .array(
        fc.oneof(
          fc.string({ unit: 'grapheme' }),
          fc.webUrl(),
          fc.constantFrom(' ', '\n', '(', ').', '<script>', 'https://'),
        ),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(written, (text) => {
        const parts = linkify(text);
        expect(parts.map((part) => part.text).join('')).toBe(text);
        for (const part of parts) if (part.kind === 'link') expect(part.href).toMatch(/^https?:\/\//u);
      }),
    );
  });
});
