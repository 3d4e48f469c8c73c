/** What a person's own devices tell each other. */
import { bytesToHex, utf8 } from '../../src/lib/foundation/bytes.ts';
import { seededRandom } from '../../src/lib/crypto/cast.fixture.ts';
import { encodePersonalRecords } from '../../src/lib/protocol/personal-record.ts';
import type { Vectors } from './frozen-ids.ts';

export function deviceVectors(): Vectors {
  const writer = seededRandom('frozen devices').bytes(16);
  const written = { table: 'app-draft', key: '04'.repeat(16), counter: 7, writer, value: utf8('Bonjour à') };
  const deleted = { table: 'contacts', key: 'Bob', counter: 8, writer, value: undefined };
  return { personalRecords: bytesToHex(encodePersonalRecords([written, deleted])) };
}
