/** What a device says it holds [C3]: the head of every chain it knows, and the membership heads. */
import type { DeviceId, EnvelopeId } from '../foundation/ids.ts';
import { idToBytes } from '../foundation/ids.ts';
import { bytesToHex, hexToBytes } from '../foundation/bytes.ts';
import type { Result } from '../foundation/result.ts';
import { cborMap, encodeCbor } from './cbor.ts';
import type { CborMap } from './cbor.ts';
import { CborRecord } from './cbor-record.ts';

export const MAX_ATTESTED_CHAINS = 4096;
export const MAX_MEMBERSHIP_HEADS = 16;
/** How much of an envelope id frames and attests quote. */
export const SHORT_ID_BYTES = 16;

export interface AttestedChain {
  readonly device: DeviceId;
  readonly seq: number;
  /** The first 16 bytes of the head's id, as hex. */
  readonly id16: string;
}

export interface Attestation {
  /** Sorted by device, each once. */
  readonly chains: readonly AttestedChain[];
  /** Sorted. */
  readonly mheads: readonly EnvelopeId[];
}

/** The short form of an envelope id that attests and frames carry. */
export function id16Of(id: EnvelopeId): string {
  return id.slice(0, SHORT_ID_BYTES * 2);
}

export function encodeAttestation(attestation: Attestation): Uint8Array {
  return encodeCbor(attestationToCbor(attestation));
}

export function decodeAttestation(bytes: Uint8Array): Result<Attestation> {
  return CborRecord.decode(bytes, 'attestation', readAttestation);
}

export function attestationToCbor(attestation: Attestation): CborMap {
  return cborMap(
    [
      0,
      attestation.chains.map(({ device, seq, id16 }) =>
        cborMap([0, idToBytes(device)], [1, seq], [2, hexToBytes(id16)]),
      ),
    ],
    [1, attestation.mheads.map(idToBytes)],
  );
}

export function readAttestation(record: CborRecord): Attestation {
  const chains = record.records(0, MAX_ATTESTED_CHAINS).map((chain): AttestedChain => {
    const attested = {
      device: chain.id(0, 'DeviceId'),
      seq: chain.uint(1),
      id16: bytesToHex(chain.bytes(2, SHORT_ID_BYTES)),
    };
    chain.end();
    return attested;
  });
  if (chains.some((chain, i) => i > 0 && (chains[i - 1]?.device ?? '') >= chain.device))
    record.refuse('chains are not sorted');
  const mheads = record.sortedIds(1, 'EnvelopeId', MAX_MEMBERSHIP_HEADS);
  record.end();
  return { chains, mheads };
}
