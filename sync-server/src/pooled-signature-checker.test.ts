/** The verdict of the pool is libsodium's, on every signature that anybody could think of. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { SignatureClaim } from '../../src/lib/crypto/envelope-seal.ts';
import { isContextedSignature, plainSigningKeyPairFromSeed, signContexted } from '../../src/lib/crypto/sign.ts';
import { readyCrypto } from '../../src/lib/crypto/sodium.ts';
import { concatBytes, hexToBytes, utf8 } from '../../src/lib/foundation/bytes.ts';
import { idFromBytes, ZERO_ENVELOPE } from '../../src/lib/foundation/ids.ts';
import { readTestData } from '../../tests/vectors/test-data.ts';
import { isPlainPoint, isPlainSignature, PooledSignatureChecker } from './pooled-signature-checker.ts';

interface Signed {
  readonly key: Uint8Array;
  readonly text: Uint8Array;
  readonly signature: Uint8Array;
}

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;
const PRIME = Point.Fp.ORDER;
const HEAD = Buffer.from('302a300506032b6570032100', 'hex');
const checker = new PooledSignatureChecker();

beforeAll(readyCrypto);

async function verdictsOf({ key, text, signature }: Signed) {
  const claim: SignatureClaim = { id: ZERO_ENVELOPE, author: idFromBytes('DeviceId', key), text, signature };
  const pool = await new Promise<boolean>((resolve) => {
    checker.check(claim, resolve);
  });
  const spki = createPublicKey({ key: Buffer.concat([HEAD, key]), format: 'der', type: 'spki' });
  const native = verify(null, text, spki, signature);
  return { pool, sodium: isContextedSignature(key, text, signature), native };
}

/** How many were accepted. */
async function expectAgreement(all: readonly Signed[]): Promise<number> {
  let accepted = 0;
  for (const each of all) {
    const { pool, sodium, native } = await verdictsOf(each);
    const shown = { ...each, pool };
    expect(shown).toEqual({ ...each, pool: sodium });
    if (native && isPlainPoint(each.key) && isPlainSignature(each.signature)) expect(sodium).toBe(true);
    if (sodium) accepted++;
  }
  return accepted;
}

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

test('Node is never asked about points of small order, encodings past the field or scalars that may pass the order', () => {
  for (const hex of ED25519_TORSION_SUBGROUP)
    for (const point of encodingsOf(Point.fromHex(hex, true))) expect(isPlainPoint(point)).toBe(false);
  const usual = Point.BASE.multiply(7n).toBytes();
  expect(isPlainPoint(usual)).toBe(true);
  expect(isPlainPoint(littleEndian(PRIME + 3n))).toBe(false);
  expect(isPlainPoint(littleEndian(PRIME - 2n))).toBe(true);
  expect(isPlainSignature(concatBytes(usual, littleEndian(2n ** 252n - 1n)))).toBe(true);
  expect(isPlainSignature(concatBytes(usual, littleEndian(2n ** 252n)))).toBe(false);
});

test('keys and noise of small or mixed order, odd encodings, scalars past the order: the pool answers as libsodium', async () => {
  const odd = oddSignatures();
  expect(odd.length).toBeGreaterThan(1_000);
  expect(await expectAgreement(odd)).toBeGreaterThan(5);
}, 30_000);

const wycheproof = readTestData('vectors/wycheproof/ed25519_test.json');
test.skipIf(wycheproof === null)('[X3] Wycheproof: the pool answers as libsodium', async () => {
  const file = JSON.parse(wycheproof ?? '') as {
    testGroups: { publicKey: { pk: string }; tests: { msg: string; sig: string }[] }[];
  };
  const all = file.testGroups.flatMap(({ publicKey, tests }) =>
    tests.map(({ msg, sig }) => ({ key: hexToBytes(publicKey.pk), text: hexToBytes(msg), signature: hexToBytes(sig) })),
  );
  expect(await expectAgreement(all)).toBeGreaterThan(50);
});

test('good signatures pass, and with any bytes changed the pool answers as libsodium', async () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  await fc.assert(
    fc.asyncProperty(
      bytes(32),
      fc.uint8Array({ maxLength: 80 }),
      fc.array(fc.tuple(fc.constantFrom('key', 'text', 'signature'), fc.nat(79), fc.nat(255)), { maxLength: 3 }),
      async (seed, text, changes) => {
        const { publicKey, secret } = plainSigningKeyPairFromSeed(seed);
        const signed = { key: publicKey.slice(), text: text.slice(), signature: signContexted(secret, text) };
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
