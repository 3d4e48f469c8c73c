/**
 * The engine as the rest of the program sees it: sealed bytes and keys below, plaintext bodies above. Every method
 * crosses a worker border, so arguments and results are structured-cloneable and every call is asynchronous. No
 * method exports a key [V2]. Bodies are opaque bytes: the engine knows no Automerge and no schema.
 */
import type { ActorId, DeviceId, DocumentId, EnvelopeId, InviteId, MemberId, SpaceId } from '../foundation/ids.ts';
import type { ErrorCode } from '../foundation/error-codes.ts';
import type { Result } from '../foundation/result.ts';
import type { KeyingCalls } from './keying/keying-calls.ts';
import type { NearbyCalls, NearbyEvent } from './nearby/nearby-calls.ts';
import type { Role } from '../protocol/membership-op.ts';
import type { DevicesEngineCalls, DevicesEvent } from './devices/devices-calls.ts';
import type { PersonalEngineCalls, PersonalEvent } from './personal/personal-calls.ts';
import type { WaysBackCalls, WaysBackEvent } from './ways-back/ways-back-calls.ts';
import type { StewardshipEngine } from './stewardship/stewardship-calls.ts';
import type { TrustEngineCalls } from './trust/trust-calls.ts';

/** How the keys are kept at rest on this device. `device` = no lock, chosen knowingly. */
export type Protection = { readonly kind: 'passphrase'; readonly passphrase: string } | { readonly kind: 'device' };

export type Language = 'fr' | 'en';

export type SessionState =
  | { readonly kind: 'blank' }
  /** The browser erased this site's storage: a canary is missing [V4]. */
  | { readonly kind: 'wiped' }
  | { readonly kind: 'locked'; readonly retryAfterMs: number }
  | {
      readonly kind: 'open';
      /** The person's name as set on this device; empty until asked. */
      readonly name: string;
      readonly protection: Protection['kind'];
      /** The person has shown that the recovery words are written down. */
      readonly wordsConfirmed: boolean;
      /** Minutes without activity before the engine locks itself; 0 = never. Only meaningful with a passphrase. */
      readonly autoLockMinutes: number;
      /** Base URL of the relay, or empty when none is set. */
      readonly relayUrl: string;
    };

export interface SpaceSummary {
  readonly space: SpaceId;
  readonly member: MemberId;
  readonly device: DeviceId;
  readonly role: Role;
  readonly index: DocumentId;
  /** False until the first membership state was received and the invitee's own admission verified [I4]. */
  readonly isReady: boolean;
  /** Brought back on this device, readable, and not confirmed yet by a relay or another device: nothing is written. */
  readonly isRestoring?: boolean;
  /** [C2] Others hold another chain of this device: it is read, and written in again once new keys were taken. */
  readonly isForked?: boolean;
  readonly memberCount: number;
  /** The space that this one is shown in: a private channel or a direct message. */
  readonly parent?: { readonly space: SpaceId; readonly kind: 'private' | 'direct' };
}

export interface MemberView {
  readonly member: MemberId;
  readonly name: string;
  readonly role: Role;
  readonly isSelf: boolean;
  readonly isActive: boolean;
  readonly devices: readonly {
    readonly device: DeviceId;
    readonly name: string;
    readonly isActive: boolean;
    readonly isRecovery: boolean;
  }[];
}

export interface InvitationView {
  readonly invite: InviteId;
  readonly role: Role;
  readonly expiresAt: number;
  readonly usesLeft: number;
  readonly state: 'open' | 'used' | 'expired' | 'revoked';
  /** [I3] Whoever follows it waits for an approval by voice. */
  readonly approve: boolean;
  /** The link, on the device that made it only. */
  readonly link: string | undefined;
  /** The name of the member of the parent who was asked by letter, on the device that did so only. */
  readonly asked?: string;
}

export interface SyncStatus {
  readonly space: SpaceId;
  readonly relay: 'none' | 'offline' | 'connecting' | 'connected' | 'refused';
  /** Devices other than this one reached directly right now. */
  readonly peers: number;
  /** Own entries that no relay has acknowledged yet, and one more while its recovery list does not name the space. */
  readonly pending: number;
  /** Milliseconds since 1970 of the last moment when relay or a peer held all we hold; undefined if never. */
  readonly syncedAt: number | undefined;
}

/** One opened update or snapshot, verified, authorised by role at its mref, in an order its author's chain allows. */
export interface OpenedEntry {
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

export interface ActorLease {
  readonly actor: ActorId;
  readonly generation: number;
}

export interface PresenceFrame {
  readonly space: SpaceId;
  readonly document: DocumentId;
  readonly device: DeviceId;
  readonly member: MemberId;
  /** Distinguishes two tabs of one device. */
  readonly session: string;
  /** Empty = this session left the document. */
  readonly body: Uint8Array;
}

export type EngineEvent =
  | WaysBackEvent
  | NearbyEvent
  | { readonly kind: 'session'; readonly session: SessionState }
  | { readonly kind: 'spaces'; readonly spaces: readonly SpaceSummary[] }
  | { readonly kind: 'members'; readonly space: SpaceId }
  | { readonly kind: 'invitations'; readonly space: SpaceId }
  /** [M8] Late work came, or was decided on. */
  | { readonly kind: 'late-work'; readonly space: SpaceId }
  /** [M5] Something late turned an outcome round, or the news of it was dismissed. */
  | { readonly kind: 'outcome'; readonly space: SpaceId }
  /** Who waits at the door of a space, and what this device hears at another's. */
  | { readonly kind: 'join-requests' | 'joining' | 'notices'; readonly space: SpaceId }
  /** A mark on somebody was set or taken away, here or on another device of this person. */
  | { readonly kind: 'contacts' }
  /** Positions may be lower than ones given before: an entry that opened late, when its key or its author's role came. */
  | {
      readonly kind: 'entries';
      readonly space: SpaceId;
      readonly document: DocumentId;
      readonly entries: readonly OpenedEntry[];
    }
  | { readonly kind: 'sync'; readonly status: SyncStatus }
  | { readonly kind: 'presence'; readonly frame: PresenceFrame }
  | PersonalEvent
  | DevicesEvent
  /** Work that nobody waits for failed: a full disk, a storage error. */
  | { readonly kind: 'fault'; readonly code: ErrorCode }
  | {
      readonly kind: 'alarm';
      readonly space: SpaceId;
      readonly alarm: 'gap' | 'fork' | 'stale' | 'own-fork' | 'wrong-box';
      readonly device: DeviceId | undefined;
    };

export interface Engine
  extends
    PersonalEngineCalls,
    WaysBackCalls,
    StewardshipEngine,
    NearbyCalls,
    DevicesEngineCalls,
    TrustEngineCalls,
    KeyingCalls {
  // Session
  session(): Promise<SessionState>;
  /** First use: makes the identity and the recovery seed and opens the session. */
  setUp(options: {
    readonly protection: Protection;
    readonly language: Language;
    readonly name: string;
  }): Promise<Result<void>>;
  unlock(passphrase: string): Promise<Result<void>>;
  lock(): Promise<void>;
  setProtection(protection: Protection): Promise<Result<void>>;
  setName(name: string): Promise<Result<void>>;
  setAutoLock(minutes: number): Promise<Result<void>>;
  setRelay(url: string): Promise<Result<void>>;
  /** Restarts the auto-lock delay; called on user activity, throttled by the caller. */
  touch(): Promise<void>;
  /** The recovery words, shown once more only after the passphrase was given again (where there is one). */
  recoveryWords(passphrase: string | undefined): Promise<Result<readonly string[]>>;
  /** The person typed the asked words back: the second way in exists [V4]. */
  confirmWords(answers: readonly { readonly index: number; readonly word: string }[]): Promise<Result<void>>;
  /** On a blank device: identity and every space's keys from the words; content follows from relay or peers. */
  restore(options: {
    readonly words: string;
    readonly protection: Protection;
    readonly relayUrl: string;
  }): Promise<Result<{ readonly spaces: readonly SpaceId[] }>>;

  // Spaces and people
  createSpace(): Promise<Result<SpaceSummary>>;
  spaces(): Promise<readonly SpaceSummary[]>;
  forgetSpace(space: SpaceId): Promise<Result<void>>;
  members(space: SpaceId): Promise<readonly MemberView[]>;
  setRole(space: SpaceId, member: MemberId, role: Role): Promise<Result<void>>;
  removeMember(space: SpaceId, member: MemberId): Promise<Result<void>>;
  leave(space: SpaceId): Promise<Result<void>>;
  invite(
    space: SpaceId,
    options: {
      readonly role: Role;
      readonly days: number;
      readonly maxUses: number;
      /** [I3] Ask before anyone is let in; always so for admins and owners. */
      readonly approve?: boolean;
    },
  ): Promise<Result<InvitationView>>;
  invitations(space: SpaceId): Promise<readonly InvitationView[]>;
  revokeInvitation(space: SpaceId, invite: InviteId): Promise<Result<void>>;
  /** Posts this device's signed claim and joins as soon as an admitting device answers. */
  acceptInvitation(link: string, name: string): Promise<Result<SpaceId>>;

  // Content
  /** Seals, signs and stores one body, compressed where that helps; resolves once durable on this device. */
  append(entry: {
    readonly space: SpaceId;
    readonly document: DocumentId;
    readonly type: 'update' | 'snapshot';
    readonly body: Uint8Array;
    /** Of a snapshot: every entry given out up to this position is in it; readers of this person then skip those. */
    readonly coversPosition?: number;
  }): Promise<Result<{ readonly id: EnvelopeId; readonly position: number }>>;
  /** Opened entries of a document after a position, oldest first; quarantined and unauthorised ones are left out. */
  entries(space: SpaceId, document: DocumentId, afterPosition: number): Promise<readonly OpenedEntry[]>;
  /** [G2] An actor no other open replica of this device uses; reuses free generations so that actors stay few. */
  leaseActor(space: SpaceId, document: DocumentId): Promise<Result<ActorLease>>;
  releaseActor(space: SpaceId, document: DocumentId, generation: number): Promise<void>;
  /** [G2] The actor that `author` must use at `generation`, for the gate. */
  actorOf(author: DeviceId, document: DocumentId, generation: number): Promise<ActorId>;
  /** [G8] The documents side refused an entry for good: it is never emitted again, and told. */
  voidEntry(space: SpaceId, id: EnvelopeId, code: string): Promise<void>;

  // Sealed local state (projections, search index, drafts) [V3]
  putLocal(table: string, key: string, body: Uint8Array): Promise<Result<void>>;
  getLocal(table: string, key: string): Promise<Uint8Array | undefined>;
  deleteLocal(table: string, key: string): Promise<void>;

  // Presence, sync, carrying by hand
  sendPresence(space: SpaceId, document: DocumentId, session: string, body: Uint8Array): Promise<void>;
  syncStatus(): Promise<readonly SyncStatus[]>;
  /** Asks every link for what it has now instead of waiting for the next round. */
  syncNow(): Promise<void>;
  exportBundle(space: SpaceId): Promise<Result<Uint8Array>>;
  /** `waiting`: good, but what they need is not in the file; another bundle or link brings them again. */
  importBundle(bytes: Uint8Array): Promise<
    Result<{
      readonly space: SpaceId;
      readonly stored: number;
      readonly known: number;
      readonly waiting: number;
      readonly refused: number;
    }>
  >;

  /** Events from now on; the returned function ends it. */
  subscribe(listener: (event: EngineEvent) => void): () => void;
}
