/**
 * A port does not say when its other end is gone; a Web Lock does. Who connects to the engine holds a lock for life and
 * names it; the engine asks for it, and gets it when that tab or worker has ended. What it had leased is free again.
 */
import type { DocumentId, SpaceId } from '../foundation/ids.ts';
import type { Engine } from '../engine/engine.ts';
import type { EngineControl } from './engine-channel.ts';

/** To be called once at the connecting end. */
export function announceLife(tell: (message: EngineControl) => void): void {
  const lock = `archipel-life-${crypto.randomUUID()}`;
  void navigator.locks.request(lock, async () => {
    tell({ control: 'life', lock });
    await new Promise<never>(() => undefined);
  });
}

/** Calls `onEnd` once whoever announced this lock is gone. */
export function awaitEnd(lock: string, onEnd: () => Promise<void>): void {
  void navigator.locks.request(lock, onEnd);
}

export interface Connection {
  /** The engine for this connection alone. */
  readonly engine: Engine;
  /** [G2] Frees the actors that this connection leased and never gave back, so that actors stay few. */
  readonly end: () => Promise<void>;
}

interface Leased {
  readonly space: SpaceId;
  readonly document: DocumentId;
  readonly generation: number;
}

export function connectionTo(engine: Engine): Connection {
  const leases = new Map<string, Leased>();
  const keyOf = ({ space, document, generation }: Leased): string => `${space}/${document}/${String(generation)}`;
  const own: Pick<Engine, 'leaseActor' | 'releaseActor'> = {
    async leaseActor(space, document) {
      const lease = await engine.leaseActor(space, document);
      if (lease.ok) {
        const { generation } = lease.value;
        leases.set(keyOf({ space, document, generation }), { space, document, generation });
      }
      return lease;
    },
    async releaseActor(space, document, generation) {
      leases.delete(keyOf({ space, document, generation }));
      await engine.releaseActor(space, document, generation);
    },
  };
  return {
    engine: Object.assign(Object.create(engine) as Engine, own),
    async end() {
      const left = [...leases.values()];
      leases.clear();
      for (const { space, document, generation } of left) await engine.releaseActor(space, document, generation);
    },
  };
}
