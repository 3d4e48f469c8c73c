/** What owners decide about the keys of a space: how far back newcomers may read [K4]. */
import { fail, ok, type Result } from '../../foundation/result.ts';
import type { DocumentId, MemberId, SpaceId } from '../../foundation/ids.ts';
import type { SpacePolicy } from '../../protocol/membership-op.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { SpaceReplica } from '../space-replica.ts';
import type { Parts } from './reach.ts';

export type HistoryFrom = SpacePolicy['historyFrom'];

export interface KeyingCalls {
  /** `start`: newcomers read everything; `join`: only what is written after they joined. */
  historyFrom(space: SpaceId): Promise<HistoryFrom>;
  /** For owners. What was written while the policy was `join` stays closed to who comes later, whatever is set then. */
  setHistoryFrom(space: SpaceId, from: HistoryFrom): Promise<Result<void>>;
  /**
   * When this person was let in, as the clock of who did it said, if what was written before is closed to them;
   * undefined when they may read everything.
   */
  readsSince(space: SpaceId): Promise<number | undefined>;
  /** Where a document goes on for who came later; of a document that never had to, the document alone. */
  parts(space: SpaceId, document: DocumentId): Promise<Parts>;
  /** For each document, the members who are in and cannot read all of it; documents that all can read are left out. */
  closedTo(
    space: SpaceId,
    documents: readonly DocumentId[],
  ): Promise<readonly { readonly document: DocumentId; readonly members: readonly MemberId[] }[]>;
}

export class KeyingAnswers implements KeyingCalls {
  readonly #parts: EngineParts;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  historyFrom(space: SpaceId): Promise<HistoryFrom> {
    return Promise.resolve(this.#find(space)?.state.policy.historyFrom ?? 'start');
  }

  async setHistoryFrom(space: SpaceId, from: HistoryFrom): Promise<Result<void>> {
    const { session, spaces } = this.#parts;
    if (!session.isOpen) return fail('locked');
    const replica = spaces.find(space);
    if (replica === undefined) return fail('wrong-space');
    const { policy } = replica.state;
    if (policy.historyFrom === from) return ok(undefined);
    const written = await replica.writer.operate({ op: 'policy.set', policy: { ...policy, historyFrom: from } });
    // What is written next must fall under the new policy, not under an epoch made while the other one held.
    return written.ok ? replica.writer.rotate() : written;
  }

  readsSince(space: SpaceId): Promise<number | undefined> {
    const replica = this.#find(space);
    if (replica === undefined) return Promise.resolve(undefined);
    const { governance, secrets, state } = replica;
    if (!governance.keys.isPastClosedTo(secrets.member, governance.history)) return Promise.resolve(undefined);
    const admission = state.member(secrets.member)?.admissions[0];
    return Promise.resolve(admission === undefined ? undefined : governance.claimedTimeOf(admission));
  }

  parts(space: SpaceId, document: DocumentId): Promise<Parts> {
    const replica = this.#find(space);
    if (replica === undefined) return Promise.resolve({ all: [document], current: document });
    const { writer, reach } = replica;
    return reach.parts(document, async () => {
      if (replica.isReady && writer.mayRotate()) await writer.rotateIfNeeded();
    });
  }

  closedTo(
    space: SpaceId,
    documents: readonly DocumentId[],
  ): Promise<readonly { readonly document: DocumentId; readonly members: readonly MemberId[] }[]> {
    return this.#find(space)?.reach.closedDocuments(documents) ?? Promise.resolve([]);
  }

  #find(space: SpaceId): SpaceReplica | undefined {
    const { session, spaces } = this.#parts;
    return session.isOpen ? spaces.find(space) : undefined;
  }
}
