/** The history of this space's membership as a signed file: every operation as its author signed it, and what it says. */
import { signMembershipExport } from '../../crypto/membership-export.ts';
import type { EnvelopeId } from '../../foundation/ids.ts';
import type { ExportedOperation } from '../../protocol/membership-export.ts';
import type { SpaceReplica } from '../space-replica.ts';
import { findLine } from './history-lines.ts';
import type { HistoryLine } from './stewardship-calls.ts';

export async function makeMembershipExport(replica: SpaceReplica): Promise<Uint8Array> {
  const entries = new Map((await replica.governanceEntries()).map((entry) => [entry.id, entry]));
  const { branches } = replica;
  const operations: ExportedOperation[] = [];
  for (const node of replica.governance.history.graph.nodes()) {
    const { id, author, seq } = node.entry;
    const entry = entries.get(id) ?? branches.find(id);
    if (entry !== undefined) operations.push({ id, author, seq, says: sayingsOf(replica, id), bytes: entry.bytes });
  }
  const { space, secrets } = replica;
  return signMembershipExport({ space, madeBy: secrets.device, madeAt: replica.nowMs(), operations }, secrets.sign);
}

function sayingsOf(replica: SpaceReplica, id: EnvelopeId): ExportedOperation['says'] {
  const line = findLine(replica, id);
  return line === undefined ? {} : sayings(line);
}

function sayings({ deed, author, subject, role, device, count, reason, claimedTime, standing }: HistoryLine) {
  const said: Record<string, string | number | boolean> = { deed, counts: standing.kind === 'counts' };
  if (standing.kind === 'void') {
    said['why'] = standing.reason;
    if (standing.because !== undefined) said['because'] = standing.because.id;
  }
  if (author !== undefined) Object.assign(said, { author: author.name, authorMember: author.member });
  if (subject !== undefined) Object.assign(said, { subject: subject.name, subjectMember: subject.member });
  if (role !== undefined) said['role'] = role;
  if (device !== '') said['device'] = device;
  if (count > 0) Object.assign(said, { count, reason });
  said['claimedTime'] = claimedTime;
  return said;
}
