/**
 * Every format once, made from a seed: what `frozen.test.ts` compares with `frozen/*.json` byte for byte, and
 * `node tests/vectors/freeze.ts` writes. Another implementation can be checked against the same files.
 */
import { bytesToHex, hexToBytes, utf8 } from '../../src/lib/foundation/bytes.ts';
import type { Random } from '../../src/lib/foundation/random.ts';
import { unwrap } from '../../src/lib/foundation/result.ts';
import { actorIdOf } from '../../src/lib/crypto/actor.ts';
import { partIdOf } from '../../src/lib/crypto/part-id.ts';
import { seededRandom } from '../../src/lib/crypto/cast.fixture.ts';
import { inviteKeyPairOf, inviteMailboxOf } from '../../src/lib/crypto/claims.ts';
import { epochCommitment, recordSecretOf } from '../../src/lib/crypto/epoch-secrets.ts';
import type { EpochSecret, InviteSeed } from '../../src/lib/crypto/keys.ts';
import { sealMail } from '../../src/lib/crypto/mailbox.ts';
import { FLOOR_PASSPHRASE_PARAMETERS, passphraseKey } from '../../src/lib/crypto/passphrase.ts';
import {
  identityOf,
  recoveryContext,
  recoveryDeviceOf,
  recoveryMailboxOf,
} from '../../src/lib/crypto/recovery-keys.ts';
import { newRecoveryWords, recoverySeedOf } from '../../src/lib/crypto/recovery-words.ts';
import { safetyNumberOf } from '../../src/lib/crypto/safety-number.ts';
import { encodeBundle } from '../../src/lib/protocol/bundle.ts';
import { inflateBody } from '../../src/lib/protocol/deflate.ts';
import { encodeForkProof } from '../../src/lib/protocol/fork-proof.ts';
import { encodeFrame } from '../../src/lib/protocol/frames.ts';
import { formatInviteLink, spaceTagOf } from '../../src/lib/protocol/invite-link.ts';
import { encodeNearbyAnswer, encodeNearbyOffer, formatNearbyCode } from '../../src/lib/protocol/nearby-code.ts';
import { formatSafetyCode } from '../../src/lib/protocol/safety-code.ts';
import { someId } from './frozen-ids.ts';
import type { Vectors } from './frozen-ids.ts';
import { deviceVectors } from './frozen-devices.ts';
import { envelopeVectors, frameVectors } from './frozen-frames.ts';
import { recordVectors } from './frozen-records.ts';
import { stewardshipVectors } from './frozen-stewardship.ts';
import { waysBackVectors } from './frozen-ways-back.ts';

export const VECTOR_FILES = ['keys', 'records', 'envelopes', 'frames', 'files', 'devices', 'ways-back', 'stewardship'] as const;
export type VectorFile = (typeof VECTOR_FILES)[number];

/** `readyCrypto` must have been awaited. */
export function makeVectors(): Readonly<Record<VectorFile, Vectors>> {
  return {
    keys: keyVectors(),
    records: recordVectors(),
    envelopes: envelopeVectors(),
    frames: frameVectors(),
    files: fileVectors(),
    devices: deviceVectors(),
    'ways-back': waysBackVectors(),
    stewardship: stewardshipVectors(),
  };
}

function keyVectors(): Vectors {
  const random = seededRandom('frozen keys');
  const words = newRecoveryWords('fr', random);
  const seed = recoverySeedOf(words.entropy);
  const space = someId('SpaceId', random);
  const recovery = recoveryDeviceOf(seed, recoveryContext({ space }));
  const inviteSeed = random.bytes(32) as InviteSeed;
  const [alice, bob] = [someId('IdentityKey', random), someId('IdentityKey', random)];
  const salt = random.bytes(16);
  const secret = random.bytes(32) as EpochSecret;
  return {
    entropy: bytesToHex(words.entropy),
    words: words.words.join(' '),
    recoverySeed: bytesToHex(seed),
    space,
    identity: identityOf(seed).identity,
    recoveryDevice: recovery.keys.device,
    recoveryKem: bytesToHex(recovery.keys.kem),
    recoveryMailboxId: bytesToHex(recoveryMailboxOf(seed).id),
    recoveryMailboxKey: bytesToHex(recoveryMailboxOf(seed).key),
    inviteSeed: bytesToHex(inviteSeed),
    invitePublicKey: bytesToHex(inviteKeyPairOf(inviteSeed).publicKey),
    inviteMailboxId: bytesToHex(inviteMailboxOf(inviteSeed).id),
    identityAlice: alice,
    identityBob: bob,
    safetyNumber: safetyNumberOf(alice, bob).join(' '),
    passphrase: 'un café crème',
    salt: bytesToHex(salt),
    passphraseKeyAtFloor: bytesToHex(unwrap(passphraseKey('un café crème', salt, FLOOR_PASSPHRASE_PARAMETERS))),
    actorOfRecoveryDevice: actorIdOf(recovery.keys.device, '07'.repeat(16) as never, 3),
    partOfChannel: partIdOf('0e'.repeat(32) as never, `04${'07'.repeat(15)}` as never),
    epochSecret: bytesToHex(secret),
    recordSecret: bytesToHex(recordSecretOf(secret, space)),
    epochCommitment: bytesToHex(epochCommitment(secret, space)),
    mail: bytesToHex(unwrap(sealMail(recoveryMailboxOf(seed), utf8('mail'), random))),
  };
}

/** Raw deflate of `aaaa…` (300 letters): compressors may differ, what inflates from these bytes may not. */
const DEFLATED = '0000012c4b1c05440300';

function nearbyVectors(random: Random): Vectors {
  const description = {
    ufrag: 'k3Fq',
    password: 'u8PzYb1cQk2m+dXo4nR/7sTv',
    fingerprint: random.bytes(32),
    candidates: [
      { address: '2f1c6c1e-8d0a-4b3e-9a57-0c6f1d2e3b4a.local', port: 50_123 },
      { address: '192.168.1.7', port: 40_000 },
      { address: 'fe80:0:0:0:0:0:0:1', port: 40_001 },
    ],
  };
  const invite = { seed: random.bytes(32), relay: '', spaceTag: spaceTagOf(someId('SpaceId', random)) };
  const secret = random.bytes(16);
  return {
    nearbyOffer: formatNearbyCode(encodeNearbyOffer({ kind: 'connect', secret, description })),
    nearbyInvitation: formatNearbyCode(
      encodeNearbyOffer({ kind: 'invite', secret, description, invite }),
      'https://archipel.example',
    ),
    nearbyAnswer: formatNearbyCode(encodeNearbyAnswer({ kind: 'answer', proof: random.bytes(16), description })),
  };
}

function fileVectors(): Vectors {
  const random = seededRandom('frozen files');
  const space = someId('SpaceId', random);
  return {
    space,
    bundle: bytesToHex(
      encodeBundle(space, [encodeFrame({ kind: 'ping' }), encodeFrame({ kind: 'sub', space, isOn: false })]),
    ),
    inviteLink: formatInviteLink('https://archipel.example', {
      seed: random.bytes(32),
      relay: 'wss://relay.example',
      spaceTag: spaceTagOf(space),
    }),
    ...nearbyVectors(random),
    safetyCode: formatSafetyCode(Array.from({ length: 12 }, (_, i) => String(i).padStart(5, '0'))),
    forkProof: bytesToHex(encodeForkProof(utf8('envelope'), utf8('its sibling'))),
    deflated: DEFLATED,
    inflated: bytesToHex(unwrap(inflateBody(hexToBytes(DEFLATED)))),
  };
}
