import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { hexToBytes, utf8 } from '../../src/lib/foundation/bytes.ts';
import { unwrap } from '../../src/lib/foundation/result.ts';
import { ContentKeys } from '../../src/lib/crypto/content-keys.ts';
import { openEnvelope, spaceIdOf, verifyEnvelope } from '../../src/lib/crypto/envelope-seal.ts';
import { openBackup } from '../../src/lib/crypto/backup.ts';
import { asKey, type EpochSecret, type KemSecret } from '../../src/lib/crypto/keys.ts';
import { recoverySeedOf } from '../../src/lib/crypto/recovery-words.ts';
import { openRelease, readCardCode, readRequestCode } from '../../src/lib/crypto/trustees.ts';
import { readyCrypto } from '../../src/lib/crypto/sodium.ts';
import { ENVELOPE_TYPES } from '../../src/lib/protocol/envelope.ts';
import { decodeFrame, encodeFrame } from '../../src/lib/protocol/frames.ts';
import { WIRE_HISTORY } from '../../src/lib/protocol/wire-history.ts';
import { makeVectors, VECTOR_FILES } from './frozen.ts';
import type { VectorFile } from './frozen.ts';
import type { Vectors } from './frozen-ids.ts';
import { schemaHashOf } from './schema-hash.ts';

beforeAll(readyCrypto);

const frozen = Object.fromEntries(
  VECTOR_FILES.map((name) => [
    name,
    JSON.parse(readFileSync(join(import.meta.dirname, 'frozen', `${name}.json`), 'utf8')) as Vectors,
  ]),
) as Readonly<Record<VectorFile, Vectors>>;

describe('frozen vectors', () => {
  test.each(VECTOR_FILES)("[X2] today's code makes %s.json byte for byte", (name) => {
    expect(makeVectors()[name]).toEqual(frozen[name]);
  });

  test('[X2] a change of any format needs a new line in the wire history', () => {
    const latest = WIRE_HISTORY.at(-1);
    expect(schemaHashOf(frozen)).toBe(latest?.schema);
    expect(WIRE_HISTORY.map(({ version }) => version)).toEqual(WIRE_HISTORY.map((_, i) => i + 1));
  });

  test("[E2] today's code verifies and opens every frozen envelope", () => {
    const { envelopes } = frozen;
    const keys = new ContentKeys(envelopes['spaceId'] as never);
    keys.addEpoch(envelopes['epochId'] as never, hexToBytes(envelopes['epochSecret'] ?? '') as EpochSecret);
    for (const type of Object.keys(ENVELOPE_TYPES)) {
      const verified = unwrap(verifyEnvelope(hexToBytes(envelopes[type] ?? '')));
      expect(verified.header.type).toBe(type);
      const space = type === 'genesis' ? new ContentKeys(spaceIdOf(verified.id)) : keys;
      expect(unwrap(openEnvelope(verified, space)).body.length).toBeGreaterThan(0);
    }
    expect(unwrap(openEnvelope(unwrap(verifyEnvelope(hexToBytes(envelopes['update'] ?? ''))), keys)).body).toEqual(
      utf8('a change'),
    );
  });

  test("[X2] today's code opens the frozen backup, by its passphrase and by its words, and the frozen release", () => {
    const vectors = frozen['ways-back'];
    const hex = (name: string): Uint8Array => hexToBytes(vectors[name] ?? '');
    const passphrase = vectors['backupPassphrase'] ?? '';
    const opened = unwrap(openBackup(hex('backup'), { kind: 'passphrase', passphrase }));
    expect(opened.bundles).toEqual([utf8('one'), utf8('another')]);
    const seed = recoverySeedOf(hex('entropy'));
    expect(unwrap(openBackup(hex('backup'), { kind: 'seed', seed }))).toEqual(opened);
    const request = unwrap(readRequestCode(vectors['request'] ?? ''));
    const card = unwrap(openRelease(vectors['release'] ?? '', request, asKey<KemSecret>(hex('requestKem'))));
    expect(card).toEqual(unwrap(readCardCode(vectors['card'] ?? '')));
  });

  test("[X2] today's code reads every frozen frame", () => {
    for (const [kind, hex] of Object.entries(frozen.frames)) {
      const frame = unwrap(decodeFrame(hexToBytes(hex)));
      expect(frame.kind).toBe(kind);
      expect(encodeFrame(frame)).toEqual(hexToBytes(hex));
    }
  });
});
