import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Result } from '../foundation/result.ts';
import { unwrap } from '../foundation/result.ts';
import * as valid from './arbitraries.fixture.ts';
import { decodeAttestation, encodeAttestation } from './attest.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';
import type { CborMap } from './cbor.ts';
import { MAX_ENVELOPE_BYTES } from './envelope.ts';
import { decodeEpochOp, encodeEpochOp } from './epoch-op.ts';
import { decodeKeybox, encodeKeybox } from './keybox.ts';
import { decodeClaim, encodeClaim } from './membership-claim.ts';
import { decodeMembershipRecord, encodeMembershipRecord } from './membership-codec.ts';
import { decodePairingMessage, encodePairingMessage } from './pairing-message.ts';
import { decodePayload, encodePayload, MAX_PAYLOAD_BYTES } from './payload.ts';
import { decodePersonalRecords, encodePersonalRecords } from './personal-record.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts';
import { decodeTestimony, encodeTestimony, joinTestimonies, testimoniesOf } from './testimony.ts';
import {
  decodeTrusteeCard,
  decodeTrusteeRelease,
  decodeTrusteeRequest,
  encodeTrusteeCard,
  encodeTrusteeRelease,
  encodeTrusteeRequest,
} from './trustee-codes.ts';

interface Codec {
  readonly name: string;
  readonly bytes: fc.Arbitrary<Uint8Array>;
  readonly again: (bytes: Uint8Array) => Result<Uint8Array>;
}

function codec<T>(
  name: string,
  value: fc.Arbitrary<T>,
  encode: (value: T) => Uint8Array,
  decode: (bytes: Uint8Array) => Result<T>,
): Codec {
  return {
    name,
    bytes: value.map(encode),
    again: (bytes) => {
      const decoded = decode(bytes);
      return decoded.ok ? { ok: true, value: encode(decoded.value) } : decoded;
    },
  };
}

const CODECS: readonly Codec[] = [
  codec('payload', valid.payload, encodePayload, decodePayload),
  codec('membership record', valid.membershipRecord, encodeMembershipRecord, decodeMembershipRecord),
  codec('claim', valid.claim, encodeClaim, decodeClaim),
  codec('attestation', valid.attestation, encodeAttestation, decodeAttestation),
  codec('epoch', valid.epochOp, encodeEpochOp, decodeEpochOp),
  codec('keybox', valid.keybox, encodeKeybox, decodeKeybox),
  codec('testimony', valid.testimony, encodeTestimony, decodeTestimony),
  codec('snapshot', valid.snapshot, encodeSnapshot, decodeSnapshot),
  codec('pairing message', valid.pairingMessage, encodePairingMessage, decodePairingMessage),
  codec('personal records', valid.personalRecords, encodePersonalRecords, decodePersonalRecords),
  codec('trustee card', valid.trusteeCard, encodeTrusteeCard, decodeTrusteeCard),
  codec('trustee request', valid.trusteeRequest, encodeTrusteeRequest, decodeTrusteeRequest),
  codec('trustee release', valid.trusteeRelease, encodeTrusteeRelease, decodeTrusteeRelease),
];

describe.each(CODECS)('$name', ({ bytes, again }) => {
  test('[X2] comes back as it went', () => {
    fc.assert(
      fc.property(bytes, (encoded) => {
        expect(unwrap(again(encoded))).toEqual(encoded);
      }),
      { numRuns: 60 },
    );
  });

  test('[X2] mutated bytes are refused, or are the one encoding of another value', () => {
    fc.assert(
      fc.property(bytes, valid.mutation, (encoded, change) => {
        const mutated = valid.mutate(encoded, change);
        const decoded = again(mutated);
        if (decoded.ok) expect(decoded.value).toEqual(mutated);
      }),
      { numRuns: 300 },
    );
  });

  test('[X2] an unknown field, a missing field and bytes at the end are refused', () => {
    fc.assert(
      fc.property(bytes, (encoded) => {
        const fields = unwrap(decodeCbor(encoded)) as CborMap;
        expect(again(encodeCbor(new Map([...fields, [99, 1]]))).ok).toBe(false);
        expect(again(encodeCbor(new Map([...fields].slice(1)))).ok).toBe(false);
        expect(again(Uint8Array.of(...encoded, 0)).ok).toBe(false);
      }),
      { numRuns: 10 },
    );
  });
});

describe('membership record', () => {
  const parent = 'ab'.repeat(32) as never;

  test('[M1] only a genesis has no parents, and parents are sorted, each once, at most 16', () => {
    const leave = (parents: string[]) =>
      decodeMembershipRecord(encodeMembershipRecord({ parents: parents as never[], operation: { op: 'leave' } }));
    const many = Array.from({ length: 17 }, (_, i) => i.toString(16).padStart(64, '0'));
    expect(leave([]).ok).toBe(false);
    expect(leave([parent]).ok).toBe(true);
    expect(leave([parent, parent]).ok).toBe(false);
    expect(leave(['cd'.repeat(32), parent]).ok).toBe(false);
    expect(leave(many.slice(0, 16)).ok).toBe(true);
    expect(leave(many).ok).toBe(false);
  });

  test('[X2] a name longer than 200 bytes is refused, whatever its letters', () => {
    const named = (name: string) =>
      decodeMembershipRecord(
        encodeMembershipRecord({
          parents: [parent],
          operation: { op: 'device.add', keys: { device: parent, kem: new Uint8Array(1216) }, name },
        }),
      ).ok;
    expect(named('a'.repeat(200))).toBe(true);
    expect(named('a'.repeat(201))).toBe(false);
    expect(named('é'.repeat(100))).toBe(true);
    expect(named('é'.repeat(101))).toBe(false);
  });
});

describe('testimony', () => {
  const id = 'ab'.repeat(32) as never;
  const encoded = (length: number): readonly Uint8Array[] =>
    testimoniesOf(id, new Uint8Array(length).fill(7)).map(encodeTestimony);

  test('[F] an entry of every size is told in one or two entries that fit, and joined again', () => {
    for (const length of [1, MAX_ENVELOPE_BYTES / 2, MAX_ENVELOPE_BYTES / 2 + 1, MAX_ENVELOPE_BYTES]) {
      const told = encoded(length);
      expect(told).toHaveLength(length > MAX_ENVELOPE_BYTES / 2 ? 2 : 1);
      for (const body of told) expect(body.length).toBeLessThan(MAX_PAYLOAD_BYTES - 200);
      expect(joinTestimonies(told.map((body) => unwrap(decodeTestimony(body)))).length).toBe(length);
    }
  });

  test('[F] a part that is none, is empty or is too long is refused', () => {
    const refused = (change: object): boolean =>
      !decodeTestimony(encodeTestimony({ id, part: 0, parts: 1, bytes: new Uint8Array(3), ...change })).ok;
    expect(refused({})).toBe(false);
    for (const change of [{ parts: 0 }, { part: 1 }, { part: 1, parts: 3 }, { bytes: new Uint8Array(0) }])
      expect(refused(change)).toBe(true);
    expect(refused({ bytes: new Uint8Array(MAX_ENVELOPE_BYTES / 2) })).toBe(false);
    expect(refused({ bytes: new Uint8Array(MAX_ENVELOPE_BYTES / 2 + 1) })).toBe(true);
  });
});
