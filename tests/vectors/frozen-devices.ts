/** What a person's own devices tell each other, and what passes between two of them while one takes the other in. */
import { bytesToHex, utf8 } from '../../src/lib/foundation/bytes.ts';
import { unwrap } from '../../src/lib/foundation/result.ts';
import { seededRandom } from '../../src/lib/crypto/cast.fixture.ts';
import { kemKeyPairFromSeed } from '../../src/lib/crypto/kem.ts';
import type { PairingSecret } from '../../src/lib/crypto/keys.ts';
import {
  meetingSecretOf,
  pairingCommitmentOf,
  pairingDigitsOf,
  pairingMailboxesOf,
  pairingProofOf,
  sealGrant,
  sealHello,
} from '../../src/lib/crypto/pairing.ts';
import { encodeAnnouncedKeys, encodeDeviceGrant } from '../../src/lib/engine/devices/device-grant.ts';
import {
  encodeAsking,
  encodeDeviceNote,
  encodeListedSpace,
  encodeNewestWords,
} from '../../src/lib/engine/devices/device-records.ts';
import { encodeMembershipRecord } from '../../src/lib/protocol/membership-codec.ts';
import { formatPairingCode } from '../../src/lib/protocol/pairing-code.ts';
import { encodePairingMessage, type PairingMessage } from '../../src/lib/protocol/pairing-message.ts';
import { encodePersonalRecords } from '../../src/lib/protocol/personal-record.ts';
import { someId } from './frozen-ids.ts';
import type { Vectors } from './frozen-ids.ts';

export function deviceVectors(): Vectors {
  const random = seededRandom('frozen devices');
  const writer = random.bytes(16);
  const written = { table: 'app-draft', key: '04'.repeat(16), counter: 7, writer, value: utf8('Bonjour à') };
  const deleted = { table: 'contacts', key: 'Bob', counter: 8, writer, value: undefined };
  return { personalRecords: bytesToHex(encodePersonalRecords([written, deleted])), ...noteVectors(), ...pairingVectors() };
}

function noteVectors(): Vectors {
  const random = seededRandom('frozen device notes');
  const space = someId('SpaceId', random);
  const device = someId('DeviceId', random);
  const kem = kemKeyPairFromSeed(random.bytes(32)).publicKey;
  const parents = [someId('EnvelopeId', random)];
  const operation = { op: 'device.add', keys: { device, kem }, name: '', isRecovery: true } as const;
  const listed = { space, member: someId('MemberId', random), relay: '', context: random.bytes(16) };
  return {
    deviceNote: bytesToHex(encodeDeviceNote({ name: 'Téléphone', seenAt: 1_790_000_000_000, keys: [{ space, device }] })),
    listedSpace: bytesToHex(encodeListedSpace(listed)),
    asking: bytesToHex(encodeAsking({ space, device, kem })),
    newestWords: bytesToHex(encodeNewestWords({ entropy: random.bytes(16), language: 'en' })),
    recoveryDeviceAdded: bytesToHex(encodeMembershipRecord({ parents, operation })),
  };
}

function pairingVectors(): Vectors {
  const random = seededRandom('frozen pairing');
  const secret = random.bytes(32) as PairingSecret;
  const kemSeed = random.bytes(32);
  const kem = kemKeyPairFromSeed(kemSeed).publicKey;
  const guest = { kem, nonce: random.bytes(32), name: 'Téléphone' };
  const hostNonce = random.bytes(32);
  const space = someId('SpaceId', random);
  const [personal, shared] = [
    { space, member: someId('MemberId', random), relay: 'wss://relay.example', context: random.bytes(16), isPersonal: true },
    { space, member: someId('MemberId', random), relay: '', context: random.bytes(16) },
  ];
  const grant = encodeDeviceGrant({
    entropy: random.bytes(16),
    language: 'fr',
    name: 'Alice',
    areWordsConfirmed: true,
    relayUrl: 'https://relay.example',
    spaces: [personal, shared],
  });
  const { sealed, encapsulation, session } = unwrap(
    sealGrant(guest, pairingProofOf(secret, guest), { plain: grant, random }),
  );
  const announced = encodeAnnouncedKeys([{ space, device: someId('DeviceId', random), kem }]);
  const messages: readonly PairingMessage[] = [
    { step: 'hello', sealed: sealHello(secret, guest, random) },
    { step: 'commit', commitment: pairingCommitmentOf(guest) },
    { step: 'nonce', nonce: hostNonce },
    { step: 'reveal', ...guest },
    { step: 'grant', sealed, encapsulation },
    { step: 'kept', sealed: session.seal('pair-kept', announced) },
    { step: 'done', sealed: session.seal('pair-done', new Uint8Array(0)) },
    { step: 'stop' },
  ];
  return {
    pairingCode: formatPairingCode('https://archipel.example', { secret, relay: 'https://relay.example' }),
    pairingMailboxHost: bytesToHex(pairingMailboxesOf(secret).host.id),
    pairingMailboxGuest: bytesToHex(pairingMailboxesOf(secret).guest.id),
    meetingOf428913: bytesToHex(meetingSecretOf('428913')),
    pairingKemSeed: bytesToHex(kemSeed),
    pairingDigits: pairingDigitsOf(guest, hostNonce),
    deviceGrant: bytesToHex(grant),
    announcedKeys: bytesToHex(announced),
    ...Object.fromEntries(
      messages.map((message) => [`pairing ${message.step}`, bytesToHex(encodePairingMessage(message))]),
    ),
  };
}
