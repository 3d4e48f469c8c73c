/**
 * Envelopes between the log and the rest of the engine. What the log holds was verified before it went in, so its
 * signature is not checked again: that is 85 % of the cost of opening.
 */
import { assert } from '../foundation/assert.ts';
import type { SpaceId } from '../foundation/ids.ts';
import { spaceIdOf, type VerifiedEnvelope } from '../crypto/envelope-seal.ts';
import type { LogEntry } from '../log/log-store.ts';
import { decodeEnvelope } from '../protocol/envelope.ts';

export function heldEnvelope(entry: Pick<LogEntry, 'bytes' | 'id'>): VerifiedEnvelope {
  const decoded = decodeEnvelope(entry.bytes);
  assert(decoded.ok, 'the log holds envelopes');
  return { ...decoded.value, id: entry.id } as VerifiedEnvelope;
}

/** The space an envelope belongs to; a genesis makes its own. */
export function spaceOfEnvelope({ header, id }: VerifiedEnvelope): SpaceId {
  return header.type === 'genesis' ? spaceIdOf(id) : header.space;
}

export function logEntryOf(envelope: VerifiedEnvelope): LogEntry {
  const { header, id, bytes } = envelope;
  const { author, seq, prev, type, tag } = header;
  return { space: spaceOfEnvelope(envelope), author, seq, id, prev, type, tag, bytes };
}
