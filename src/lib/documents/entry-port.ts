/**
 * What the documents side needs from the engine's side, in three small ports that one engine satisfies. Bodies are
 * opaque to the other side; nothing here knows of sealing.
 */
import type { ActorId, DeviceId, DocumentId, EnvelopeId, MemberId, SpaceId } from '../foundation/ids.ts';
import type { Result } from '../foundation/result.ts';

/** One verified update or snapshot. The entries of one author come in the order of its chain. */
export interface DocumentEntry {
  readonly id: EnvelopeId;
  readonly space: SpaceId;
  readonly document: DocumentId;
  readonly position: number;
  readonly type: 'update' | 'snapshot';
  readonly author: DeviceId;
  readonly member: MemberId;
  readonly isOwn: boolean;
  readonly claimedTime: number;
  readonly body: Uint8Array;
}

export interface LeasedActor {
  readonly actor: ActorId;
  readonly generation: number;
}

export interface EntryPort {
  /** Resolves once durable on this device. */
  append(entry: {
    readonly space: SpaceId;
    readonly document: DocumentId;
    readonly type: 'update' | 'snapshot';
    readonly body: Uint8Array;
  }): Promise<Result<{ readonly id: EnvelopeId; readonly position: number }>>;
  /** Entries after a position, oldest first. One that opens late is also announced by an `entries` event. */
  entries(space: SpaceId, document: DocumentId, afterPosition: number): Promise<readonly DocumentEntry[]>;
  /** [C2] All that makes a document as it stood on a branch of `device` that the others never got. */
  lostEntries(space: SpaceId, device: DeviceId, document: DocumentId): Promise<readonly DocumentEntry[]>;
  /** [G2] An actor no other open replica of this device uses. */
  leaseActor(space: SpaceId, document: DocumentId): Promise<Result<LeasedActor>>;
  releaseActor(space: SpaceId, document: DocumentId, generation: number): Promise<void>;
  /** [G2] The actor that `author` must use at `generation`. */
  actorOf(author: DeviceId, document: DocumentId, generation: number): Promise<ActorId>;
  /** [G8] Refused for good: not to be given again. */
  voidEntry(space: SpaceId, id: EnvelopeId, code: string): Promise<void>;
}

/** [K4] The documents that one is kept in, once somebody came who may not read what was written before. */
export interface DocumentParts {
  /** The document itself first, then its parts, oldest first. */
  readonly all: readonly DocumentId[];
  /** Where new things go, so that everyone who is in reads them; it may not have been begun. */
  readonly current: DocumentId;
}

export interface PartsPort {
  parts(space: SpaceId, document: DocumentId): Promise<DocumentParts>;
}

/** Sealed state of this device only. */
export interface LocalPort {
  putLocal(table: string, key: string, body: Uint8Array): Promise<Result<void>>;
  getLocal(table: string, key: string): Promise<Uint8Array | undefined>;
}

export interface PresenceNotice {
  readonly space: SpaceId;
  readonly document: DocumentId;
  readonly device: DeviceId;
  readonly member: MemberId;
  readonly session: string;
  /** Empty = this session left the document. */
  readonly body: Uint8Array;
}

export type LiveEvent =
  | {
      readonly kind: 'entries';
      readonly space: SpaceId;
      readonly document: DocumentId;
      readonly entries: readonly DocumentEntry[];
    }
  | { readonly kind: 'presence'; readonly frame: PresenceNotice }
  /** Who is in changed, or the keys did. */
  | { readonly kind: 'members'; readonly space: SpaceId }
  | {
      readonly kind:
        | 'session'
        | 'spaces'
        | 'invitations'
        | 'join-requests'
        | 'joining'
        | 'notices'
        | 'contacts'
        | 'sync'
        | 'fault'
        | 'alarm'
        | 'personal'
        | 'pairing'
        | 'devices'
        | 'search'
        | 'late-work'
        | 'lost-work'
        | 'outcome'
        | 'nearby';
    };

export interface LivePort {
  /** Who this device is in each space it holds. */
  spaces(): Promise<
    readonly {
      readonly space: SpaceId;
      readonly member: MemberId;
      readonly device: DeviceId;
      readonly role: 'owner' | 'admin' | 'editor' | 'commenter' | 'reader';
    }[]
  >;
  sendPresence(space: SpaceId, document: DocumentId, session: string, body: Uint8Array): Promise<void>;
  subscribe(listener: (event: LiveEvent) => void): () => void;
}

export type EngineSide = EntryPort & PartsPort & LocalPort & LivePort;
