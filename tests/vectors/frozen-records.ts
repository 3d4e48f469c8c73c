/** The bodies of records: each membership operation, an epoch, a keybox, an attestation, a snapshot. */
import { bytesToHex, utf8 } from '../../src/lib/foundation/bytes.ts';
import { ZERO_ENVELOPE } from '../../src/lib/foundation/ids.ts';
import type { Random } from '../../src/lib/foundation/random.ts';
import { unwrap } from '../../src/lib/foundation/result.ts';
import { castOf, seededRandom } from '../../src/lib/crypto/cast.fixture.ts';
import { epochCommitment, newEpochSecret, recordSecretOf, sealPreviousEpoch } from '../../src/lib/crypto/epoch-secrets.ts';
import { approvalDigitsOf, claimCommitmentOf, inviteKeyPairOf, signCard, signClaim } from '../../src/lib/crypto/claims.ts';
import { boxEpochFor, kemKeyPairFromSeed } from '../../src/lib/crypto/kem.ts';
import type { InviteSeed } from '../../src/lib/crypto/keys.ts';
import { identityKeyPairFromSeed } from '../../src/lib/crypto/sign.ts';
import { encodeAttestation } from '../../src/lib/protocol/attest.ts';
import { encodeEpochOp } from '../../src/lib/protocol/epoch-op.ts';
import { encodeInviteLetter } from '../../src/lib/protocol/invite-letter.ts';
import { encodeKeybox } from '../../src/lib/protocol/keybox.ts';
import { encodeMembershipRecord } from '../../src/lib/protocol/membership-codec.ts';
import type { MembershipOp } from '../../src/lib/protocol/membership-op.ts';
import { encodeSnapshot } from '../../src/lib/protocol/snapshot.ts';
import { encodeTestimony, testimoniesOf } from '../../src/lib/protocol/testimony.ts';
import { someId, sortedIds } from './frozen-ids.ts';
import type { Vectors } from './frozen-ids.ts';

/** One operation of each name: a new one does not compile without its vector. */
function operations(random: Random): { readonly [K in MembershipOp['op']]: MembershipOp } {
  const keys = () => ({ device: someId('DeviceId', random), kem: kemKeyPairFromSeed(random.bytes(32)).publicKey });
  const [space, memberId, inviteId] = [
    someId('SpaceId', random),
    someId('MemberId', random),
    someId('InviteId', random),
  ];
  const cast = castOf('frozen operations');
  const card = signCard({ space, memberId }, 'Zoé', identityKeyPairFromSeed(random.bytes(32)));
  const unsigned = {
    inviteId,
    memberId,
    role: 'editor' as const,
    card,
    keys: keys(),
    recovery: keys(),
    commitment: claimCommitmentOf(random.bytes(32)),
  };
  const claim = signClaim(space, unsigned, {
    invite: inviteKeyPairOf(random.bytes(32) as InviteSeed),
    device: cast.alice,
  });
  const cutoff = { device: someId('DeviceId', random), seq: 41, id: someId('EnvelopeId', random) };
  const envelopes = sortedIds('EnvelopeId', 2, random);
  return {
    genesis: {
      op: 'genesis',
      memberId,
      keys: keys(),
      recovery: keys(),
      policy: { historyFrom: 'start' },
      salt: random.bytes(16),
    },
    'card.set': { op: 'card.set', card },
    'invite.create': {
      op: 'invite.create',
      inviteId,
      invitePk: random.bytes(32),
      role: 'reader',
      maxUses: 1,
      expiresAt: 1_790_000_000_000,
      approve: true,
    },
    'invite.revoke': { op: 'invite.revoke', inviteId },
    admit: { op: 'admit', memberId, role: 'editor', claim },
    remove: { op: 'remove', memberId, cutoffs: [cutoff] },
    'role.set': { op: 'role.set', memberId, role: 'admin', cutoffs: [] },
    'device.add': { op: 'device.add', keys: keys(), name: 'Téléphone' },
    'device.rekey': { op: 'device.rekey', kem: keys().kem },
    'device.remove': { op: 'device.remove', device: cutoff.device, cutoff: { ...cutoff, seq: -1, id: ZERO_ENVELOPE } },
    leave: { op: 'leave' },
    'claim.ownership': { op: 'claim.ownership' },
    adopt: { op: 'adopt', envelopes, reason: 'late work' },
    reject: { op: 'reject', envelopes, reason: '' },
    'policy.set': { op: 'policy.set', policy: { historyFrom: 'join' } },
    'suite.upgrade': { op: 'suite.upgrade', suite: 2 },
  };
}

export function recordVectors(): Vectors {
  const random = seededRandom('frozen records');
  const parents = sortedIds('EnvelopeId', 2, random);
  const records = Object.values(operations(random)).map((operation): [string, string] => [
    operation.op,
    bytesToHex(encodeMembershipRecord({ parents: operation.op === 'genesis' ? [] : parents, operation })),
  ]);
  return {
    ...Object.fromEntries(records),
    epoch: bytesToHex(encodeEpochOp(epochOf(random).op)),
    keybox: bytesToHex(keyboxOf(random)),
    attestation: bytesToHex(attestationOf(random)),
    snapshot: bytesToHex(snapshotOf(random)),
    testimony: bytesToHex(testimonyOf()),
    ...inviteLetters(),
  };
}

function epochOf(random: Random) {
  const space = someId('SpaceId', random);
  const [older, secret] = [newEpochSecret(random), newEpochSecret(random)];
  const parent = someId('EpochId', random);
  const op = {
    scheme: 'lockbox' as const,
    gen: 1,
    parents: [parent],
    mheads: sortedIds('EnvelopeId', 1, random),
    recipients: sortedIds('DeviceId', 2, random),
    commit: epochCommitment(secret, space),
    prev: [sealPreviousEpoch({ space, secret }, { epoch: parent, secret: older }, random)],
    records: [
      sealPreviousEpoch(
        { space, secret: recordSecretOf(secret, space) },
        { epoch: parent, secret: recordSecretOf(older, space) },
        random,
      ),
    ],
  };
  return { op, space, secret };
}

function keyboxOf(random: Random): Uint8Array {
  const recipient = { device: someId('DeviceId', random), kem: kemKeyPairFromSeed(random.bytes(32)).publicKey };
  const boxed = { space: someId('SpaceId', random), epoch: someId('EpochId', random), secret: newEpochSecret(random) };
  return encodeKeybox(unwrap(boxEpochFor(recipient, boxed)));
}

function attestationOf(random: Random): Uint8Array {
  const chains = sortedIds('DeviceId', 2, random).map((device, seq) => ({
    device,
    seq,
    id16: bytesToHex(random.bytes(16)),
  }));
  return encodeAttestation({ chains, mheads: sortedIds('EnvelopeId', 2, random) });
}

function testimonyOf(): Uint8Array {
  const random = seededRandom('frozen testimony');
  const [part] = testimoniesOf(someId('EnvelopeId', random), random.bytes(300));
  if (part === undefined) throw new Error('an entry has a first part');
  return encodeTestimony(part);
}

function snapshotOf(random: Random): Uint8Array {
  const frontier = sortedIds('DeviceId', 2, random).map((device, seq) => ({ device, seq: seq * 300 }));
  return encodeSnapshot({
    documentId: someId('DocumentId', random),
    heads: sortedIds('EnvelopeId', 2, random),
    frontier,
    body: utf8('document'),
  });
}

/** The letters of an invitation's mailbox, unsealed; the claim among them is a vector of its own in `admit`. */
function inviteLetters(): Vectors {
  const random = seededRandom('frozen letters');
  const claim = someId('ClaimId', random);
  const note = {
    space: someId('SpaceId', random),
    invite: someId('InviteId', random),
    role: 'admin' as const,
    state: 'open' as const,
    approve: true,
    expiresAt: 1_790_000_000_000,
    host: 'Zoé',
  };
  const [invitee, approver] = [random.bytes(32), random.bytes(32)];
  return {
    inviteNote: bytesToHex(encodeInviteLetter({ kind: 'note', note })),
    inviteAsk: bytesToHex(encodeInviteLetter({ kind: 'ask', claim, value: approver })),
    inviteReveal: bytesToHex(encodeInviteLetter({ kind: 'reveal', claim, value: invitee })),
    inviteVerdict: bytesToHex(encodeInviteLetter({ kind: 'verdict', claim, verdict: 'refused' })),
    approvalDigits: approvalDigitsOf(claim, { invitee, approver }),
  };
}
