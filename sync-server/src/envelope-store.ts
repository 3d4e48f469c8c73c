/**
 * What the relay keeps [R2]: per space an access list and one dense chain per device key, and mailboxes. Everything is
 * sealed or opaque; nothing here can be read by the relay [R7]. One process, one transaction at a time: `commit` writes it
 * and `sync` says when it is safe; a reply leaves only then, and the next commit begins only then. See docs/spec/relay.md.
 */
import type { AclEntry } from '../../src/lib/protocol/relay-frames.ts';
import type { DeviceId, DocumentTag, EnvelopeId, SpaceId } from '../../src/lib/foundation/ids.ts';

export interface ChainHead {
  readonly seq: number;
  readonly id: EnvelopeId;
}

export interface StoredSpace {
  readonly acl: readonly AclEntry[];
  /** The counter of the last change of the access list. */
  readonly aclCounter: number;
  readonly heads: ReadonlyMap<DeviceId, ChainHead>;
  /** Sum of all envelope sizes. */
  readonly bytes: number;
}

export interface StoredEnvelope {
  readonly key: DeviceId;
  readonly seq: number;
  readonly id: EnvelopeId;
  /** Strictly increasing over the whole relay: the order in which it learned things, so causes mostly precede effects. */
  readonly arrival: number;
  readonly bytes: Uint8Array;
}

export interface StoredMail {
  /** Strictly increasing in arrival order over all mailboxes. */
  readonly number: number;
  readonly slot: number | undefined;
  readonly bytes: Uint8Array;
}

/** A key that was taken off a list and could read until then. */
export interface StruckKey {
  /** Arrival of the last entry that the relay held when it struck the key: this far it may still read. */
  readonly until: number;
  /** Where the chains of the space ended then. */
  readonly heads: ReadonlyMap<DeviceId, ChainHead>;
}

/** Of one space so many struck keys are remembered, the last ones. */
export const MAX_STRUCK_KEYS = 1024;

export interface AclWrite {
  readonly kind: 'acl';
  readonly space: SpaceId;
  readonly counter: number;
  /** Added or replaced: no longer struck. */
  readonly entries: readonly AclEntry[];
  /** Struck, with all that was appended before this write within their reach. */
  readonly removed: readonly DeviceId[];
  readonly atMs: number;
}

export interface AppendWrite {
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

export interface MailWrite {
  readonly kind: 'mail-put';
  readonly box: string;
  readonly number: number;
  /** With a slot it replaces what lay there. */
  readonly slot: number | undefined;
  readonly bytes: Uint8Array;
  readonly expiresAtMs: number;
}

export type StoreWrite =
  | AclWrite
  | AppendWrite
  | MailWrite
  | { readonly kind: 'mail-drop'; readonly box: string; readonly number: number }
  | { readonly kind: 'mail-expire'; readonly beforeMs: number };

export type StoreQuery =
  /** One chain in order of seq; `toSeq` included. */
  | {
      readonly by: 'chain';
      readonly space: SpaceId;
      readonly key: DeviceId;
      readonly fromSeq: number;
      readonly toSeq: number;
      readonly limit: number;
    }
  | {
      readonly by: 'arrival';
      readonly space: SpaceId;
      readonly fromArrival: number;
      /** Included; by default all there is. */
      readonly untilArrival?: number;
      readonly limit: number;
    };

export interface SyncSteps {
  /** What was committed survives kill -9 and power loss. */
  readonly onDurable: () => void;
  /** The next commit may begin; never before `onDurable`. */
  readonly onReady: () => void;
}

export interface EnvelopeStore {
  /** Undefined when no access list was ever written for the space. */
  loadSpace(space: SpaceId): StoredSpace | undefined;
  /** Undefined for a key that is listed, never was, could not read, or was struck long ago. */
  findStruck(space: SpaceId, key: DeviceId): StruckKey | undefined;
  /** All of the batch in order, or (on a throw) none of it. On return it survives kill -9, and not yet power loss. */
  commit(batch: readonly StoreWrite[]): void;
  /** Makes what was committed safe without making the caller wait. A disk that fails here ends the process. */
  sync(steps: SyncSteps): void;
  /** The same before it returns, for an orderly end; steps of a `sync` under way may still be called. */
  syncNow(): void;
  /** Durable envelopes only. */
  read(query: StoreQuery): readonly StoredEnvelope[];
  /** Committed mail of one box in order of arrival. */
  readMail(box: string, limit: number): readonly StoredMail[];
  /** The highest mail number ever given. */
  lastMailNumber(): number;
  close(): void;
}
