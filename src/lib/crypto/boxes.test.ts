import { beforeAll, describe, expect, test } from 'vitest';
import { idFromBytes } from '../foundation/ids.ts';
import { unwrap } from '../foundation/result.ts';
import { castOf } from './cast.fixture.ts';
import type { Cast } from './cast.fixture.ts';
import {
  epochCommitment,
  isCommittedSecret,
  newEpochSecret,
  openPreviousEpoch,
  sealPreviousEpoch,
} from './epoch-secrets.ts';
import { boxEpochFor, isBoxFor, kemKeyPairFromSeed, newKemKeyPair, openKeybox } from './kem.ts';
import type { MailboxId, MailboxKey } from './keys.ts';
import { openMail, sealMail } from './mailbox.ts';
import { readyCrypto } from './sodium.ts';

let cast: Cast;
beforeAll(async () => {
  await readyCrypto();
  cast = castOf('boxes');
});

function boxed() {
  const { random, bob, space, epoch } = cast;
  const kem = newKemKeyPair(random);
  const secret = newEpochSecret(random);
  const keys = { device: bob.device, kem: kem.publicKey };
  return { kem, secret, keys, keybox: unwrap(boxEpochFor(keys, { space, epoch, secret })) };
}

describe('keyboxes', () => {
  test('[K2] Alice boxes the epoch for Bob, and only Bob opens it', () => {
    const { kem, secret, keybox } = boxed();
    expect(unwrap(openKeybox(cast.space, keybox, kem.secret))).toEqual(secret);
    const carol = newKemKeyPair(cast.random);
    expect(openKeybox(cast.space, keybox, carol.secret)).toMatchObject({ ok: false, error: { code: 'bad-box' } });
  });

  test('[K2] a box moved to another space, epoch or recipient does not open', () => {
    const { kem, keybox } = boxed();
    expect(openKeybox(cast.otherSpace, keybox, kem.secret).ok).toBe(false);
    expect(openKeybox(cast.space, { ...keybox, recipient: cast.alice.device }, kem.secret).ok).toBe(false);
    expect(
      openKeybox(cast.space, { ...keybox, epoch: idFromBytes('EpochId', cast.random.bytes(32)) }, kem.secret).ok,
    ).toBe(false);
  });

  test('[K2] a flipped byte in either half of the box is refused', () => {
    const { kem, keybox } = boxed();
    const flip = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 0x40 : byte));
    for (const at of [0, 31, 500, 1087, 1088, 1119]) {
      expect(openKeybox(cast.space, { ...keybox, encapsulation: flip(keybox.encapsulation, at) }, kem.secret).ok).toBe(
        false,
      );
    }
    for (let at = 0; at < 48; at++)
      expect(openKeybox(cast.space, { ...keybox, box: flip(keybox.box, at) }, kem.secret).ok).toBe(false);
    expect(openKeybox(cast.space, { ...keybox, encapsulation: new Uint8Array(3) }, kem.secret).ok).toBe(false);
  });

  test('[K2] a recipient who published nonsense as a key gets a refusal, not a crash', () => {
    const { secret } = boxed();
    const { space, epoch, bob } = cast;
    for (const kem of [new Uint8Array(1216).fill(255), new Uint8Array(3)]) {
      expect(boxEpochFor({ device: bob.device, kem }, { space, epoch, secret })).toMatchObject({
        ok: false,
        error: { code: 'bad-box' },
      });
    }
  });

  test('[K2] whoever holds the secret tells the right box from any other, without the recipient’s key', () => {
    const { keys, secret, keybox } = boxed();
    const { space, epoch } = cast;
    expect(isBoxFor(keybox, keys, { space, epoch, secret })).toBe(true);
    expect(unwrap(boxEpochFor(keys, { space, epoch, secret }))).toEqual(keybox);
    const another = { space, epoch, secret: newEpochSecret(cast.random) };
    expect(isBoxFor(unwrap(boxEpochFor(keys, another)), keys, { space, epoch, secret })).toBe(false);
    const rekeyed = { device: keys.device, kem: newKemKeyPair(cast.random).publicKey };
    expect(isBoxFor(keybox, rekeyed, { space, epoch, secret })).toBe(false);
    for (const place of ['encapsulation', 'box'] as const) {
      const flipped = { ...keybox, [place]: keybox[place].map((byte, i) => (i === 7 ? byte ^ 1 : byte)) };
      expect(isBoxFor(flipped, keys, { space, epoch, secret })).toBe(false);
    }
  });

  test('[K2] no two boxes share their randomness: neither two devices, nor two epochs, nor two secrets', () => {
    const { keys, secret } = boxed();
    const { space, epoch } = cast;
    const other = newKemKeyPair(cast.random).publicKey;
    const boxes = [
      boxEpochFor(keys, { space, epoch, secret }),
      boxEpochFor({ device: cast.alice.device, kem: keys.kem }, { space, epoch, secret }),
      boxEpochFor({ device: keys.device, kem: other }, { space, epoch, secret }),
      boxEpochFor(keys, { space, epoch: idFromBytes('EpochId', cast.random.bytes(32)), secret }),
      boxEpochFor(keys, { space: cast.otherSpace, epoch, secret }),
      boxEpochFor(keys, { space, epoch, secret: newEpochSecret(cast.random) }),
    ].map((box) => unwrap(box).encapsulation.join());
    expect(new Set(boxes).size).toBe(boxes.length);
  });

  test('the same seed gives the same key pair', () => {
    const seed = cast.random.bytes(32);
    expect(kemKeyPairFromSeed(seed)).toEqual(kemKeyPairFromSeed(seed));
    expect(kemKeyPairFromSeed(seed).publicKey.length).toBe(1216);
  });
});

describe('epoch secrets', () => {
  test('[K2] a wrong secret does not fit the commitment, nor the right one in another space', () => {
    const secret = newEpochSecret(cast.random);
    const commit = epochCommitment(secret, cast.space);
    expect(isCommittedSecret(secret, cast.space, commit)).toBe(true);
    expect(isCommittedSecret(newEpochSecret(cast.random), cast.space, commit)).toBe(false);
    expect(isCommittedSecret(secret, cast.otherSpace, commit)).toBe(false);
  });

  test('[K4] a newcomer walks back to the earlier secret, and no other way', () => {
    const { random, space, otherSpace, epoch } = cast;
    const [older, newer] = [newEpochSecret(random), newEpochSecret(random)];
    const sealed = sealPreviousEpoch({ space, secret: newer }, { epoch, secret: older }, random);
    expect(unwrap(openPreviousEpoch({ space, secret: newer }, sealed))).toEqual(older);
    expect(openPreviousEpoch({ space, secret: older }, sealed).ok).toBe(false);
    expect(openPreviousEpoch({ space: otherSpace, secret: newer }, sealed).ok).toBe(false);
    expect(
      openPreviousEpoch({ space, secret: newer }, { ...sealed, epoch: idFromBytes('EpochId', random.bytes(32)) }).ok,
    ).toBe(false);
  });
});

describe('mailboxes', () => {
  test('[I2] mail opens in its own mailbox only, and its size says little', () => {
    const { random } = cast;
    const mailbox = { id: random.bytes(32) as MailboxId, key: random.bytes(32) as MailboxKey };
    const [short, long] = [
      unwrap(sealMail(mailbox, random.bytes(10), random)),
      unwrap(sealMail(mailbox, random.bytes(3000), random)),
    ];
    expect(short.length).toBe(long.length);
    const text = random.bytes(500);
    const blob = unwrap(sealMail(mailbox, text, random));
    expect(unwrap(openMail(mailbox, blob))).toEqual(text);
    expect(openMail({ ...mailbox, id: random.bytes(32) as MailboxId }, blob).ok).toBe(false);
    expect(openMail({ ...mailbox, key: random.bytes(32) as MailboxKey }, blob).ok).toBe(false);
    for (const cut of [0, 10, 24, 39, 40, 100]) expect(openMail(mailbox, blob.subarray(0, cut)).ok).toBe(false);
    expect(sealMail(mailbox, new Uint8Array(64 * 1024), random)).toMatchObject({
      ok: false,
      error: { code: 'oversized' },
    });
  });
});
