/** [G3] Changes that wait for others, in the order they came, bounded per device so that no one can fill memory. */
import type { ActorId, DeviceId } from '../../foundation/ids.ts';
import type { ChangeChunk } from './change-chunk.ts';
import type { Submission } from './ingest-gate.ts';

export const MAX_PENDING_CHANGES = 1_024;
export const MAX_PENDING_BYTES = 8 * 2 ** 20;

export interface Candidate {
  readonly submission: Submission;
  readonly chunk: ChangeChunk;
}

export class PendingChanges {
  #waiting: Candidate[] = [];
  #hasDropped = false;

  get size(): number {
    return this.#waiting.length;
  }

  /** True once something was let go for lack of room: the log must be read again when what it waited for is there. */
  get hasDropped(): boolean {
    return this.#hasDropped;
  }

  /** The first position that is not settled; undefined when all are. */
  get firstPosition(): number | undefined {
    return this.#waiting.length === 0
      ? undefined
      : Math.min(...this.#waiting.map(({ submission }) => submission.position));
  }

  hasActor(actor: ActorId): boolean {
    return this.#waiting.some(({ chunk }) => chunk.actor === actor);
  }

  takeAll(): readonly Candidate[] {
    const all = this.#waiting;
    this.#waiting = [];
    return all;
  }

  forgetDropped(): void {
    this.#hasDropped = false;
  }

  keep(candidates: readonly Candidate[]): void {
    const held = new Map<DeviceId, { changes: number; bytes: number }>();
    for (const candidate of [...this.takeAll(), ...candidates]) {
      const { author, bytes } = candidate.submission;
      const used = held.get(author) ?? { changes: 0, bytes: 0 };
      if (used.changes >= MAX_PENDING_CHANGES || used.bytes + bytes.length > MAX_PENDING_BYTES) {
        this.#hasDropped = true;
        continue;
      }
      held.set(author, { changes: used.changes + 1, bytes: used.bytes + bytes.length });
      this.#waiting.push(candidate);
    }
  }
}
