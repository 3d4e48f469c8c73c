/** What is said of each space's sync: told when it changes, and no more often than people read. */
import type { Scheduler } from '../foundation/scheduler.ts';
import type { LogStore } from '../log/log-store.ts';
import type { OwnParts } from './devices/own-parts.ts';
import type { EngineEvents } from './engine-events.ts';
import type { SyncStatus } from './engine.ts';
import type { Links } from './links.ts';
import type { SpaceReplica } from './space-replica.ts';
import type { Spaces } from './spaces.ts';
import type { OnFault } from './turns.ts';
import type { Vault } from './vault.ts';
import type { Recovery } from './ways-back/recovery.ts';

export interface SyncStatusesPorts {
  readonly vault: Vault;
  readonly spaces: Spaces;
  readonly store: LogStore;
  readonly links: Links;
  readonly recovery: Recovery;
  readonly own: OwnParts;
  readonly events: EngineEvents;
  readonly scheduler: Scheduler;
  readonly onFault: OnFault;
}

/** Changes come with every frame. */
const PAUSE_MS = 250;

export class SyncStatuses {
  readonly #ports: SyncStatusesPorts;
  #cancel: (() => void) | undefined;

  constructor(ports: SyncStatusesPorts) {
    this.#ports = ports;
  }

  change(): void {
    const { scheduler, onFault } = this.#ports;
    this.#cancel ??= scheduler.after(PAUSE_MS, () => {
      this.#cancel = undefined;
      this.#tell().catch(onFault);
    });
  }

  stop(): void {
    this.#cancel?.();
  }

  async of(replica: SpaceReplica): Promise<SyncStatus> {
    const { store, vault, links, recovery } = this.#ports;
    const heads = await store.heads(replica.space);
    const headSeq = heads.get(replica.secrets.device)?.seq ?? -1;
    const relayUrl = vault.isOpen ? vault.secrets.relayUrl : '';
    const status = links.statusOf(replica.space, { headSeq, relayUrl });
    const isUnlisted = relayUrl !== '' && recovery.isUnlisted(replica);
    // Who waits to be let in is on no list yet: that is no trouble.
    const isAwaited = replica.secrets.standing === 'joining' && status.relay === 'refused';
    const told: SyncStatus = isAwaited ? { ...status, relay: 'connecting' } : status;
    return isUnlisted ? { ...told, pending: told.pending + 1 } : told;
  }

  async #tell(): Promise<void> {
    const { spaces, own, recovery, events } = this.#ports;
    own.forks.onLinks();
    for (const replica of spaces.all()) {
      if (replica.secrets.standing === 'restoring') await recovery.advance(replica);
      if (!own.space.isOwn(replica.space)) events.emit({ kind: 'sync', status: await this.of(replica) });
    }
  }
}
