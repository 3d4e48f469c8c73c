/** What owners decide about the keys of a space: how far back newcomers may read [K4]. */
import { fail, ok, type Result } from '../../foundation/result.ts';
import type { SpaceId } from '../../foundation/ids.ts';
import type { SpacePolicy } from '../../protocol/membership-op.ts';
import type { EngineParts } from '../engine-parts.ts';

export type HistoryFrom = SpacePolicy['historyFrom'];

export interface KeyingCalls {
  /** `start`: newcomers read everything; `join`: only what is written after they joined. */
  historyFrom(space: SpaceId): Promise<HistoryFrom>;
  /** For owners. What was written while the policy was `join` stays closed to who comes later, whatever is set then. */
  setHistoryFrom(space: SpaceId, from: HistoryFrom): Promise<Result<void>>;
}

export class KeyingAnswers implements KeyingCalls {
  readonly #parts: EngineParts;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  historyFrom(space: SpaceId): Promise<HistoryFrom> {
    const { session, spaces } = this.#parts;
    const replica = session.isOpen ? spaces.find(space) : undefined;
    return Promise.resolve(replica?.state.policy.historyFrom ?? 'start');
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
}
