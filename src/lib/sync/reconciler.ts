/**
 * The one state machine that makes two logs equal over any Transport (docs/spec/sync.md, rules S1–S6). It does not know
 * what a relay, a mesh, a tab or a file is: what must be proven before anything is served follows from `side` alone.
 */
import type { Clock } from '../foundation/clock.ts';
import type { SpaceId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import type { Scheduler } from '../foundation/scheduler.ts';
import type { WireErrorCode } from '../protocol/frame-codes.ts';
import type { Frame } from '../protocol/frames.ts';
import { Link } from './link.ts';
import type { LinkProof, SyncHost } from './sync-host.ts';
import type { Transport } from './transport.ts';

export function createReconciler(options: ReconcilerOptions): Reconciler {
  return new Link(options);
}

export interface ReconcilerOptions {
  readonly transport: Transport;
  readonly host: SyncHost;
  /** Not needed on tab and file links. */
  readonly proof?: LinkProof;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** How long a relay may stay silent; `RELAY_SILENCE_MS` unless a slow network needs more. */
  readonly relaySilenceMs?: number;
  /** Frames that are not about levelling logs: relay requests' answers, file chunks. */
  readonly onOtherFrame?: (frame: Frame) => void;
  readonly onStatus?: () => void;
  /** Called once. `error` is set when our own side failed. */
  readonly onClose?: (reason: { readonly code: WireErrorCode | undefined; readonly error?: unknown }) => void;
}

export interface SpaceLinkStatus {
  readonly space: SpaceId;
  readonly state: 'proving' | 'shared' | 'refused';
  readonly code: WireErrorCode | undefined;
  /** The other side told where its chains end. */
  readonly isHeard: boolean;
  /** Entries that the other side is known to lack, and that we lack. */
  readonly ahead: number;
  readonly behind: number;
  /** Both sides hold the same, as far as they told each other. */
  readonly isLevel: boolean;
}

export interface LinkStatus {
  readonly phase: 'greeting' | 'open' | 'closed';
  readonly spaces: readonly SpaceLinkStatus[];
}

/**
 * `own`: this device appended entries, which leave at once. `foreign`: another link brought some; they are forwarded
 * unless the other side has them already. `access`: spaces, membership or the relay's list changed: look again at all.
 */
export type PokeReason = 'own' | 'foreign' | 'access';

export interface Reconciler {
  poke(space: SpaceId | undefined, reason: PokeReason): void;
  /** [P4] Sends a presence or signal envelope if its space is shared on this link. */
  sendEphemeral(bytes: Uint8Array): void;
  /** Sends a frame of another conversation (mailbox, access list, chunks) over the same link. */
  send(frame: Frame): void;
  /** Compares frontiers now instead of at the next round. */
  compareNow(): void;
  status(): LinkStatus;
  /** Resolves when nothing received is unhandled and nothing is being sent. */
  settled(): Promise<void>;
  close(code?: WireErrorCode): void;
}
