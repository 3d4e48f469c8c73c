/** Valid letters and membership files, for property tests. */
import * as fc from 'fast-check';
import { bytes, claim, id } from './arbitraries.fixture.ts';
import { KEM_CIPHERTEXT_BYTES } from './keybox.ts';
import type { MembershipStatement } from './membership-export.ts';
import { ROLES } from './membership-op.ts';
import type { SealedLetter, SpaceLetter } from './space-letter.ts';

export const spaceLetter: fc.Arbitrary<SpaceLetter> = fc.oneof(
  fc.record({
    kind: fc.constant('offer' as const),
    space: id('SpaceId'),
    member: id('MemberId'),
    invite: id('InviteId'),
    role: fc.constantFrom(...ROLES),
    seed: bytes(32),
    expiresAt: fc.maxSafeNat(),
  }),
  fc.record({ kind: fc.constant('claim' as const), space: id('SpaceId'), claim }),
);

export const sealedLetters: fc.Arbitrary<SealedLetter[]> = fc.array(
  fc.record({ encapsulation: bytes(KEM_CIPHERTEXT_BYTES), box: fc.uint8Array({ maxLength: 200 }) }),
  { maxLength: 4 },
);

const saying = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.boolean(), fc.nat());

export const membershipStatement: fc.Arbitrary<MembershipStatement> = fc.record({
  space: id('SpaceId'),
  madeBy: id('DeviceId'),
  madeAt: fc.maxSafeNat(),
  operations: fc.array(
    fc.record({
      id: id('EnvelopeId'),
      author: id('DeviceId'),
      seq: fc.nat(),
      says: fc.dictionary(fc.constantFrom('deed', 'author', 'subject', 'role', 'counts', 'why'), saying, {
        noNullPrototype: true,
      }),
      bytes: fc.uint8Array({ maxLength: 300 }),
    }),
    { maxLength: 6 },
  ),
});
