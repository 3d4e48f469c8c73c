import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unwrap } from '../foundation/result.ts';
import { bytes, id } from './arbitraries.fixture.ts';
import { fromBase64url, toBase64url } from './base64url.ts';
import { crc32 } from './checksum.ts';
import { decodeInviteLink, encodeInviteFragment, formatInviteLink, spaceTagOf } from './invite-link.ts';
import type { InviteLink } from './invite-link.ts';
import { utf8 } from '../foundation/bytes.ts';

const link: fc.Arbitrary<InviteLink> = fc.record({
  seed: bytes(32),
  relay: fc.constantFrom('wss://relay.example/sync', 'ws://localhost:8080', 'wss://bücher.example'),
  spaceTag: id('SpaceId').map(spaceTagOf),
});

describe('invite link', () => {
  test('[I1] Alice copies a link, Bob pastes it: whole, or its fragment, or broken over lines by a mail program', () => {
    fc.assert(
      fc.property(link, fc.nat(), (given, at) => {
        const text = formatInviteLink('https://archipel.example', given);
        const fragment = encodeInviteFragment(given);
        const place = at % text.length;
        for (const typed of [
          text,
          fragment,
          `#${fragment}`,
          ` ${text}\n`,
          `${text.slice(0, place)}\r\n ${text.slice(place)}`,
        ]) {
          expect(unwrap(decodeInviteLink(typed))).toEqual(given);
        }
      }),
    );
  });

  test('[I1] everything secret stands behind the #', () => {
    const [given] = fc.sample(link, 1);
    const text = formatInviteLink('https://archipel.example', given as InviteLink);
    expect(text.slice(0, text.indexOf('#'))).toBe('https://archipel.example/join');
  });

  test('[I1] a slip of one character is noticed', () => {
    fc.assert(
      fc.property(link, fc.nat(), fc.constantFrom('A', 'Z', 'a', 'z', '0', '9', '-', '_'), (given, at, character) => {
        const fragment = encodeInviteFragment(given);
        const place = at % fragment.length;
        const typed = fragment.slice(0, place) + character + fragment.slice(place + 1);
        expect(decodeInviteLink(typed).ok).toBe(typed === fragment);
        expect(decodeInviteLink(fragment.slice(0, place)).ok).toBe(false);
      }),
    );
  });

  test('[I1] an address that is not a relay, an endless text and nothing at all are refused', () => {
    const [given] = fc.sample(link, 1);
    for (const relay of [
      'javascript:alert(1)',
      'https://x.example',
      'wss://x.example/#a',
      `wss://${'a'.repeat(300)}`,
    ]) {
      expect(decodeInviteLink(encodeInviteFragment({ ...(given as InviteLink), relay }))).toMatchObject({ ok: false });
    }
    for (const text of ['', '#', 'hello', 'A'.repeat(100_000)]) expect(decodeInviteLink(text).ok).toBe(false);
  });
});

describe('base64url and checksum', () => {
  test('every value has one text and comes back from it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (given) => {
        expect(fromBase64url(toBase64url(given))).toEqual(given);
        expect(toBase64url(given)).toBe(Buffer.from(given).toString('base64url'));
      }),
    );
    for (const text of ['A', 'AB', 'AAB', 'AA==', 'A+', 'A/', 'A A']) expect(fromBase64url(text)).toBeUndefined();
  });

  test('CRC-32 of the standard check text', () => {
    expect(crc32(utf8('123456789'))).toBe(0xcbf43926);
  });
});
