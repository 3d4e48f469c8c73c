/**
 * [M5] Operations whose standing something late turned round, and members for whom that changed anything: kept sealed on
 * this device until the person has seen them. What turned back meanwhile is forgotten.
 */
import { bytesToHex } from '../../foundation/bytes.ts';
import { idToBytes, parseId, type EnvelopeId, type MemberId, type SpaceId } from '../../foundation/ids.ts';
import type { MembershipState } from '../../membership/membership-state.ts';
import { CborRecord } from '../../protocol/cbor-record.ts';
import { cborMap, encodeCbor } from '../../protocol/cbor.ts';
import { ROLES, type Role } from '../../protocol/membership-op.ts';
import type { LocalRecords } from '../local-records.ts';
import type { SpaceReplica } from '../space-replica.ts';
import { Turns } from '../turns.ts';
import { findLine, nameOf } from './history-lines.ts';
import type { Outcome } from './stewardship-calls.ts';

interface Was {
  readonly isActive: boolean;
  readonly role: Role;
}

interface Noted {
  /** By operation, whether it counted before. */
  readonly operations: ReadonlyMap<EnvelopeId, boolean>;
  readonly members: ReadonlyMap<MemberId, Was>;
}

const TABLE = 'engine-outcomes';
const MAX_NOTED = 256;
const NOTHING: Noted = { operations: new Map(), members: new Map() };

export class Outcomes {
  readonly #records: LocalRecords;
  readonly #turns = new Turns();

  constructor(records: LocalRecords) {
    this.#records = records;
  }

  settled(): Promise<void> {
    return this.#turns.settled();
  }

  /** Compares with the state before something came; true when there is news. */
  note(replica: SpaceReplica, before: MembershipState): Promise<boolean> {
    const changed = turnedRound(replica, before);
    if (changed.size === 0) return Promise.resolve(false);
    const { state } = replica;
    const members = new Map<MemberId, Was>();
    for (const { id, isActive, role } of before.members.values()) {
      const now = state.member(id);
      if (now?.isActive !== isActive || now.role !== role) members.set(id, { isActive, role });
    }
    return this.#turns.run(async () => {
      const kept = await this.#load(replica.space);
      await this.#save(replica.space, {
        operations: new Map([...changed, ...kept.operations].slice(0, MAX_NOTED)),
        members: new Map([...members, ...kept.members].slice(0, MAX_NOTED)),
      });
      return true;
    });
  }

  async find(replica: SpaceReplica): Promise<Outcome | undefined> {
    const kept = await this.#turns.run(() => this.#load(replica.space));
    const operations = [...kept.operations].flatMap(([id, counted]) => {
      const line = findLine(replica, id);
      return line === undefined || (line.standing.kind === 'counts') === counted ? [] : [line];
    });
    if (operations.length === 0) return undefined;
    const members = [...kept.members].flatMap(([id, was]) => {
      const member = replica.state.member(id);
      if (member === undefined || (member.isActive === was.isActive && member.role === was.role)) return [];
      return [{ who: nameOf(replica, member), was, now: { isActive: member.isActive, role: member.role } }];
    });
    return { operations, members };
  }

  dismiss(space: SpaceId): Promise<void> {
    return this.#turns.run(() => this.#records.delete(TABLE, space));
  }

  async #load(space: SpaceId): Promise<Noted> {
    const bytes = await this.#records.find(TABLE, space);
    return bytes === undefined ? NOTHING : decode(bytes);
  }

  #save(space: SpaceId, { operations, members }: Noted): Promise<void> {
    const row = cborMap(
      [0, [...operations].map(([id, counted]) => [idToBytes(id), counted])],
      [1, [...members].map(([id, { isActive, role }]) => [idToBytes(id), isActive, ROLES.indexOf(role)])],
    );
    return this.#records.put(TABLE, space, encodeCbor(row));
  }
}

/**
 * What counted and no longer does, or the other way round; and changes of others that came to nothing on arrival
 * because of something they did not know.
 */
function turnedRound(replica: SpaceReplica, before: MembershipState): ReadonlyMap<EnvelopeId, boolean> {
  const { state, governance } = replica;
  const { graph } = governance.history;
  const changed = new Map<EnvelopeId, boolean>();
  for (const { id, now } of governance.history.compare(before, state)) changed.set(id, now !== undefined);
  for (const [id, { reason }] of state.voids.entries()) {
    if (before.voids.has(id) || changed.has(id) || (reason !== 'revoked' && reason !== 'cycle')) continue;
    const op = graph.find(id)?.entry.record.operation.op;
    if (op === 'remove' || op === 'role.set' || op === 'device.remove') changed.set(id, true);
  }
  return changed;
}

function decode(bytes: Uint8Array): Noted {
  const decoded = CborRecord.decode(
    bytes,
    'outcomes',
    (record) => ({ operations: record.list(0, MAX_NOTED), members: record.list(1, MAX_NOTED) }),
    { maxDepth: 4, maxItems: 8 * MAX_NOTED },
  );
  if (!decoded.ok) return NOTHING;
  const operations = new Map<EnvelopeId, boolean>();
  const members = new Map<MemberId, Was>();
  for (const row of decoded.value.operations) {
    const [id, counted] = Array.isArray(row) ? (row as readonly unknown[]) : [];
    const parsed = id instanceof Uint8Array ? parseId('EnvelopeId', bytesToHex(id)) : undefined;
    if (parsed !== undefined) operations.set(parsed, counted === true);
  }
  for (const row of decoded.value.members) {
    const [id, isActive, rank] = Array.isArray(row) ? (row as readonly unknown[]) : [];
    const parsed = id instanceof Uint8Array ? parseId('MemberId', bytesToHex(id)) : undefined;
    const role = typeof rank === 'number' ? ROLES[rank] : undefined;
    if (parsed !== undefined && role !== undefined) members.set(parsed, { isActive: isActive === true, role });
  }
  return { operations, members };
}
