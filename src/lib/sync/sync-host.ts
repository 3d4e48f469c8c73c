/**
 * What the reconciler needs from the program above it: a log that verifies before it stores, and proofs of keys. The
 * engine implements both; the simulator has a small one. Everything named here is sealed bytes and clear headers.
 */
import type { ErrorCode } from '../foundation/error-codes.ts';
import type { DeviceId, EnvelopeId, SpaceId } from '../foundation/ids.ts';
import type { ChainState, StoredEntry } from '../log/log-store.ts';
import type { Portion } from './portion.ts';
import type { Transport } from './transport.ts';

/** The link a call is about. One object per link, equal by identity. */
export interface LinkView {
  readonly side: Transport['side'];
}

/** What became of one envelope that a link brought. Every kind but `refused` means that its signature was good. */
export type OfferOutcome =
  /** It is durable here, now or before: it will be acknowledged. */
  | {
      readonly kind: 'stored' | 'known';
      readonly space: SpaceId;
      readonly author: DeviceId;
      readonly seq: number;
      readonly id: EnvelopeId;
    }
  /**
   * Its epoch or its membership heads are not known yet. The host keeps it and stores it when they come; if it cannot,
   * nothing is lost, for the chain did not advance and the next FRONTIER asks again.
   */
  | { readonly kind: 'pending'; readonly space: SpaceId; readonly author: DeviceId }
  /** Its chain ends before it. */
  | { readonly kind: 'gap'; readonly space: SpaceId; readonly author: DeviceId }
  /** Another entry stands in its place: the host keeps the proof and raises the alarm. */
  | { readonly kind: 'fork'; readonly space: SpaceId; readonly author: DeviceId }
  /** Refused for good; `chain` is named once the signature was checked, so that its sender can stop. */
  | {
      readonly kind: 'refused';
      readonly code: ErrorCode;
      readonly chain?: { readonly space: SpaceId; readonly author: DeviceId };
    };

export interface SyncHost {
  /** The spaces to level over this link. Asked again at every `poke`. */
  spaces(link: LinkView): Promise<readonly SpaceId[]>;
  /** Where every chain of the space ends here, durable entries only. */
  frontier(space: SpaceId): Promise<ReadonlyMap<DeviceId, ChainState>>;
  /** Entries of one chain from a seq on, in chain order; fewer than `limit` only at the end. */
  read(space: SpaceId, device: DeviceId, fromSeq: number, limit: number): Promise<readonly StoredEntry[]>;
  /** Verifies, stores and announces; outcomes in input order. Never throws on hostile bytes. */
  offer(envelopes: readonly Uint8Array[], from: LinkView): Promise<readonly OfferOutcome[]>;
  /** The other side durably holds the chain up to `seq`: what an ACK or a FRONTIER said. */
  onHeld(held: { readonly space: SpaceId; readonly device: DeviceId; readonly seq: number }, by: LinkView): void;
  /** A presence or signal envelope, unverified, already rate-limited [P4]. */
  onEphemeral(bytes: Uint8Array, from: LinkView): void;
}

export interface Challenge {
  readonly space: SpaceId;
  /** The challenger's, from its hello. */
  readonly nonce: Uint8Array;
  /** `Transport.binding`, or a relay's origin ‖ key once it proved that key. */
  readonly binding: Uint8Array;
}

export interface DeviceProof {
  readonly device: DeviceId;
  readonly signature: Uint8Array;
}

/** Proofs of keys over a channel [S5][R1][P2]. Tab and file links never ask for one. */
export interface LinkProof {
  /** This device's proof for a space, or undefined if it has no key there. */
  prove(challenge: Challenge): Promise<DeviceProof | undefined>;
  /** True iff the signature is good, the device is not this one, and some portion of the space is its. */
  verify(challenge: Challenge, proof: DeviceProof): Promise<boolean>;
  /**
   * Asked before each serving, for membership may have changed since the proof: `all` only for a device *known* to be
   * active. A newcomer that has not seen its own admission cannot know who is, and tells anyone where its chains end.
   * The same object as long as it says the same.
   */
  portionOf(space: SpaceId, device: DeviceId): Promise<Portion>;
  /** True iff this relay is the one that was meant, and signed our nonce with its key. */
  verifyRelay(
    relay: { readonly origin: string; readonly key: Uint8Array },
    nonce: Uint8Array,
    signature: Uint8Array,
  ): Promise<boolean>;
}
