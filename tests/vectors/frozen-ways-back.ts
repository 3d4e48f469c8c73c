/** What brings a person back: the backup file, and the texts that trustees hand on. */
import { bytesToHex, utf8 } from '../../src/lib/foundation/bytes.ts';
import { idToBytes } from '../../src/lib/foundation/ids.ts';
import { unwrap } from '../../src/lib/foundation/result.ts';
import { sealBackup } from '../../src/lib/crypto/backup.ts';
import { seededRandom } from '../../src/lib/crypto/cast.fixture.ts';
import { CONTEXTS } from '../../src/lib/protocol/contexts.ts';
import { FLOOR_PASSPHRASE_PARAMETERS } from '../../src/lib/crypto/passphrase.ts';
import { identityOf } from '../../src/lib/crypto/recovery-keys.ts';
import { recoverySeedOf } from '../../src/lib/crypto/recovery-words.ts';
import { sign } from '../../src/lib/crypto/sign.ts';
import { answerTo, cardCode, newRequest, requestCode, sealRelease } from '../../src/lib/crypto/trustees.ts';
import { trusteeCardSignedBytes } from '../../src/lib/protocol/trustee-codes.ts';
import type { Vectors } from './frozen-ids.ts';

export function waysBackVectors(): Vectors {
  const random = seededRandom('frozen ways back');
  const entropy = random.bytes(16);
  const content = { entropy, language: 'fr', madeAt: 1_790_000_000_000, relayUrl: 'https://relay.example' } as const;
  const backup = sealBackup(
    { ...content, list: utf8('a list'), bundles: [utf8('one'), utf8('another')] },
    { passphrase: 'un café crème', cost: FLOOR_PASSPHRASE_PARAMETERS, random },
  );
  const identity = identityOf(recoverySeedOf(entropy));
  const unsigned = {
    set: random.bytes(16),
    index: 1,
    threshold: 2,
    count: 3,
    owner: 'Alice',
    trustee: 'Bob',
    language: 'fr',
    relayUrl: 'https://relay.example',
    share: random.bytes(17),
    identity: idToBytes(identity.identity),
  } as const;
  const signature = sign(identity.secret, CONTEXTS.trusteeCard, trusteeCardSignedBytes(unsigned));
  const card = { ...unsigned, signature };
  const kem = random.bytes(32);
  const request = newRequest('Alice', kem, random);
  return {
    entropy: bytesToHex(entropy),
    backupPassphrase: 'un café crème',
    backup: bytesToHex(unwrap(backup)),
    card: cardCode(card),
    requestKem: bytesToHex(kem),
    request: requestCode(request),
    answerTo123456: answerTo(request, '123456'),
    release: unwrap(sealRelease(card, request, random)),
  };
}
