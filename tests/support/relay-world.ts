/** Engines and the real relay in one process and in virtual time: no link between devices but the relay. */
import { createMemoryLink } from '../../src/lib/adapters/transport/memory-link.ts';
import { SystemRandom } from '../../src/lib/adapters/platform/system-random.ts';
import { isClaimValid } from '../../src/lib/crypto/envelope-seal.ts';
import { plainSigningKeyPairFromSeed } from '../../src/lib/crypto/sign.ts';
import { World, type Device } from '../../src/lib/engine/world.fixture.ts';
import { unwrap } from '../../src/lib/foundation/result.ts';
import { isEnvelopeFrame } from '../../src/lib/protocol/frames.ts';
import { JsonLog } from '../../sync-server/src/json-log.ts';
import { DEFAULT_LIMITS } from '../../sync-server/src/limits.ts';
import { MemoryEnvelopeStore } from '../../sync-server/src/memory-envelope-store.ts';
import { Metrics } from '../../sync-server/src/metrics.ts';
import { Relay } from '../../sync-server/src/relay.ts';

export const ORIGIN = 'wss://relay.test';

export class RelayWorld extends World {
  readonly random = new SystemRandom();
  readonly store = new MemoryEnvelopeStore();
  /** By device, the cut of its socket. */
  readonly cuts = new Map<Device, () => void>();
  /** Devices whose entries get lost on their way to the relay, while all else arrives. */
  readonly losing = new Set<Device>();
  relay = this.#newRelay();

  #newRelay(): Relay {
    return new Relay({
      store: this.store,
      identity: { keys: plainSigningKeyPairFromSeed(new Uint8Array(32).fill(7)) },
      signatures: { check: (claim, then) => then(isClaimValid(claim)) },
      limits: DEFAULT_LIMITS,
      creation: { mode: 'open' },
      clock: this.time,
      random: this.random,
      scheduler: this.time,
      metrics: new Metrics(),
      log: new JsonLog(this.time, () => undefined),
    });
  }

  /** A socket that comes back by itself, as the adapter's does, until it is cut. */
  connect(device: Device): () => void {
    let isCut = false;
    let cutNow = (): void => undefined;
    const dial = (): void => {
      if (isCut) return;
      const link = createMemoryLink({ scheduler: this.time, chance: () => 0.5, sides: ['relay', 'peer'] });
      const [client, end] = link.ends;
      const connection = this.relay.accept(
        {
          send: (batches) => {
            for (const batch of batches) for (const frame of batch.frames) end.send(frame);
          },
          queuedBytes: () => 0,
          pause: () => undefined,
          resume: () => undefined,
          close: () => end.close(),
          destroy: () => end.close(),
        },
        { origin: ORIGIN, address: 'test' },
      );
      end.listen({
        onFrame: (frame) => {
          if (!this.losing.has(device) || !isEnvelopeFrame(frame)) connection.receive(frame.slice());
        },
        onClose: () => {
          connection.onClosed();
          this.time.after(500, dial);
        },
      });
      device.root.attach(client);
      cutNow = () => link.cut();
    };
    dial();
    const cut = (): void => {
      isCut = true;
      cutNow();
    };
    this.cuts.set(device, cut);
    return cut;
  }

  async online(name: string): Promise<Device> {
    const device = await this.person(name);
    unwrap(await device.engine.setRelay(ORIGIN));
    this.connect(device);
    return device;
  }
}
