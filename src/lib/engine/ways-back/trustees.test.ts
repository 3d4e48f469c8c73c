import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../../crypto/sodium.ts';
import { newRequest, readCardCode, cardCode, requestCode } from '../../crypto/trustees.ts';
import { SystemRandom } from '../../adapters/platform/system-random.ts';
import { unwrap } from '../../foundation/result.ts';
import { Disk, World, type Device } from '../world.fixture.ts';
import type { HandedCard } from './trustee-circle.ts';

const DEVICE = { kind: 'device' } as const;
const PASSPHRASE = 'le phare éteint la brume';

describe('trustees', () => {
  let world: World;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.close());

  interface Circle {
    readonly alice: Device;
    readonly cards: readonly HandedCard[];
    readonly trustees: readonly Device[];
  }

  /** Alice trusts Bob, Carol and Dan, two of whom are enough; each keeps a card. */
  async function circle(): Promise<Circle> {
    const alice = await world.person('Alice');
    const names = ['Bob', 'Carol', 'Dan'];
    const cards = unwrap(await alice.engine.chooseTrustees({ names, threshold: 2, passphrase: undefined }));
    const trustees: Device[] = [];
    for (const { trustee, code } of cards) {
      const device = await world.person(trustee);
      unwrap(await device.engine.keepCard(code));
      trustees.push(device);
    }
    return { alice, cards, trustees };
  }

  /** The whole conversation on the phone: digits read out, digits read back. */
  async function release(trustee: Device, asking: Device): Promise<string> {
    const card = (await trustee.engine.waysBack()).kept[0]!;
    const request = (await asking.engine.asking())!.code;
    const { release: id, challenge } = unwrap(await trustee.engine.beginRelease(card.key, request));
    const digits = unwrap(await asking.engine.answerTrustee(challenge));
    return unwrap(await trustee.engine.finishRelease(id, digits));
  }

  async function blankAsking(name = 'Alice'): Promise<Device> {
    const blank = await world.start(new Disk());
    unwrap(await blank.engine.askTrustees(name));
    return blank;
  }

  it('Alice loses everything; Bob and Carol, two of three, give her words back with no network', async () => {
    const { alice, trustees } = await circle();
    const words = unwrap(await alice.engine.recoveryWords(undefined));
    const space = await alice.newSpace();
    unwrap(await alice.write(space, 'before the loss'));
    const file = unwrap(await alice.engine.makeBackup({ passphrase: PASSPHRASE, hasContent: true }));
    alice.root.close();
    const blank = await blankAsking();
    const first = unwrap(await blank.engine.addAnswer(await release(trustees[0]!, blank)));
    expect(first).toMatchObject({ trustees: ['Bob'], threshold: 2, owner: 'Alice' });
    expect(await blank.engine.restoreFromTrustees({ protection: DEVICE, relayUrl: '' })).toMatchObject({
      ok: false,
      error: { code: 'shares-missing' },
    });
    unwrap(await blank.engine.addAnswer(await release(trustees[1]!, blank)));
    unwrap(await blank.engine.restoreFromTrustees({ protection: DEVICE, relayUrl: '' }));
    expect(await blank.engine.session()).toMatchObject({ kind: 'open', name: 'Alice' });
    expect(unwrap(await blank.engine.recoveryWords(undefined))).toEqual(words);
    expect(await blank.engine.asking()).toBeUndefined();
    unwrap(await blank.engine.addBackup(file));
    expect(await blank.read(space)).toEqual(['before the loss']);
  });

  it('a request outlives a restart of the blank device, and what came back with it', async () => {
    const { trustees } = await circle();
    const blank = await blankAsking();
    const { code } = (await blank.engine.asking())!;
    unwrap(await blank.engine.addAnswer(await release(trustees[2]!, blank)));
    blank.root.close();
    const again = await world.start(blank.disk);
    expect(await again.engine.session()).toEqual({ kind: 'blank' });
    expect(await again.engine.asking()).toMatchObject({ code, trustees: ['Dan'] });
    unwrap(await again.engine.addAnswer(await release(trustees[0]!, again)));
    unwrap(await again.engine.restoreFromTrustees({ protection: DEVICE, relayUrl: '' }));
  });

  it('paper cards serve too, and one alone opens nothing', async () => {
    const { cards } = await circle();
    const blank = await blankAsking();
    expect(unwrap(await blank.engine.addAnswer(cards[0]!.code))).toMatchObject({ trustees: ['Bob'] });
    const early = await blank.engine.restoreFromTrustees({ protection: DEVICE, relayUrl: '' });
    expect(early).toMatchObject({ ok: false, error: { code: 'shares-missing' } });
    // As mail programs break it.
    unwrap(await blank.engine.addAnswer(cards[1]!.code.replace(/(.{60})/gu, '$1\n ')));
    unwrap(await blank.engine.restoreFromTrustees({ protection: DEVICE, relayUrl: '' }));
  });

  it('cards that do not belong together, that are there already, tampered or cut: each has its code, nothing changes', async () => {
    const { alice, cards } = await circle();
    const options = { names: ['Bob', 'Erin'], threshold: 2, passphrase: undefined };
    const older = unwrap(await alice.engine.chooseTrustees(options));
    const blank = await blankAsking();
    const attempt = async (code: string): Promise<string | undefined> => {
      const outcome = await blank.engine.addAnswer(code);
      return outcome.ok ? undefined : outcome.error.code;
    };
    expect(await attempt(cards[0]!.code)).toBeUndefined();
    const before = await blank.engine.asking();
    expect(await attempt(cards[0]!.code)).toBe('share-repeated');
    expect(await attempt(older[1]!.code)).toBe('share-of-another-set');
    const card = unwrap(readCardCode(cards[1]!.code));
    const share = card.share.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
    expect(await attempt(cardCode({ ...card, share }))).toBe('bad-signature');
    expect(await attempt(cardCode({ ...card, trustee: 'Mallory' }))).toBe('bad-signature');
    expect(await attempt(cards[1]!.code.slice(0, -4))).toBe('code-malformed');
    expect(await attempt(cards[1]!.code.replace('share', 'give'))).toBe('malformed');
    expect(await attempt('hello')).toBe('code-malformed');
    expect(await blank.engine.asking()).toEqual(before);
  });

  it('an answer to another request, a tampered or replayed one, is refused', async () => {
    const { trustees } = await circle();
    const [blank, other] = [await blankAsking(), await blankAsking('Mallory')];
    const forOther = await release(trustees[0]!, other);
    const attempt = async (code: string): Promise<string | undefined> => {
      const outcome = await blank.engine.addAnswer(code);
      return outcome.ok ? undefined : outcome.error.code;
    };
    expect(await attempt(forOther)).toBe('share-for-another-request');
    const mine = await release(trustees[0]!, blank);
    expect(await attempt(`${mine.slice(0, 60)}${mine[60] === 'A' ? 'B' : 'A'}${mine.slice(61)}`)).toBe(
      'code-malformed',
    );
    expect(await attempt(mine)).toBeUndefined();
    expect(await attempt(mine)).toBe('share-repeated');
    await blank.engine.stopAsking();
    unwrap(await blank.engine.askTrustees('Alice'));
    expect(await attempt(mine)).toBe('share-for-another-request');
  });

  it('the spoken check: whoever put another request in the way is heard, and three wrong answers end it', async () => {
    const { trustees } = await circle();
    const blank = await blankAsking();
    const bob = trustees[0]!;
    const key = (await bob.engine.waysBack()).kept[0]!.key;
    const random = new SystemRandom();
    // Mallory, on the way, hands Bob a request of her own under Alice's name.
    const forged = requestCode(newRequest('Alice', random.bytes(32), random));
    for (let round = 0; round < 3; round++) {
      const started = unwrap(await bob.engine.beginRelease(key, forged));
      const digits = unwrap(await blank.engine.answerTrustee(started.challenge));
      const outcome = await bob.engine.finishRelease(started.release, digits);
      expect(outcome).toMatchObject({ ok: false, error: { code: 'spoken-check-failed' } });
      const twice = await bob.engine.finishRelease(started.release, digits);
      expect(twice).toMatchObject({ ok: false, error: { code: 'spoken-check-failed' } });
    }
    const more = await bob.engine.beginRelease(key, forged);
    expect(more).toMatchObject({ ok: false, error: { code: 'too-many-attempts' } });
    // Her own request still goes through.
    unwrap(await blank.engine.addAnswer(await release(bob, blank)));
  });

  it('the passphrase is asked before the words are split, and the numbers must make sense', async () => {
    const alice = await world.person('Alice');
    const choose = async (names: readonly string[], threshold: number): Promise<string | undefined> => {
      const outcome = await alice.engine.chooseTrustees({ names, threshold, passphrase: undefined });
      return outcome.ok ? undefined : outcome.error.code;
    };
    expect(await choose(['Bob', 'Carol'], 1)).toBe('trustees-invalid');
    expect(await choose(['Bob', 'Carol'], 3)).toBe('trustees-invalid');
    expect(await choose(['Bob', ' Bob '], 2)).toBe('trustees-invalid');
    expect(await choose(['Bob', ''], 2)).toBe('trustees-invalid');
    expect(
      await choose(
        Array.from({ length: 10 }, (_, i) => `Person ${String(i)}`),
        2,
      ),
    ).toBe('trustees-invalid');
    expect((await alice.engine.waysBack()).trustees).toBeUndefined();
    unwrap(await alice.engine.setProtection({ kind: 'passphrase', passphrase: PASSPHRASE }));
    expect(await choose(['Bob', 'Carol'], 2)).toBe('wrong-passphrase');
  });

  it('cards are kept over a restart, once each, and can be dropped; a locked device releases nothing', async () => {
    const { cards, trustees } = await circle();
    const [, carol] = trustees;
    unwrap(await carol!.engine.keepCard(cards[1]!.code));
    unwrap(await carol!.engine.keepCard(cards[2]!.code));
    carol!.root.close();
    const again = await world.start(carol!.disk);
    const kept = (await again.engine.waysBack()).kept;
    expect(kept.map(({ owner, threshold, count }) => [owner, threshold, count])).toEqual([
      ['Alice', 2, 3],
      ['Alice', 2, 3],
    ]);
    unwrap(await again.engine.dropCard(kept[1]!.key));
    expect((await again.engine.waysBack()).kept).toHaveLength(1);
    unwrap(await again.engine.setProtection({ kind: 'passphrase', passphrase: PASSPHRASE }));
    const blank = await blankAsking();
    const request = (await blank.engine.asking())!.code;
    const started = unwrap(await again.engine.beginRelease(kept[0]!.key, request));
    await again.engine.lock();
    const digits = unwrap(await blank.engine.answerTrustee(started.challenge));
    expect(await again.engine.finishRelease(started.release, digits)).toMatchObject({ error: { code: 'locked' } });
    expect(await again.engine.beginRelease(kept[0]!.key, request)).toMatchObject({ error: { code: 'locked' } });
    expect((await again.engine.waysBack()).kept).toEqual([]);
  });
});
