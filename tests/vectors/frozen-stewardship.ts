/** A genesis inside another space, the letters that go with it, and the membership file. */
import { bytesToHex, decodeUtf8 } from '../../src/lib/foundation/bytes.ts';
import { unwrap } from '../../src/lib/foundation/result.ts';
import { seededRandom } from '../../src/lib/crypto/cast.fixture.ts';
import { claimCommitmentOf, inviteKeyPairOf, signCard, signClaim } from '../../src/lib/crypto/claims.ts';
import { kemKeyPairFromSeed } from '../../src/lib/crypto/kem.ts';
import type { InviteSeed } from '../../src/lib/crypto/keys.ts';
import { signMembershipExport } from '../../src/lib/crypto/membership-export.ts';
import { identityKeyPairFromSeed, newSigningKeyPair } from '../../src/lib/crypto/sign.ts';
import { sealSpaceLetter } from '../../src/lib/crypto/space-letter.ts';
import { encodeMembershipRecord } from '../../src/lib/protocol/membership-codec.ts';
import { encodeSealedLetters, encodeSpaceLetter } from '../../src/lib/protocol/space-letter.ts';
import { someId } from './frozen-ids.ts';
import type { Vectors } from './frozen-ids.ts';

export function stewardshipVectors(): Vectors {
  const random = seededRandom('frozen stewardship');
  const [space, parent] = [someId('SpaceId', random), someId('SpaceId', random)];
  const [memberId, inviteId] = [someId('MemberId', random), someId('InviteId', random)];
  const device = newSigningKeyPair(random);
  const keys = { device: device.device, kem: kemKeyPairFromSeed(random.bytes(32)).publicKey };
  const seed = random.bytes(32) as InviteSeed;
  const genesis = encodeMembershipRecord({
    parents: [],
    operation: {
      op: 'genesis',
      memberId,
      keys,
      policy: { historyFrom: 'start' },
      salt: random.bytes(16),
      parent: { space: parent, kind: 'direct' },
    },
  });
  const unsigned = {
    inviteId,
    memberId,
    role: 'editor' as const,
    card: signCard({ space, memberId }, 'Zoé', identityKeyPairFromSeed(random.bytes(32))),
    keys,
    commitment: claimCommitmentOf(random.bytes(32)),
  };
  const claim = signClaim(space, unsigned, { invite: inviteKeyPairOf(seed), device });
  const offer = encodeSpaceLetter({
    kind: 'offer',
    space,
    member: memberId,
    invite: inviteId,
    role: 'editor',
    seed,
    expiresAt: 1_790_000_000_000,
  });
  const file = signMembershipExport(
    {
      space,
      madeBy: device.device,
      madeAt: 1_790_000_000_000,
      operations: [
        {
          id: someId('EnvelopeId', random),
          author: device.device,
          seq: 3,
          says: { deed: 'leave', counts: true },
          bytes: random.bytes(40),
        },
      ],
    },
    device.secret,
  );
  return {
    genesisInParent: bytesToHex(genesis),
    offer: bytesToHex(offer),
    claim: bytesToHex(encodeSpaceLetter({ kind: 'claim', space, claim })),
    sealed: bytesToHex(encodeSealedLetters([unwrap(sealSpaceLetter(offer, keys, { space: parent, random }))])),
    membershipFile: decodeUtf8(file) ?? '',
  };
}
