/**
 * What the relay keeps [R2]: per space an access list and one dense chain per device key, and mailboxes. Everything is
 * sealed or opaque; nothing here can be read by the relay [R7]. The port is synchronous on purpose: one process, one
 * transaction per tick, and a reply that leaves only after `commit` returned. See docs/spec/relay.md.
 */
import type { DeviceId, DocumentTag, EnvelopeId, SpaceId } from '../../src/lib/foundation/ids.ts';

export interface ChainHead {
  readonly seq: number;
  readonly id: EnvelopeId;
}

/** Bits: R 1, W 2, A 4. A key with no bit set stays listed, so that its index is never given away again. */
export interface AclEntry {
  readonly key: DeviceId;
  readonly caps: number;
  readonly idx: number;
}

export interface StoredSpace {
  readonly acl: readonly AclEntry[];
  /** Rises by one with each change of the access list. */
  readonly aclVersion: number;
  readonly heads: ReadonlyMap<DeviceId, ChainHead>;
  /** Sum of all envelope sizes. */
  readonly bytes: number;
}

export interface StoredEnvelope {
  readonly seq: number;
  readonly id: EnvelopeId;
  readonly bytes: Uint8Array;
}

export interface StoredMail {
  /** Strictly increasing in arrival order over all mailboxes. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

export type StoreWrite =
  | {
      readonly kind: 'acl';
      readonly space: SpaceId;
      readonly version: number;
      readonly entries: readonly AclEntry[];
      readonly atMs: number;
    }
  | {
      readonly kind: 'append';
      readonly space: SpaceId;
      readonly key: DeviceId;
      readonly seq: number;
      readonly id: EnvelopeId;
      readonly type: number;
      readonly tag: DocumentTag;
      readonly bytes: Uint8Array;
      readonly atMs: number;
    }
  | {
      readonly kind: 'mail-put';
      readonly box: string;
      readonly number: number;
      readonly bytes: Uint8Array;
      readonly expiresAtMs: number;
    }
  | { readonly kind: 'mail-drop'; readonly box: string; readonly upTo: number }
  | { readonly kind: 'mail-expire'; readonly beforeMs: number };

export interface ChainRange {
  readonly space: SpaceId;
  readonly key: DeviceId;
  readonly fromSeq: number;
  /** Inclusive. */
  readonly toSeq: number;
  readonly limit: number;
}

export interface EnvelopeStore {
  /** Undefined when no access list was ever written for the space. */
  loadSpace(space: SpaceId): StoredSpace | undefined;
  /** All of the batch in order, or (on a throw) none of it; durable against kill -9 and power loss on return. */
  commit(batch: readonly StoreWrite[]): void;
  /** Committed envelopes of one chain in order of seq. */
  readChain(range: ChainRange): readonly StoredEnvelope[];
  /** Committed mail of one box in order of arrival. The highest number ever given comes from `lastMailNumber`. */
  readMail(box: string, limit: number): readonly StoredMail[];
  lastMailNumber(): number;
  close(): void;
}
