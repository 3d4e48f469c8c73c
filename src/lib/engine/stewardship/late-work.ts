/**
 * [M8] Work of removed and demoted devices that came past their cutoff: kept sealed in the log, listed by who wrote it
 * and where, taken in or set aside by an admin. What the gate refused is no late work: nobody could ever take it in.
 */
import type { EnvelopeId } from '../../foundation/ids.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import type { MembershipOp } from '../../protocol/membership-op.ts';
import type { LateEntry } from '../space-content.ts';
import type { SpaceReplica } from '../space-replica.ts';
import { findDeed, nameOf } from './history-lines.ts';
import { objectionTo } from './lawful-change.ts';
import { LETTERS_DOCUMENT } from './private-spaces.ts';
import type { LateWork } from './stewardship-calls.ts';

const MAX_ENVELOPES_PER_OPERATION = 4096;
const MAX_REASON_CHARACTERS = 250;

export async function listLateWork(replica: SpaceReplica): Promise<readonly LateWork[]> {
  const groups = new Map<string, LateEntry[]>();
  for (const late of await replica.lateEntries()) {
    if (late.entry.document === LETTERS_DOCUMENT) continue;
    const key = `${late.entry.author}/${late.entry.document}/${String(late.isSetAside)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [late]);
    else group.push(late);
  }
  return [...groups.values()].flatMap((group) => workOf(replica, group));
}

export async function judgeLateWork(
  replica: SpaceReplica,
  decision: {
    readonly verdict: 'adopt' | 'reject';
    readonly envelopes: readonly EnvelopeId[];
    readonly reason: string;
  },
): Promise<Result<void>> {
  const asked = new Set(decision.envelopes);
  const late = await replica.lateEntries();
  const open = late.filter(
    ({ entry, isSetAside }) => asked.has(entry.id) && !(isSetAside && decision.verdict === 'reject'),
  );
  const ids = open.map(({ entry }) => entry.id).sort();
  if (ids.length === 0) return fail('nothing-waiting');
  const reason = decision.reason.trim().normalize('NFC').slice(0, MAX_REASON_CHARACTERS);
  for (let from = 0; from < ids.length; from += MAX_ENVELOPES_PER_OPERATION) {
    const envelopes = ids.slice(from, from + MAX_ENVELOPES_PER_OPERATION);
    const operation: MembershipOp = { op: decision.verdict, envelopes, reason };
    const objection = objectionTo(replica, operation);
    if (objection !== undefined) return objection;
    const written = await replica.writer.operate(operation);
    if (!written.ok) return written;
  }
  await replica.refresh();
  return ok(undefined);
}

function workOf(replica: SpaceReplica, group: readonly LateEntry[]): readonly LateWork[] {
  const [first] = group;
  if (first === undefined) return [];
  const { author, document } = first.entry;
  const member = replica.state.memberOf(author);
  const times = group.map(({ entry }) => entry.claimedTime);
  const revocation = replica.state.device(author)?.revocations.at(-1);
  return [
    {
      device: author,
      author: member === undefined ? undefined : nameOf(replica, member),
      document,
      envelopes: group.map(({ entry }) => entry.id),
      changes: group.filter(({ entry }) => entry.type === 'update').length,
      bytes: group.reduce((sum, { entry }) => sum + entry.body.length, 0),
      firstAt: Math.min(...times),
      lastAt: Math.max(...times),
      isSetAside: first.isSetAside,
      cause: revocation === undefined ? undefined : findDeed(replica, revocation.by),
    },
  ];
}
