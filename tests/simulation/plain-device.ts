/** A device over the plain host: a durable log, one reconciler per link, and nothing else. */
import { MemoryLogStore } from '../../src/lib/adapters/storage/memory-log-store.ts';
import { concatBytes, hexToBytes, utf8 } from '../../src/lib/foundation/bytes.ts';
import { ZERO_ENVELOPE, ZERO_EPOCH, ZERO_SPACE } from '../../src/lib/foundation/ids.ts';
import type { DeviceId, SpaceId } from '../../src/lib/foundation/ids.ts';
import type { ChainHead, LogEntry } from '../../src/lib/log/log-store.ts';
import type { EnvelopeType } from '../../src/lib/protocol/envelope.ts';
import { createReconciler, type Reconciler } from '../../src/lib/sync/reconciler.ts';
import type { Challenge, DeviceProof, LinkProof } from '../../src/lib/sync/sync-host.ts';
import type { Transport } from '../../src/lib/sync/transport.ts';
import { sealPlain, type Keyring } from './plain-envelopes.ts';
import { PlainHost } from './plain-host.ts';
import type { DeviceFactory, DeviceSetup, SimulatedDevice } from './simulated-device.ts';
import { SlowStore } from './slow-store.ts';

export function plainDevices(keys: Keyring): DeviceFactory {
  return (setup) => new PlainDevice(setup, keys);
}

export class PlainDevice implements SimulatedDevice {
  readonly id: DeviceId;
  readonly host: PlainHost;
  readonly links = new Set<Reconciler>();
  readonly #setup: DeviceSetup;
  readonly #keys: Keyring;
  readonly #store: SlowStore;
  readonly #proof: LinkProof;
  #isDead = false;

  constructor(setup: DeviceSetup, keys: Keyring) {
    this.#setup = setup;
    this.#keys = keys;
    this.id = keys.newKey(setup.name);
    this.#store = new SlowStore({
      inner: new MemoryLogStore(setup.disk),
      scheduler: setup.scheduler,
      delayMs: () => setup.random.chance() * 4,
      onStored: setup.onStored,
    });
    this.host = new PlainHost({ store: this.#store, keys, onForeign: () => this.#poke('foreign') });
    this.#proof = this.#makeProof();
  }

  async found(): Promise<SpaceId> {
    const author = this.id;
    const genesis = sealPlain(this.#keys, {
      space: ZERO_SPACE,
      author,
      seq: 0,
      prev: ZERO_ENVELOPE,
      type: 'genesis',
      epoch: ZERO_EPOCH,
      body: utf8('genesis'),
    });
    await this.#store.append(genesis.space, author, () => [genesis]);
    await this.join(genesis.space);
    await this.rotate();
    return genesis.space;
  }

  async join(space: SpaceId): Promise<void> {
    await this.host.open(space);
    this.#poke('access');
  }

  admit(device: DeviceId): Promise<void> {
    return this.#append('membership', hexToBytes(device));
  }
  rotate(): Promise<void> {
    return this.#append('epoch', utf8('epoch'));
  }
  write(text: string): Promise<void> {
    return this.#append('update', utf8(text));
  }

  connect(transport: Transport, onClose: () => void): void {
    const link = createReconciler({
      transport,
      host: this.host,
      proof: this.#proof,
      clock: this.#setup.clock,
      scheduler: this.#setup.scheduler,
      random: this.#setup.random,
      onClose: ({ error }) => {
        this.links.delete(link);
        if (this.#isDead) return;
        if (error !== undefined) this.#setup.onFault(error);
        onClose();
      },
    });
    this.links.add(link);
  }

  kill(): void {
    this.#isDead = true;
    this.#store.kill();
    for (const link of this.links) link.close();
  }

  async #append(type: EnvelopeType, body: Uint8Array): Promise<void> {
    const space = this.host.space;
    const epoch = this.host.latestEpoch();
    if (space === undefined || (epoch === undefined && type !== 'epoch') || !this.host.isMember(this.id)) return;
    const seal = (head: ChainHead | undefined): readonly LogEntry[] => {
      const place = { seq: head === undefined ? 0 : head.seq + 1, prev: head?.id ?? ZERO_ENVELOPE };
      return [sealPlain(this.#keys, { space, author: this.id, ...place, type, epoch: epoch ?? ZERO_EPOCH, body })];
    };
    for (const entry of await this.#store.append(space, this.id, seal)) this.host.apply(entry);
    this.#poke(type === 'update' ? 'own' : 'access');
    if (type !== 'update') this.#poke('own');
  }

  #poke(reason: 'own' | 'foreign' | 'access'): void {
    if (!this.#isDead) for (const link of this.links) link.poke(undefined, reason);
  }

  /** A newcomer does not know yet who is a member, and asks anyone whose signature is good. */
  #mayAsk(device: DeviceId): boolean {
    return !this.host.isMember(this.id) || this.host.isMember(device);
  }

  #makeProof(): LinkProof {
    const message = ({ space, nonce, binding }: Challenge, device: DeviceId) => [
      utf8('auth'),
      concatBytes(binding),
      nonce,
      hexToBytes(space),
      hexToBytes(device),
    ];
    return {
      prove: (challenge) =>
        Promise.resolve({ device: this.id, signature: this.#keys.sign(this.id, message(challenge, this.id)) }),
      verify: (challenge: Challenge, { device, signature }: DeviceProof) =>
        Promise.resolve(
          device !== this.id &&
            (this.host.removed.has(device) || this.#mayAsk(device)) &&
            this.#keys.isSigned(device, message(challenge, device), signature),
        ),
      portionOf: (_space, device) => {
        const past = this.host.removed.get(device);
        if (past !== undefined) return Promise.resolve(past);
        return Promise.resolve(this.host.isMember(device) ? 'all' : this.#mayAsk(device) ? 'ends' : 'nothing');
      },
      verifyRelay: (relay, nonce, signature) => {
        const device = this.#keys.newKey('relay');
        return Promise.resolve(this.#keys.isSigned(device, [utf8(relay.origin), relay.key, nonce], signature));
      },
    };
  }
}
