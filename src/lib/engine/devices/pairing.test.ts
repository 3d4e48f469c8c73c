import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { SystemRandom } from '../../adapters/platform/system-random.ts';
import { readyCrypto } from '../../crypto/sodium.ts';
import { newKemKeyPair } from '../../crypto/kem.ts';
import type { PairingSecret } from '../../crypto/keys.ts';
import { pairingCommitmentOf, pairingDigitsOf } from '../../crypto/pairing.ts';
import { decodeUtf8, utf8 } from '../../foundation/bytes.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import { decodePairingMessage, encodePairingMessage, type PairingMessage } from '../../protocol/pairing-message.ts';
import { MemoryChannel } from './memory-channel.fixture.ts';
import { PairingGuest, type GuestProgress } from './pairing-guest.ts';
import { PairingHost, type HostProgress, type PairingWay } from './pairing-host.ts';

const random = new SystemRandom();
const settle = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await Promise.resolve();
};

class Pair {
  host: HostProgress = { step: 'waiting' };
  guest: GuestProgress = { step: 'asking' };
  kept: string | undefined;
  announced: string | undefined;
  readonly hostEnd: PairingHost;
  readonly guestEnd: PairingGuest;

  constructor(
    channels: { readonly host: MemoryChannel; readonly guest: MemoryChannel },
    ways: { readonly host: PairingWay; readonly guest: PairingWay },
    keep: () => Result<void> = () => ok(undefined),
  ) {
    const onFault = (fault: unknown): void => {
      throw fault;
    };
    this.hostEnd = new PairingHost({
      channel: channels.host,
      way: ways.host,
      random,
      makeGrant: () => ok(utf8('everything')),
      onKept: (announced) => {
        this.announced = decodeUtf8(announced);
        return Promise.resolve();
      },
      onProgress: (progress) => (this.host = progress),
      onFault,
    });
    this.guestEnd = new PairingGuest({
      channel: channels.guest,
      way: ways.guest,
      random,
      name: 'Laptop',
      keep: (grant) => {
        const outcome = keep();
        if (!outcome.ok) return Promise.resolve(outcome);
        this.kept = decodeUtf8(grant);
        return Promise.resolve(ok(utf8('my keys')));
      },
      onProgress: (progress) => (this.guest = progress),
      onFault,
    });
  }
}

const code = (): PairingWay => ({ kind: 'code', secret: random.bytes(32) as PairingSecret });
const both = (way: PairingWay) => ({ host: way, guest: way });
const DIGITS = both({ kind: 'digits' });

function messageOf(bytes: Uint8Array): PairingMessage | undefined {
  const message = decodePairingMessage(bytes);
  return message.ok ? message.value : undefined;
}

describe('the pairing of two devices', () => {
  beforeAll(readyCrypto);

  it('[I5] with one secret on both sides everything goes over, is kept, and the keys come back', async () => {
    const pair = new Pair(MemoryChannel.pair(), both(code()));
    await settle();
    expect(pair).toMatchObject({ kept: 'everything', announced: 'my keys' });
    expect(pair.guest).toEqual({ step: 'done' });
    expect(pair.host).toEqual({ step: 'done', name: 'Laptop' });
  });

  it('[I5] who holds another secret is not heard, on either side', async () => {
    const pair = new Pair(MemoryChannel.pair(), { host: code(), guest: code() });
    await settle();
    expect(pair).toMatchObject({
      kept: undefined,
      announced: undefined,
      host: { step: 'waiting' },
      guest: { step: 'asking' },
    });
  });

  it('[I5] what passes contains nothing of what is given, and no flipped byte goes unnoticed', async () => {
    const passed: Uint8Array[] = [];
    const listen = (bytes: Uint8Array, forward: (bytes: Uint8Array) => void): void => {
      passed.push(bytes);
      forward(bytes);
    };
    new Pair(MemoryChannel.pair({ toHost: listen, toGuest: listen }), both(code()));
    await settle();
    expect(passed.map((bytes) => messageOf(bytes)?.step)).toEqual(['hello', 'grant', 'kept', 'done']);
    for (const bytes of passed) expect(Buffer.from(bytes).includes('everything')).toBe(false);

    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('hello', 'grant', 'kept'),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (step, at, by) => {
          const flip = (bytes: Uint8Array, forward: (bytes: Uint8Array) => void): void => {
            if (messageOf(bytes)?.step !== step) return forward(bytes);
            const flipped = bytes.slice();
            const place = at % flipped.length;
            flipped[place] = (flipped[place] ?? 0) ^ by;
            forward(flipped);
          };
          const pair = new Pair(MemoryChannel.pair({ toHost: flip, toGuest: flip }), both(code()));
          await settle();
          expect(pair.host.step === 'done' && pair.guest.step === 'done').toBe(false);
          if (step !== 'kept') expect(pair.kept).toBeUndefined();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('[I5] the digits are the same on both sides, and a grant waits for the person on the new device', async () => {
    const pair = new Pair(MemoryChannel.pair(), DIGITS);
    await settle();
    if (pair.guest.step !== 'comparing') throw new Error('no digits');
    expect(pair.hostEnd.typeDigits(pair.guest.digits).ok).toBe(true);
    await settle();
    expect(pair.kept).toBeUndefined();
    pair.guestEnd.confirm();
    await settle();
    expect(pair).toMatchObject({
      kept: 'everything',
      announced: 'my keys',
      host: { step: 'done' },
      guest: { step: 'done' },
    });
  });

  it('[I5] a relay that puts its own key between shows other digits than the host expects, and three wrong tries end it', async () => {
    const own = { kem: newKemKeyPair(random).publicKey, nonce: random.bytes(32), name: 'Laptop' };
    const toHost = (bytes: Uint8Array, forward: (bytes: Uint8Array) => void): void => {
      const message = messageOf(bytes);
      if (message?.step === 'commit')
        forward(encodePairingMessage({ step: 'commit', commitment: pairingCommitmentOf(own) }));
      else if (message?.step === 'reveal') forward(encodePairingMessage({ step: 'reveal', ...own }));
      else forward(bytes);
    };
    const pair = new Pair(MemoryChannel.pair({ toHost }), DIGITS);
    await settle();
    if (pair.guest.step !== 'comparing') throw new Error('no digits');
    for (let i = 0; i < 3; i++) expect(pair.hostEnd.typeDigits(pair.guest.digits)).toMatchObject({ ok: false });
    await settle();
    expect(pair.host).toEqual({ step: 'failed', code: 'pairing-digits' });
    expect(pair.guest).toEqual({ step: 'failed', code: 'pairing-stopped' });
    expect(pair.kept).toBeUndefined();
  });

  it('[I5] a key that is not the one committed to ends the pairing before digits are asked', async () => {
    const toHost = (bytes: Uint8Array, forward: (bytes: Uint8Array) => void): void => {
      const message = messageOf(bytes);
      if (message?.step !== 'reveal') return forward(bytes);
      // Chosen after the host's share was seen, so that the digits would agree.
      forward(encodePairingMessage({ ...message, nonce: random.bytes(32) }));
    };
    const pair = new Pair(MemoryChannel.pair({ toHost }), DIGITS);
    await settle();
    expect(pair.host).toEqual({ step: 'failed', code: 'pairing-digits' });
  });

  it('[I5] the digits depend on every share', () => {
    const guest = { kem: newKemKeyPair(random).publicKey, nonce: random.bytes(32), name: 'Laptop' };
    const nonce = random.bytes(32);
    const digits = pairingDigitsOf(guest, nonce);
    expect(digits).toMatch(/^\d{6}$/u);
    expect(pairingDigitsOf({ ...guest, name: 'Other' }, nonce)).not.toBe(digits);
    expect(pairingDigitsOf({ ...guest, nonce: random.bytes(32) }, nonce)).not.toBe(digits);
    expect(pairingDigitsOf(guest, random.bytes(32))).not.toBe(digits);
  });

  it('[I5] a full disk on the new device is told on both, and nothing of the person stays there', async () => {
    const pair = new Pair(MemoryChannel.pair(), both(code()), () => fail('storage-full'));
    await settle();
    expect(pair.guest).toEqual({ step: 'failed', code: 'storage-full' });
    expect(pair.host).toEqual({ step: 'failed', code: 'pairing-stopped' });
    expect(pair.announced).toBeUndefined();
  });

  it('[I5] a way that breaks is told on both sides', async () => {
    const channels = MemoryChannel.pair({ toGuest: () => undefined });
    const pair = new Pair(channels, both(code()));
    await settle();
    channels.host.cut();
    expect(pair.host).toEqual({ step: 'failed', code: 'transport-closed' });
    expect(pair.guest).toEqual({ step: 'failed', code: 'transport-closed' });
  });

  it('[X2] noise in any place changes nothing', async () => {
    const channels = MemoryChannel.pair();
    const pair = new Pair(channels, both(code()));
    for (let i = 0; i < 30; i++) {
      channels.host.deliver(random.bytes(i * 7));
      channels.guest.deliver(random.bytes(i * 7));
    }
    await settle();
    expect(pair).toMatchObject({ host: { step: 'done' }, guest: { step: 'done' } });
  });
});
