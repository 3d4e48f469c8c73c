import { beforeAll, describe, expect, test } from 'vitest';
import { concatBytes, utf8 } from '../foundation/bytes.ts';
import { idFromBytes, idToBytes } from '../foundation/ids.ts';
import { CONTEXTS } from '../protocol/contexts.ts';
import type { Context } from '../protocol/contexts.ts';
import { cardSignedBytes, claimSignedBytes } from '../protocol/membership-claim.ts';
import { authSignedBytes, relayProofSignedBytes } from '../protocol/frames.ts';
import { aclSignedBytes } from '../protocol/relay-frames.ts';
import type { AclChange } from '../protocol/relay-frames.ts';
import type { InviteClaim } from '../protocol/membership-op.ts';
import { isAclChangeValid, isAuthValid, isRelayProofValid, signAclChange, signAuth, signRelayProof } from './auth.ts';
import {
  approvalDigitsOf,
  claimCommitmentOf,
  claimIdOf,
  inviteKeyPairOf,
  inviteMailboxOf,
  isCardValid,
  signCard,
  signClaim,
  verifyClaim,
} from './claims.ts';
import { seededRandom } from './cast.fixture.ts';
import { newKemKeyPair } from './kem.ts';
import type { InviteSeed } from './keys.ts';
import {
  identityKeyPairFromSeed,
  isContextedSignature,
  isSignedBy,
  newSigningKeyPair,
  sign,
  signContexted,
} from './sign.ts';
import { readyCrypto } from './sodium.ts';

beforeAll(readyCrypto);

function people() {
  const random = seededRandom('signatures');
  const device = newSigningKeyPair(random);
  const identity = identityKeyPairFromSeed(random.bytes(32));
  const seed = random.bytes(32) as InviteSeed;
  const invite = inviteKeyPairOf(seed);
  const space = idFromBytes('SpaceId', random.bytes(32));
  const memberId = idFromBytes('MemberId', random.bytes(16));
  const claim = signClaim(
    space,
    {
      inviteId: idFromBytes('InviteId', random.bytes(16)),
      memberId,
      role: 'editor',
      card: signCard({ space, memberId }, 'Bob', identity),
      keys: { device: device.device, kem: newKemKeyPair(random).publicKey },
      commitment: claimCommitmentOf(random.bytes(32)),
    },
    { invite, device },
  );
  return { random, device, identity, seed, invite, space, memberId, claim };
}

describe('signatures', () => {
  test('[X1] a signature made for one use fails in every other verifier', () => {
    const { device, space, memberId, claim, random } = people();
    const key = idToBytes(device.device);
    const nonce = random.bytes(32);
    const id = random.bytes(32);
    const change: AclChange = { entries: [], removed: [], counter: 1 };
    const texts: Readonly<Record<string, Uint8Array>> = {
      envelope: concatBytes(utf8(CONTEXTS.envelopeSignature), id),
      claim: claimSignedBytes(space, claim),
      card: cardSignedBytes(space, { memberId, identity: device.device as string as never, name: 'Bob' }),
      auth: authSignedBytes(new Uint8Array(0), { nonce, space, device: device.device }),
      relayProof: relayProofSignedBytes({ origin: 'o', key }, nonce),
      acl: aclSignedBytes(space, change),
    };
    const verifiers: Readonly<Record<string, (signature: Uint8Array) => boolean>> = {
      envelope: (signature) => isSignedBy(key, CONTEXTS.envelopeSignature, { bytes: id, signature }),
      claim: (signature) => isContextedSignature(key, claimSignedBytes(space, claim), signature),
      card: (signature) =>
        isCardValid({ space, memberId }, { identity: device.device as string as never, name: 'Bob', signature }),
      auth: (signature) => isAuthValid({ binding: new Uint8Array(0), nonce, space }, device.device, signature),
      relayProof: (signature) => isRelayProofValid({ origin: 'o', key }, nonce, signature),
      acl: (signature) => isAclChangeValid(space, change, { signer: device.device, signature }),
    };
    for (const [made, text] of Object.entries(texts)) {
      const signature = signContexted(device.secret, text);
      for (const [used, isValid] of Object.entries(verifiers))
        expect(`${made} as ${used}: ${String(isValid(signature))}`).toBe(
          `${made} as ${used}: ${String(made === used)}`,
        );
    }
  });

  test('[X1] the same bytes under any two contexts have two signatures', () => {
    const { device, random } = people();
    const bytes = random.bytes(40);
    const contexts: readonly Context[] = Object.values(CONTEXTS);
    for (const made of contexts) {
      const signature = sign(device.secret, made, bytes);
      for (const used of contexts)
        expect(isSignedBy(idToBytes(device.device), used, { bytes, signature })).toBe(made === used);
    }
  });
});

describe('claims', () => {
  test('[I2] Bob claims with both signatures, and everyone can verify it again', () => {
    const { space, claim, invite } = people();
    expect(verifyClaim(space, claim, invite.publicKey)).toEqual({ ok: true, value: claim });
  });

  test('[I2] whoever changes a key, the role, the name, the space or the invitation breaks the claim', () => {
    const { space, claim, invite, random } = people();
    const device = newSigningKeyPair(random).device;
    const kem = random.bytes(1216);
    const edits: Partial<InviteClaim>[] = [
      { role: 'owner' },
      { keys: { ...claim.keys, kem } },
      { keys: { ...claim.keys, device } },
      { recovery: { device, kem } },
      { card: { ...claim.card, name: 'Eve' } },
      { memberId: idFromBytes('MemberId', random.bytes(16)) },
      { inviteId: idFromBytes('InviteId', random.bytes(16)) },
      { commitment: random.bytes(32) },
      { inviteSignature: claim.deviceSignature },
      { deviceSignature: claim.inviteSignature },
    ];
    for (const edit of edits) {
      expect(verifyClaim(space, { ...claim, ...edit }, invite.publicKey)).toMatchObject({
        ok: false,
        error: { code: 'claim-invalid' },
      });
    }
    expect(verifyClaim(idFromBytes('SpaceId', random.bytes(32)), claim, invite.publicKey).ok).toBe(false);
    expect(verifyClaim(space, claim, random.bytes(32)).ok).toBe(false);
  });

  test('[I2] a thief of the link cannot put a card of Bob beside keys of his own', () => {
    const { space, claim, invite, random, memberId } = people();
    const thief = newSigningKeyPair(random);
    const forged = signClaim(
      space,
      {
        ...claim,
        keys: { device: thief.device, kem: random.bytes(1216) },
        memberId: idFromBytes('MemberId', random.bytes(16)),
      },
      { invite, device: thief },
    );
    expect(verifyClaim(space, forged, invite.publicKey)).toMatchObject({ ok: false, error: { detail: 'card' } });
    expect(isCardValid({ space, memberId }, { ...claim.card, name: 'Bobby' })).toBe(false);
  });

  test('[I2] the link leads to one key pair and one mailbox, and other seeds to others', () => {
    const { seed, random } = people();
    expect(inviteMailboxOf(seed)).toEqual(inviteMailboxOf(seed));
    const other = random.bytes(32) as InviteSeed;
    expect(inviteMailboxOf(other).id).not.toEqual(inviteMailboxOf(seed).id);
    expect(inviteKeyPairOf(other).publicKey).not.toEqual(inviteKeyPairOf(seed).publicKey);
  });

  test('[I3] both voices read the same six digits, and another value gives others', () => {
    const { random } = people();
    const values = { invitee: random.bytes(32), approver: random.bytes(32) };
    const claim = claimIdOf(people().claim);
    expect(approvalDigitsOf(claim, values)).toMatch(/^\d{6}$/);
    expect(approvalDigitsOf(claim, values)).toBe(approvalDigitsOf(claim, values));
    const others = { invitee: values.approver, approver: values.invitee };
    expect(approvalDigitsOf(claim, others)).not.toBe(approvalDigitsOf(claim, values));
  });

  test('[I3] whoever passes the values on under a claim of their own gets other digits', () => {
    const { random, claim } = people();
    const values = { invitee: random.bytes(32), approver: random.bytes(32) };
    const other = { ...claim, keys: { ...claim.keys, kem: claim.keys.kem.toReversed() } };
    expect(approvalDigitsOf(claimIdOf(other), values)).not.toBe(approvalDigitsOf(claimIdOf(claim), values));
  });
});

describe('proofs on a channel', () => {
  test('[R1] a proof answers one nonce, on one channel, for one space and one device', () => {
    const { device, space, random } = people();
    const challenge = { binding: random.bytes(40), nonce: random.bytes(32), space };
    const signature = signAuth(challenge, device);
    expect(isAuthValid(challenge, device.device, signature)).toBe(true);
    expect(isAuthValid({ ...challenge, nonce: random.bytes(32) }, device.device, signature)).toBe(false);
    expect(isAuthValid({ ...challenge, binding: random.bytes(40) }, device.device, signature)).toBe(false);
    expect(
      isAuthValid({ ...challenge, space: idFromBytes('SpaceId', random.bytes(32)) }, device.device, signature),
    ).toBe(false);
    expect(isAuthValid(challenge, newSigningKeyPair(random).device, signature)).toBe(false);
  });

  test('[R1] a relay proves its key for its origin and our nonce', () => {
    const { invite: relay, random } = people();
    const nonce = random.bytes(32);
    const signature = signRelayProof('wss://relay.example', nonce, relay);
    const claimed = { origin: 'wss://relay.example', key: relay.publicKey };
    expect(isRelayProofValid(claimed, nonce, signature)).toBe(true);
    expect(isRelayProofValid({ ...claimed, origin: 'wss://other.example' }, nonce, signature)).toBe(false);
    expect(isRelayProofValid(claimed, random.bytes(32), signature)).toBe(false);
  });

  test('[R4] an access change holds for one space and one counter', () => {
    const { device, space, random } = people();
    const change: AclChange = { entries: [{ key: device.device, caps: 7, idx: 0 }], removed: [], counter: 5 };
    const signed = { signer: device.device, signature: signAclChange(space, change, device) };
    expect(isAclChangeValid(space, change, signed)).toBe(true);
    expect(isAclChangeValid(space, { ...change, counter: 6 }, signed)).toBe(false);
    expect(isAclChangeValid(idFromBytes('SpaceId', random.bytes(32)), change, signed)).toBe(false);
  });
});
