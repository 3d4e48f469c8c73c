import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { unwrap } from '../foundation/result.ts';
import * as valid from './arbitraries.fixture.ts';
import { decodeMembershipExport, encodeMembershipExport } from './membership-export.ts';
import { membershipStatement } from './stewardship-arbitraries.fixture.ts';

const signature = new Uint8Array(64).fill(7);

test('[X2] a membership file comes back as it was, is JSON, and its signature covers every byte before it', () => {
  fc.assert(
    fc.property(membershipStatement, (statement) => {
      let signed = new Uint8Array();
      const file = encodeMembershipExport(statement, (bytes) => {
        signed = bytes.slice();
        return signature;
      });
      expect(unwrap(decodeMembershipExport(file))).toEqual({ statement, signed, signature });
      expect(JSON.parse(new TextDecoder().decode(file))).toMatchObject({ version: 1, space: statement.space });
      expect(file.subarray(0, signed.length)).toEqual(signed);
    }),
    { numRuns: 40 },
  );
});

test('a changed or cut file is refused or read, never thrown', () => {
  const files = membershipStatement.map((statement) => encodeMembershipExport(statement, () => signature));
  fc.assert(
    fc.property(files, valid.mutation, fc.nat(), (file, change, cut) => {
      decodeMembershipExport(valid.mutate(file, change));
      const short = file.subarray(0, cut % file.length);
      expect(decodeMembershipExport(short).ok).toBe(false);
    }),
    { numRuns: 60 },
  );
});
