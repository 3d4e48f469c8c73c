/**
 * Membership operations as data (docs/spec/membership.md). The resolver judges them; the codec beside this file
 * turns them into bytes. Names are stored in cards, never in the clear genesis.
 */
import type { DeviceId, EnvelopeId, IdentityKey, InviteId, MemberId, SpaceId } from '../foundation/ids.ts';

export const ROLES = ['reader', 'commenter', 'editor', 'admin', 'owner'] as const;
/** Ordered: a role's rank is its index in `ROLES`. */
export type Role = (typeof ROLES)[number];

/** A device's public keys in one space. */
export interface DeviceKeys {
  readonly device: DeviceId;
  /** X-Wing public key, 1,216 bytes. */
  readonly kem: Uint8Array;
}

/** A person's self-signed name: the identity key signs (space, memberId, name). */
export interface MemberCard {
  readonly identity: IdentityKey;
  readonly name: string;
  readonly signature: Uint8Array;
}

/** What an invitee signs over all its public keys [I2]; embedded in `admit` so that everyone re-verifies it. */
export interface InviteClaim {
  readonly inviteId: InviteId;
  readonly memberId: MemberId;
  readonly role: Role;
  readonly card: MemberCard;
  readonly keys: DeviceKeys;
  /** Device keys derived from the recovery seed, when the invitee holds one. */
  readonly recovery?: DeviceKeys;
  readonly commitment: Uint8Array;
  /** By the one-use invite key. */
  readonly inviteSignature: Uint8Array;
  /** By the claiming device's key. */
  readonly deviceSignature: Uint8Array;
}

/** Work of a device after this point does not count, unless adopted. */
export interface Cutoff {
  readonly device: DeviceId;
  /** Last accepted seq; −1 when nothing of it was held. */
  readonly seq: number;
  readonly id: EnvelopeId;
}

export interface SpacePolicy {
  readonly historyFrom: 'start' | 'join';
}

/** The space that a private one is shown in, for good. It gives nobody a right in either. */
export interface SpaceParent {
  readonly space: SpaceId;
  readonly kind: 'private' | 'direct';
}

export type MembershipOp =
  | {
      readonly op: 'genesis';
      readonly memberId: MemberId;
      readonly keys: DeviceKeys;
      readonly recovery?: DeviceKeys;
      readonly policy: SpacePolicy;
      /** 16 random bytes. */
      readonly salt: Uint8Array;
      readonly parent?: SpaceParent;
    }
  | { readonly op: 'card.set'; readonly card: MemberCard }
  | {
      readonly op: 'invite.create';
      readonly inviteId: InviteId;
      /** Ed25519 public key derived from the link's seed. */
      readonly invitePk: Uint8Array;
      readonly role: Role;
      readonly maxUses: number;
      /** Milliseconds since 1970; advisory to the admitting device, never judged by replicas [C5]. */
      readonly expiresAt: number;
      readonly approve: boolean;
    }
  | { readonly op: 'invite.revoke'; readonly inviteId: InviteId }
  | { readonly op: 'admit'; readonly memberId: MemberId; readonly role: Role; readonly claim: InviteClaim }
  | { readonly op: 'remove'; readonly memberId: MemberId; readonly cutoffs: readonly Cutoff[] }
  | { readonly op: 'role.set'; readonly memberId: MemberId; readonly role: Role; readonly cutoffs: readonly Cutoff[] }
  | {
      readonly op: 'device.add';
      readonly keys: DeviceKeys;
      readonly name: string;
      /** Of the person's recovery words: new words bring a new one. */
      readonly isRecovery?: true;
    }
  | { readonly op: 'device.rekey'; readonly kem: Uint8Array }
  | { readonly op: 'device.remove'; readonly device: DeviceId; readonly cutoff: Cutoff }
  | { readonly op: 'leave' }
  | { readonly op: 'claim.ownership' }
  | { readonly op: 'adopt' | 'reject'; readonly envelopes: readonly EnvelopeId[]; readonly reason: string }
  | { readonly op: 'policy.set'; readonly policy: SpacePolicy }
  | { readonly op: 'suite.upgrade'; readonly suite: number };

/** The body of a type 0 or type 1 envelope: the operation and its causal parents (≤ 16, sorted; none in a genesis). */
export interface MembershipRecord {
  readonly parents: readonly EnvelopeId[];
  readonly operation: MembershipOp;
}
