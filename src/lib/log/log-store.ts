/**
 * The sealed log of every space on this device. It stores whole envelopes in dense per-author chains and never looks
 * inside one. Verification happens before `insert`; persistence happens before anything is sent.
 */
import type { DeviceId, DocumentTag, EnvelopeId, SpaceId } from '../foundation/ids.ts';
import type { EnvelopeType } from '../protocol/envelope.ts';

/** What the store indexes; all of it stands in the envelope's clear header, `id` and `position` aside. */
export interface LogEntry {
  readonly space: SpaceId;
  readonly author: DeviceId;
  readonly seq: number;
  readonly id: EnvelopeId;
  readonly prev: EnvelopeId;
  readonly type: EnvelopeType;
  readonly tag: DocumentTag;
  /** The whole envelope as received. Callers must not change it. */
  readonly bytes: Uint8Array;
}

/** An entry with its place in this device's own order of arrival: strictly increasing per space, with gaps allowed. */
export interface StoredEntry extends LogEntry {
  readonly position: number;
}

export interface ChainHead {
  readonly seq: number;
  readonly id: EnvelopeId;
}

/** Where a chain ends, and up to where it matters before all content [S2]. */
export interface ChainState extends ChainHead {
  /** Seq of its last genesis, membership, epoch or keybox entry; −1 if it has none. */
  readonly governanceSeq: number;
}

export type InsertOutcome =
  /** Stored now, in order, or known before: both are success, and `insert` is idempotent. */
  | { readonly kind: 'stored'; readonly entry: StoredEntry }
  | { readonly kind: 'known'; readonly entry: StoredEntry }
  /** The chain's next seq is `expected`: ask again from there. Nothing was stored. */
  | { readonly kind: 'gap'; readonly expected: number }
  /** Another entry holds this seq, or `prev` is not the head's id: proof of a fork. Nothing was stored. */
  | { readonly kind: 'fork'; readonly held: EnvelopeId };

export type LogQuery =
  | { readonly by: 'author'; readonly author: DeviceId; readonly fromSeq: number; readonly limit: number }
  | {
      readonly by: 'tags';
      readonly tags: readonly DocumentTag[];
      readonly afterPosition: number;
      readonly limit: number;
    }
  | {
      readonly by: 'types';
      readonly types: readonly EnvelopeType[];
      readonly afterPosition: number;
      readonly limit: number;
    }
  | { readonly by: 'arrival'; readonly afterPosition: number; readonly limit: number };

export interface LogStore {
  /**
   * [C1] Reads the author's head, calls `seal` with it synchronously, and stores what it returns, in **one**
   * transaction, so that two tabs cannot fork a chain. Nothing is stored if `seal` throws. Resolves once durable.
   */
  append(
    space: SpaceId,
    author: DeviceId,
    seal: (head: ChainHead | undefined) => readonly LogEntry[],
  ): Promise<readonly StoredEntry[]>;
  /** Stores verified foreign entries in one transaction, each only if it extends its chain. Outcomes in input order. */
  insert(space: SpaceId, entries: readonly LogEntry[]): Promise<readonly InsertOutcome[]>;
  /** The head of every chain of the space. */
  heads(space: SpaceId): Promise<ReadonlyMap<DeviceId, ChainState>>;
  /** Entries in chain order (`author`) or arrival order (the others). */
  read(space: SpaceId, query: LogQuery): Promise<readonly StoredEntry[]>;
  /**
   * [C2] Takes one chain back to before `fromSeq`, in one transaction: of a fork, the branch that others do not hold.
   * Resolves to what was taken out, in chain order.
   */
  cut(space: SpaceId, author: DeviceId, fromSeq: number): Promise<readonly StoredEntry[]>;
  /** The spaces that hold at least one entry. */
  spaces(): Promise<readonly SpaceId[]>;
  /** Removes every entry of a space from this device. */
  erase(space: SpaceId): Promise<void>;
}
