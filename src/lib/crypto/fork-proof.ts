/** [C4] Whether a file proves what it says: that one device signed two entries of which a chain can hold only one. */
import type { DeviceId, SpaceId } from '../foundation/ids.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import { decodeForkProof } from '../protocol/fork-proof.ts';
import { isChainedType } from '../protocol/envelope.ts';
import { spaceIdOf, verifyEnvelope, type VerifiedEnvelope } from './envelope-seal.ts';

export interface ForkProof {
  readonly space: SpaceId;
  readonly device: DeviceId;
  /** Where the two part. */
  readonly seq: number;
}

/** Needs no key of the space: signatures and headers are enough. */
export function verifyForkProof(bytes: Uint8Array): Result<ForkProof> {
  const decoded = decodeForkProof(bytes);
  if (!decoded.ok) return decoded;
  const [one, other] = decoded.value.map((envelope) => verifyEnvelope(envelope));
  if (one?.ok !== true) return one ?? fail('truncated');
  if (other?.ok !== true) return other ?? fail('truncated');
  const [first, second] =
    one.value.header.seq <= other.value.header.seq ? [one.value, other.value] : [other.value, one.value];
  const [a, b] = [first.header, second.header];
  const space = spaceOf(first);
  if (a.author !== b.author || space !== spaceOf(second)) return fail('wrong-context', 'two chains');
  if (!isChainedType(a.type) || !isChainedType(b.type)) return fail('wrong-context', 'not of a chain');
  const isSamePlace = a.seq === b.seq && first.id !== second.id;
  const deniesPrevious = b.seq === a.seq + 1 && b.prev !== first.id;
  return isSamePlace || deniesPrevious
    ? ok({ space, device: a.author, seq: isSamePlace ? a.seq : b.seq })
    : fail('wrong-context', 'no contradiction');
}

/** A genesis makes its own space: two of them contradict nothing. */
function spaceOf({ header, id }: VerifiedEnvelope): SpaceId {
  return header.type === 'genesis' ? spaceIdOf(id) : header.space;
}
