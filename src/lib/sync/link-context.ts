/** What all spaces of one link share. */
import type { Clock } from '../foundation/clock.ts';
import type { SpaceId } from '../foundation/ids.ts';
import type { Scheduler } from '../foundation/scheduler.ts';
import type { Frame } from '../protocol/frames.ts';
import type { SendWindow } from './chain-progress.ts';
import type { Portion } from './portion.ts';
import type { LinkView, SyncHost } from './sync-host.ts';
import type { Transport } from './transport.ts';

export interface LinkContext {
  readonly transport: Transport;
  readonly host: SyncHost;
  readonly view: LinkView;
  /** Elapsed time, never set back. */
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly window: SendWindow;
  send(frame: Frame): void;
  /** [S5] Asked before each FRONTIER of ours, and before each batch leaves. */
  portionOf(space: SpaceId): Promise<Portion>;
  /** Runs work whose failure closes the link. */
  run(work: () => Promise<void>): void;
}
