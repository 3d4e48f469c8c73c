/**
 * [C4] The alarms of the log, kept until the person has read them: what happened, to which device, and for a fork the
 * proof. One notice for each thing that happened: the same gap or fork told again adds nothing. Sealed on this device.
 */
import type { DeviceId, EnvelopeId, SpaceId } from '../../foundation/ids.ts';
import type { Clock } from '../../foundation/clock.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import { verifyForkProof } from '../../crypto/fork-proof.ts';
import type { ChainHead, LogStore } from '../../log/log-store.ts';
import { encodeForkProof } from '../../protocol/fork-proof.ts';
import type { LocalRecords } from '../local-records.ts';
import { Turns } from '../turns.ts';
import { decodeNotices, encodeNotices, MAX_NOTICES, type Notice } from './notice-rows.ts';

/** The refused entry that another one stands in the place of. */
export interface ForkWitness {
  readonly seq: number;
  readonly id: EnvelopeId;
  readonly prev: EnvelopeId;
  readonly bytes: Uint8Array;
}

export interface NoticesPorts {
  readonly records: LocalRecords;
  readonly store: LogStore;
  readonly clock: Clock;
  /** `alarm` is what is new, if something is. */
  readonly onChange: (space: SpaceId, alarm: Notice | undefined) => void;
}

const TABLE = 'engine-notices';
const PROOF_TABLE = 'engine-fork-proofs';

export class Notices {
  readonly #ports: NoticesPorts;
  readonly #turns = new Turns();
  readonly #held = new Map<SpaceId, readonly Notice[]>();

  constructor(ports: NoticesPorts) {
    this.#ports = ports;
  }

  of(space: SpaceId): Promise<readonly Notice[]> {
    return this.#turns.run(() => this.#load(space));
  }

  noteGap(space: SpaceId, { device, seq }: { readonly device: DeviceId; readonly seq: number }): Promise<void> {
    return this.#add(space, { id: `gap/${device}/${String(seq)}`, kind: 'gap', device, seq, since: undefined });
  }

  /** `since`: when another device last confirmed what this one sees, as far as is known. */
  noteStale(space: SpaceId, since: number): Promise<void> {
    return this.#add(space, { id: `stale/${String(since)}`, kind: 'stale', device: undefined, seq: 0, since });
  }

  /** [K2] Of one device one notice: more boxes of the same kind add nothing. */
  noteWrongBox(space: SpaceId, device: DeviceId): Promise<void> {
    return this.#add(space, { id: `wrong-box/${device}`, kind: 'wrong-box', device, seq: 0, since: undefined });
  }

  /** One proof convicts a device for good: its later forks add nothing. */
  noteFork(
    space: SpaceId,
    { device, isOwn, witness }: { readonly device: DeviceId; readonly isOwn: boolean; readonly witness: ForkWitness },
  ): Promise<void> {
    const kind = isOwn ? 'own-fork' : 'fork';
    const id = `${kind}/${device}`;
    return this.#add(space, { id, kind, device, seq: witness.seq, since: undefined }, async () => {
      const proof = await this.#proofOf(space, device, witness);
      if (proof !== undefined) await this.#ports.records.put(PROOF_TABLE, `${space}/${id}`, proof);
      return proof !== undefined;
    });
  }

  /** What was missing came, or was confirmed, after all. */
  resolve(space: SpaceId, isOver: (notice: Notice) => boolean): Promise<void> {
    return this.#turns.run(async () => {
      const notices = await this.#load(space);
      if (!notices.some((notice) => !notice.isResolved && isOver(notice))) return;
      await this.#save(
        space,
        notices.map((notice) => (isOver(notice) ? { ...notice, isResolved: true } : notice)),
      );
    });
  }

  resolveGaps(space: SpaceId, heads: ReadonlyMap<DeviceId, ChainHead>): Promise<void> {
    return this.resolve(
      space,
      ({ kind, device, seq }) => kind === 'gap' && device !== undefined && (heads.get(device)?.seq ?? -1) >= seq,
    );
  }

  markSeen(space: SpaceId, id: string): Promise<Result<void>> {
    return this.#turns.run(async () => {
      const notices = await this.#load(space);
      if (!notices.some((notice) => notice.id === id)) return fail('request-gone');
      await this.#save(
        space,
        notices.map((notice) => (notice.id === id ? { ...notice, isSeen: true } : notice)),
      );
      return ok(undefined);
    });
  }

  async proof(space: SpaceId, id: string): Promise<Result<Uint8Array>> {
    const proof = await this.#ports.records.find(PROOF_TABLE, `${space}/${id}`);
    return proof === undefined ? fail('request-gone') : ok(proof);
  }

  forgetSpace(space: SpaceId): Promise<void> {
    return this.#turns.run(async () => {
      const { records } = this.#ports;
      for (const { id, hasProof } of await this.#load(space))
        if (hasProof) await records.delete(PROOF_TABLE, `${space}/${id}`);
      await records.delete(TABLE, space);
      this.#held.delete(space);
    });
  }

  clear(): void {
    this.#held.clear();
  }

  settled(): Promise<void> {
    return this.#turns.settled();
  }

  #add(
    space: SpaceId,
    fresh: Pick<Notice, 'id' | 'kind' | 'device' | 'seq' | 'since'>,
    keepProof: () => Promise<boolean> = () => Promise.resolve(false),
  ): Promise<void> {
    return this.#turns.run(async () => {
      const notices = await this.#load(space);
      if (notices.some(({ id }) => id === fresh.id)) return;
      const kept = notices.length < MAX_NOTICES ? notices : withoutOldestSeen(notices);
      // So many unread ones say what there is to say.
      if (kept.length >= MAX_NOTICES) return;
      const hasProof = await keepProof();
      const notice = { ...fresh, at: this.#ports.clock.nowMs(), isSeen: false, isResolved: false, hasProof };
      await this.#save(space, [...kept, notice], notice);
    });
  }

  /** The held entry at the same place, or the one before that the witness denies. */
  async #proofOf(space: SpaceId, author: DeviceId, witness: ForkWitness): Promise<Uint8Array | undefined> {
    const fromSeq = Math.max(0, witness.seq - 1);
    const held = await this.#ports.store.read(space, { by: 'author', author, fromSeq, limit: 2 });
    for (const entry of held) {
      const proof = encodeForkProof(entry.bytes, witness.bytes);
      if (verifyForkProof(proof).ok) return proof;
    }
    return undefined;
  }

  async #load(space: SpaceId): Promise<readonly Notice[]> {
    const held = this.#held.get(space);
    if (held !== undefined) return held;
    const row = await this.#ports.records.find(TABLE, space);
    const notices = row === undefined ? [] : decodeNotices(row);
    this.#held.set(space, notices);
    return notices;
  }

  async #save(space: SpaceId, notices: readonly Notice[], alarm?: Notice): Promise<void> {
    await this.#ports.records.put(TABLE, space, encodeNotices(notices));
    this.#held.set(space, notices);
    this.#ports.onChange(space, alarm);
  }
}

function withoutOldestSeen(notices: readonly Notice[]): readonly Notice[] {
  const oldest = notices.findIndex((notice) => notice.isSeen);
  return oldest < 0 ? notices : notices.toSpliced(oldest, 1);
}
