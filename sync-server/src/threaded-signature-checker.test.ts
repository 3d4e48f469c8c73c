/** The thread's verdict is that of libsodium in WebAssembly, on every signature that anybody could think of. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { SignatureClaim } from '../../src/lib/crypto/envelope-seal.ts';
import { isContextedSignature, plainSigningKeyPairFromSeed, signContexted } from '../../src/lib/crypto/sign.ts';
import { readyCrypto } from '../../src/lib/crypto/sodium.ts';
import { concatBytes, hexToBytes, utf8 } from '../../src/lib/foundation/bytes.ts';
import { idFromBytes, ZERO_ENVELOPE } from '../../src/lib/foundation/ids.ts';
import { VirtualTime } from '../../src/lib/sync/virtual-time.fixture.ts';
import { readTestData } from '../../tests/vectors/test-data.ts';
import { verifyNatively } from './native-sodium.ts';
import { ThreadedSignatureChecker } from './threaded-signature-checker.ts';

interface Signed {
  readonly key: Uint8Array;
  readonly text: Uint8Array;
  readonly signature: Uint8Array;
}

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;
const PRIME = Point.Fp.ORDER;
/** In one second, enough for a thread. */
const MANY = 400;
const QUIET_MS = 30_000;

const shared = scene();

beforeAll(async () => {
  await readyCrypto();
  await shared.expectMany();
});

function scene() {
  const time = new VirtualTime(() => new Promise(setImmediate));
  const threads: Worker[] = [];
  const lost: number[] = [];
  const checker = new ThreadedSignatureChecker({
    clock: time,
    scheduler: time,
    startThread: () => {
      const thread = new Worker(new URL('./signature-thread.ts', import.meta.url));
      threads.push(thread);
      return thread;
    },
    onLost: () => lost.push(time.nowMs()),
  });
  const check = (signed: Signed): Promise<boolean> =>
    new Promise((resolve) => {
      checker.check(claimOf(signed), resolve);
    });
  /** Every third of them is forged. */
  const expectMany = async (): Promise<void> => {
    const good = signedBy(Uint8Array.from({ length: 32 }, (_, i) => i));
    const all = Array.from({ length: MANY }, (_, i) => (i % 3 === 0 ? { ...good, text: utf8('another') } : good));
    expect(await Promise.all(all.map(check))).toEqual(all.map((each) => each === good));
  };
  return { time, checker, threads, lost, check, expectMany };
}

function signedBy(seed: Uint8Array, text = utf8('a text')): Signed {
  const { publicKey, secret } = plainSigningKeyPairFromSeed(seed);
  return { key: publicKey.slice(), text: text.slice(), signature: signContexted(secret, text) };
}

function claimOf({ key, text, signature }: Signed): SignatureClaim {
  return { id: ZERO_ENVELOPE, author: idFromBytes('DeviceId', key), text, signature };
}

/** How many were accepted. */
async function expectAgreement(all: readonly Signed[]): Promise<number> {
  const inThread = await Promise.all(all.map(shared.check));
  let accepted = 0;
  for (const [i, each] of all.entries()) {
    const isValid = isContextedSignature(each.key, each.text, each.signature);
    const native = verifyNatively?.(each.key, each.text, each.signature) ?? isValid;
    expect({ ...each, native, inThread: inThread[i] }).toEqual({ ...each, native: isValid, inThread: isValid });
    if (isValid) accepted++;
  }
  return accepted;
}

test('few signatures are checked here and now', () => {
  const { checker, threads } = scene();
  const good = signedBy(new Uint8Array(32));
  const verdicts: boolean[] = [];
  for (const signed of [good, { ...good, text: utf8('another') }])
    checker.check(claimOf(signed), (isValid) => verdicts.push(isValid));
  expect(verdicts).toEqual([true, false]);
  expect(threads).toEqual([]);
});

test('many get a thread, which is let go once there were few for a while', async () => {
  const { time, threads, lost, expectMany } = scene();
  await expectMany();
  expect(threads.length).toBe(1);
  await time.pass(QUIET_MS - 1);
  await expectMany();
  await time.pass(QUIET_MS - 1);
  await expectMany();
  expect(threads.length).toBe(1);
  const exit = once(threads[0]!, 'exit');
  await time.pass(2 * QUIET_MS);
  await exit;
  expect(lost).toEqual([]);
  await expectMany();
  expect(threads.length).toBe(2);
});

test('what a thread was asked that died is checked here, and the next many get another', async () => {
  const { threads, lost, check, expectMany } = scene();
  await expectMany();
  const good = signedBy(new Uint8Array(32));
  const asked = Promise.all([good, { ...good, text: utf8('another') }, good].map(check));
  void threads[0]?.terminate();
  expect(await asked).toEqual([true, false, true]);
  expect(lost.length).toBe(1);
  await expectMany();
  expect(threads.length).toBe(2);
});

function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** Every way to write the point: canonical, with y + p where that fits, with the sign of a zero x set. */
function encodingsOf(point: InstanceType<typeof Point>): Uint8Array[] {
  const canonical = point.toBytes();
  const { x, y } = point.toAffine();
  const sign = x & 1n;
  const encodings = [canonical];
  if (y + PRIME < 2n ** 255n) encodings.push(littleEndian((y + PRIME) | (sign << 255n)));
  if (x === 0n) encodings.push(...encodings.map((each) => littleEndian(numberOf(each) | (1n << 255n))));
  return encodings;
}

/** S = r + h·a: good by the equation with the cofactor always, without it when what is of small order cancels out. */
function signatureFor({
  r,
  a,
  R,
  key,
  text,
}: {
  r: bigint;
  a: bigint;
  R: Uint8Array;
  key: Uint8Array;
  text: Uint8Array;
}) {
  const h = numberOf(createHash('sha512').update(R).update(key).update(text).digest()) % ORDER;
  return (r + h * a) % ORDER;
}

function oddSignatures(): Signed[] {
  const torsion = ED25519_TORSION_SUBGROUP.map((hex) => Point.fromHex(hex, true));
  const made: Signed[] = [];
  const secrets: readonly (readonly [bigint, bigint])[] = [
    [0n, 0n],
    [0n, 7n],
    [5n, 0n],
    [5n, 7n],
  ];
  for (const [i, [a, r]] of secrets.entries()) {
    for (const [t, keyTorsion] of torsion.entries()) {
      for (const noiseTorsion of torsion) {
        const A = (a === 0n ? Point.ZERO : Point.BASE.multiply(a)).add(keyTorsion);
        const noise = (r === 0n ? Point.ZERO : Point.BASE.multiply(r)).add(noiseTorsion);
        for (const key of encodingsOf(A)) {
          for (const R of encodingsOf(noise)) {
            const text = utf8(`a text ${String(i)} ${String(t)}`);
            const S = signatureFor({ r, a, R, key, text });
            for (const scalar of [S, S + ORDER, S + 8n * ORDER])
              made.push({ key, text, signature: concatBytes(R, littleEndian(scalar)) });
          }
        }
      }
    }
  }
  return made;
}

test('keys and noise of small or mixed order, odd encodings, scalars past the order: the thread answers as libsodium', async () => {
  const odd = oddSignatures();
  expect(odd.length).toBeGreaterThan(1_000);
  expect(await expectAgreement(odd)).toBeGreaterThan(5);
}, 30_000);

const wycheproof = readTestData('vectors/wycheproof/ed25519_test.json');
test.skipIf(wycheproof === null)('[X3] Wycheproof: the thread answers as libsodium', async () => {
  const file = JSON.parse(wycheproof ?? '') as {
    testGroups: { publicKey: { pk: string }; tests: { msg: string; sig: string }[] }[];
  };
  const all = file.testGroups.flatMap(({ publicKey, tests }) =>
    tests.map(({ msg, sig }) => ({ key: hexToBytes(publicKey.pk), text: hexToBytes(msg), signature: hexToBytes(sig) })),
  );
  expect(await expectAgreement(all)).toBeGreaterThan(50);
});

test('good signatures pass, and with any bytes changed the thread answers as libsodium', async () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  await fc.assert(
    fc.asyncProperty(
      bytes(32),
      fc.uint8Array({ maxLength: 80 }),
      fc.array(fc.tuple(fc.constantFrom('key', 'text', 'signature'), fc.nat(79), fc.nat(255)), { maxLength: 3 }),
      async (seed, text, changes) => {
        const signed = signedBy(seed, text);
        for (const [part, at, byte] of changes) if (at < signed[part].length) signed[part][at] = byte;
        const accepted = await expectAgreement([signed]);
        if (changes.length === 0) expect(accepted).toBe(1);
      },
    ),
    { numRuns: 500 },
  );
});

test('random keys, points on no curve among them', async () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  await fc.assert(
    fc.asyncProperty(bytes(32), bytes(64), async (key, signature) => {
      await expectAgreement([{ key, text: utf8('a text'), signature }]);
    }),
    { numRuns: 300 },
  );
});
