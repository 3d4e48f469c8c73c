import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unwrap } from '../foundation/result.ts';
import * as valid from './arbitraries.fixture.ts';
import {
  decodeBackupContent,
  decodeBackupFile,
  encodeBackupContent,
  encodeBackupFile,
  encodeBackupHeader,
} from './backup-file.ts';
import { parseTrusteeCode, formatTrusteeCode } from './trustee-codes.ts';

const file = fc
  .record({ header: valid.backupHeader, sealed: fc.uint8Array({ maxLength: 100 }) })
  .map((each) => encodeBackupFile({ headerBytes: encodeBackupHeader(each.header), sealed: each.sealed }));

describe('backup file', () => {
  test('[X2] comes back as it went, and any cut or longer file is refused', () => {
    fc.assert(
      fc.property(file, fc.nat(), (bytes, cut) => {
        const read = unwrap(decodeBackupFile(bytes));
        expect(encodeBackupFile({ headerBytes: encodeBackupHeader(read.header), sealed: read.sealed })).toEqual(bytes);
        expect(decodeBackupFile(bytes.subarray(0, cut % bytes.length)).ok).toBe(false);
        expect(decodeBackupFile(Uint8Array.of(...bytes, 0)).ok).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test('[X2] a changed byte before the sealed part is always refused', () => {
    fc.assert(
      fc.property(file, fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, at, change) => {
        const length = bytes.length - unwrap(decodeBackupFile(bytes)).sealed.length;
        const mutated = bytes.slice();
        mutated[at % length] = (mutated[at % length] ?? 0) ^ change;
        expect(decodeBackupFile(mutated).ok).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test('[X2] the content has one reading; lengths that do not add up are refused', () => {
    fc.assert(
      fc.property(valid.backupContent, valid.mutation, (content, change) => {
        const bytes = encodeBackupContent(content);
        expect(unwrap(decodeBackupContent(bytes))).toEqual(content);
        expect(decodeBackupContent(Uint8Array.of(...bytes, 0)).ok).toBe(false);
        const mutated = valid.mutate(bytes, change);
        const again = decodeBackupContent(mutated);
        if (again.ok) expect(encodeBackupContent(again.value)).toEqual(mutated);
      }),
      { numRuns: 200 },
    );
  });
});

describe('trustee codes', () => {
  test('any text is refused but the one code of its kind, white space apart', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (bytes, other) => {
        const code = formatTrusteeCode('ask', bytes);
        expect(unwrap(parseTrusteeCode('ask', ` ${code.slice(0, 20)}\n${code.slice(20)}`))).toEqual(bytes);
        expect(parseTrusteeCode('give', code)).toMatchObject({ ok: false, error: { code: 'code-malformed' } });
        expect(parseTrusteeCode('ask', `${code}x`).ok).toBe(false);
        expect(parseTrusteeCode('ask', other).ok).toBe(false);
      }),
    );
  });
});
