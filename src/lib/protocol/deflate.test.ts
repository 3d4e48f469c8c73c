import { deflateRawSync } from 'node:zlib';
import { deflateSync } from 'fflate';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../foundation/bytes.ts';
import { unwrap } from '../foundation/result.ts';
import { mutate, mutation } from './arbitraries.fixture.ts';
import { deflateBody, inflateBody, MAX_INFLATED_BYTES } from './deflate.ts';

function declared(length: number, compressed: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(length >>> 24, length >>> 16, length >>> 8, length), compressed);
}

describe('deflate', () => {
  test('[G1] every body comes back as it went', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), fc.integer({ min: 1, max: 40 }), (bytes, times) => {
        const body = concatBytes(...Array.from({ length: times }, () => bytes));
        expect(unwrap(inflateBody(deflateBody(body)))).toEqual(body);
      }),
      { numRuns: 60 },
    );
  });

  test('[G1] half a megabyte that would inflate to 512 MiB stops at its declared length', () => {
    const bomb = deflateRawSync(new Uint8Array(512 * 2 ** 20));
    expect(bomb.length).toBeGreaterThan(500_000);
    for (const length of [1000, MAX_INFLATED_BYTES]) {
      expect(inflateBody(declared(length, bomb))).toMatchObject({ ok: false, error: { code: 'gate-inflation' } });
    }
    expect(inflateBody(declared(MAX_INFLATED_BYTES + 1, bomb))).toMatchObject({
      ok: false,
      error: { code: 'gate-inflation' },
    });
  });

  test('[G1] a tiny body that declares megabytes allocates nothing', () => {
    const tiny = deflateSync(new Uint8Array(10));
    expect(inflateBody(declared(MAX_INFLATED_BYTES, tiny))).toMatchObject({
      ok: false,
      error: { code: 'gate-inflation' },
    });
  });

  test('[G1] a body shorter or longer than declared is refused', () => {
    const body = new Uint8Array(1000).map((_, i) => i);
    expect(inflateBody(declared(999, deflateSync(body)))).toMatchObject({
      ok: false,
      error: { code: 'gate-inflation' },
    });
    expect(inflateBody(declared(1001, deflateSync(body)))).toMatchObject({ ok: false, error: { code: 'malformed' } });
    expect(inflateBody(new Uint8Array(3))).toMatchObject({ ok: false, error: { code: 'truncated' } });
  });

  test('[G1] mutated bytes never throw and never pass the declared length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 2000 }), mutation, (body, change) => {
        const inflated = inflateBody(mutate(deflateBody(body), change));
        if (inflated.ok) expect(inflated.value.length).toBeLessThanOrEqual(MAX_INFLATED_BYTES);
      }),
      { numRuns: 1000 },
    );
  });
});
