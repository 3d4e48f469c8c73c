import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unwrap } from '../foundation/result.ts';
import { bytes, id } from './arbitraries.fixture.ts';
import { fromBase64url, toBase64url } from './base64url.ts';
import { crc32 } from './checksum.ts';
import { spaceTagOf } from './invite-link.ts';
import { ByteWriter } from '../foundation/bytes.ts';
import { normalCandidate } from './nearby-address.ts';
import {
  decodeNearbyCode,
  encodeNearbyAnswer,
  encodeNearbyOffer,
  formatNearbyCode,
  MAX_NEARBY_CANDIDATES,
  MAX_NEARBY_TEXT,
  readNearbyCode,
  type NearbyAnswer,
  type NearbyDescription,
  type NearbyOffer,
} from './nearby-code.ts';

const ICE = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const iceText = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...ICE), minLength, maxLength });
const address = fc.oneof(
  fc.uuid().map((uuid) => `${uuid}.local`),
  fc.ipV4(),
  fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }).map((groups) => groups.map((n) => n.toString(16)).join(':')),
);
const description: fc.Arbitrary<NearbyDescription> = fc.record({
  ufrag: iceText(4, 32),
  password: iceText(22, 64),
  fingerprint: bytes(32),
  candidates: fc.array(fc.record({ address, port: fc.integer({ min: 1, max: 0xffff }) }), {
    maxLength: MAX_NEARBY_CANDIDATES,
  }),
});
const invite = fc.record({
  seed: bytes(32),
  relay: fc.constantFrom('', 'wss://relay.example', 'ws://localhost:8080'),
  spaceTag: id('SpaceId').map(spaceTagOf),
});
const offer: fc.Arbitrary<NearbyOffer> = fc.oneof(
  fc.record({ kind: fc.constantFrom('connect', 'pair'), secret: bytes(16), description }),
  fc.record({ kind: fc.constant('invite' as const), secret: bytes(16), description, invite }),
);
const answer: fc.Arbitrary<NearbyAnswer> = fc.record({
  kind: fc.constant('answer' as const),
  proof: bytes(16),
  description,
});
const code: fc.Arbitrary<NearbyOffer | NearbyAnswer> = fc.oneof(offer, answer);

const encode = (given: NearbyOffer | NearbyAnswer): Uint8Array =>
  given.kind === 'answer' ? encodeNearbyAnswer(given) : encodeNearbyOffer(given);
const CODES = ['nearby-malformed', 'unknown-version'];

describe('[P3] the code of two devices that meet', () => {
  test('Alice shows it, Bob scans the address, pastes the bare text, or gets it broken over lines', () => {
    fc.assert(
      fc.property(code, fc.nat(), (given, at) => {
        const content = encode(given);
        const [bare, whole] = [formatNearbyCode(content), formatNearbyCode(content, 'https://archipel.example')];
        const place = at % whole.length;
        for (const typed of [bare, whole, `#${bare}`, `${whole.slice(0, place)}\r\n ${whole.slice(place)}`])
          expect(unwrap(readNearbyCode(unwrap(decodeNearbyCode(typed))))).toEqual(given);
      }),
    );
  });

  test('an invitation with two names on the network and a relay fits a QR code of 350 characters', () => {
    const usual = {
      kind: 'invite',
      secret: new Uint8Array(16),
      description: {
        ufrag: 'abcd',
        password: 'a'.repeat(24),
        fingerprint: new Uint8Array(32),
        candidates: [1, 2].map((port) => ({
          address: `${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}.local`,
          port,
        })),
      },
      invite: { seed: new Uint8Array(32), relay: 'wss://archipel.example.org', spaceTag: '0'.repeat(32) },
    } as const;
    const text = formatNearbyCode(encodeNearbyOffer(usual), 'https://archipel.example.org');
    expect(text.length).toBeLessThanOrEqual(350);
  });

  test('a slip of one character and every cut are noticed', () => {
    fc.assert(
      fc.property(code, fc.nat(), fc.constantFrom('A', 'Z', 'a', 'z', '0', '9', '-', '_'), (given, at, character) => {
        const text = formatNearbyCode(encode(given));
        const place = at % text.length;
        const typed = text.slice(0, place) + character + text.slice(place + 1);
        expect(decodeNearbyCode(typed).ok).toBe(typed === text);
        expect(decodeNearbyCode(text.slice(0, place))).toMatchObject({
          ok: false,
          error: { code: 'nearby-malformed' },
        });
      }),
    );
  });

  test('bytes that someone cut, changed or made longer, with a right checksum, are read as themselves or refused', () => {
    fc.assert(
      fc.property(code, fc.nat(), fc.nat(255), fc.nat(3), (given, at, byte, how) => {
        const whole = encode(given);
        const place = at % whole.length;
        const changed = whole.slice();
        changed[place] = byte;
        const hostile =
          [whole.subarray(0, place), changed, new ByteWriter().bytes(whole).u8(byte).finish()][how] ?? whole;
        const text = toBase64url(new ByteWriter().bytes(hostile).u32(crc32(hostile)).finish());
        const decoded = decodeNearbyCode(text);
        const read = decoded.ok ? readNearbyCode(decoded.value) : decoded;
        if (read.ok) expect(encode(read.value)).toEqual(hostile);
        else expect(CODES).toContain(read.error.code);
      }),
      { numRuns: 2_000 },
    );
  });

  test('an endless text, a text of another kind, too many addresses, an odd relay: refused', () => {
    for (const text of ['', '#', 'hello', 'https://archipel.example/join#AAAA', 'A'.repeat(MAX_NEARBY_TEXT + 1)])
      expect(decodeNearbyCode(text)).toMatchObject({ ok: false, error: { code: 'nearby-malformed' } });
    const [one] = fc.sample(description, 1);
    const [by] = fc.sample(invite, 1);
    const candidates = Array.from({ length: MAX_NEARBY_CANDIDATES + 1 }, (_, i) => ({
      address: '10.0.0.1',
      port: i + 1,
    }));
    const secret = new Uint8Array(16);
    for (const bad of [
      { kind: 'connect', secret, description: { ...one!, candidates } },
      { kind: 'connect', secret, description: { ...one!, ufrag: 'a b c d' } },
      { kind: 'connect', secret, description: { ...one!, password: 'short' } },
      { kind: 'invite', secret, description: one!, invite: { ...by!, relay: 'javascript:alert(1)' } },
    ] as const)
      expect(readNearbyCode(encodeNearbyOffer(bad))).toMatchObject({ ok: false, error: { code: 'nearby-malformed' } });
  });

  test('addresses have one form, and what is none is left out', () => {
    expect(normalCandidate({ address: 'FE80::1', port: 9 })).toEqual({ address: 'fe80:0:0:0:0:0:0:1', port: 9 });
    expect(normalCandidate({ address: '::', port: 1 })?.address).toBe('0:0:0:0:0:0:0:0');
    for (const odd of [
      'printer.local',
      '1.2.3',
      '1.2.3.256',
      '1::2::3',
      '1:2:3:4:5:6:7',
      'fe80::1%eth0',
      '::ffff:1.2.3.4',
    ])
      expect(normalCandidate({ address: odd, port: 1 })).toBeUndefined();
    for (const port of [0, 65_536, 1.5]) expect(normalCandidate({ address: '10.0.0.1', port })).toBeUndefined();
    expect(fromBase64url('AA')?.length).toBe(1);
  });
});
