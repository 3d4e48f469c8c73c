/**
 * An always-on node that stores and forwards what it cannot read, as the relay's protocol says [R3], or lies about it.
 * It shares no code with the real relay: what devices must survive is decided here.
 */
import { concatBytes, equalBytes, utf8 } from '../../src/lib/foundation/bytes.ts';
import { idToBytes, ZERO_ENVELOPE } from '../../src/lib/foundation/ids.ts';
import type { DeviceId, SpaceId } from '../../src/lib/foundation/ids.ts';
import type { LogEntry } from '../../src/lib/log/log-store.ts';
import { id16Of } from '../../src/lib/protocol/attest.ts';
import { decodeFrame, encodeFrame, relayBinding, type Frame } from '../../src/lib/protocol/frames.ts';
import type { Transport } from '../../src/lib/sync/transport.ts';
import { verifyPlain, type Keyring } from './plain-envelopes.ts';
import type { SeededRandom } from './seeded-random.ts';

export const RELAY_LIES = [
  'none',
  'forgets',
  'garbles',
  'withholds',
  'rolls-back',
  'splits',
  'replays',
  'refuses',
] as const;
export type RelayLie = (typeof RELAY_LIES)[number];

interface Client {
  readonly transport: Transport;
  readonly nonce: Uint8Array;
  device: DeviceId | undefined;
  isSubscribed: boolean;
}

const ORIGIN = 'https://relay.example';

export class RelayNode {
  readonly #keys: Keyring;
  readonly #random: SeededRandom;
  readonly #key: DeviceId;
  readonly lie: RelayLie;
  readonly chains = new Map<DeviceId, LogEntry[]>();
  readonly #clients = new Set<Client>();

  constructor(keys: Keyring, random: SeededRandom, lie: RelayLie) {
    this.#keys = keys;
    this.#random = random;
    this.lie = lie;
    this.#key = keys.newKey('relay');
  }

  get binding(): Uint8Array {
    return relayBinding({ origin: ORIGIN, key: idToBytes(this.#key) });
  }

  accept(transport: Transport): void {
    const client: Client = { transport, nonce: this.#random.bytes(32), device: undefined, isSubscribed: false };
    this.#clients.add(client);
    transport.listen({
      onFrame: (bytes) => {
        const frame = decodeFrame(bytes);
        if (frame.ok) this.#handle(client, frame.value);
      },
      onClose: () => this.#clients.delete(client),
    });
  }

  /** Loses the end of a chain, as a restored backup would. */
  rollBack(): void {
    const chain = this.#random.pick([...this.chains.values()]);
    chain?.splice(this.#random.below(chain.length + 1));
  }

  #handle(client: Client, frame: Frame): void {
    switch (frame.kind) {
      case 'hello':
        this.#send(client, {
          kind: 'hello',
          version: 1,
          side: 'relay',
          nonce: client.nonce,
          relay: { key: idToBytes(this.#key), origin: ORIGIN },
        });
        this.#send(client, {
          kind: 'proof',
          signature: this.#keys.sign(this.#key, [utf8(ORIGIN), idToBytes(this.#key), frame.nonce]),
        });
        return;
      case 'auth': {
        const message = [
          utf8('auth'),
          concatBytes(this.binding),
          client.nonce,
          idToBytes(frame.space),
          idToBytes(frame.device),
        ];
        if (!equalBytes(frame.nonce, client.nonce) || !this.#keys.isSigned(frame.device, message, frame.signature))
          return;
        client.device = frame.device;
        this.#send(client, { kind: 'welcome', space: frame.space, device: frame.device });
        return;
      }
      case 'ping':
        this.#send(client, { kind: 'ping' });
        return;
      case 'sub':
        client.isSubscribed = client.device !== undefined && frame.isOn;
        return;
      case 'frontier':
        if (client.device !== undefined) this.#level(client, frame);
        return;
      case 'want':
        for (const [from, to] of frame.ranges) {
          for (const entry of (this.chains.get(frame.device) ?? []).slice(from, to + 1)) this.#deliver(client, entry);
        }
        return;
      case 'env':
        if (client.device !== undefined) this.#store(client, frame.bytes);
        return;
      case 'eph':
        for (const other of this.#clients) if (other !== client && other.isSubscribed) this.#send(other, frame);
        return;
      default:
    }
  }

  #level(client: Client, { space, chains }: Extract<Frame, { kind: 'frontier' }>): void {
    const told = [...this.chains].filter(([device, chain]) => chain.length > 0 && this.#shows(client, device));
    this.#send(client, {
      kind: 'frontier',
      space,
      mode: 'full',
      chains: told
        .map(([device, chain]) => ({
          device,
          intervals: [[0, chain.length - 1] as const],
          head: id16Of(chain.at(-1)?.id ?? ZERO_ENVELOPE),
        }))
        .sort((a, b) => (a.device < b.device ? -1 : 1)),
    });
    const held = new Map(chains.map((chain) => [chain.device, chain.intervals.at(-1)?.[1] ?? -1]));
    for (const [device, chain] of told)
      for (const entry of chain.slice((held.get(device) ?? -1) + 1)) this.#deliver(client, entry);
  }

  #store(client: Client, bytes: Uint8Array): void {
    const entry = verifyPlain(this.#keys, bytes)?.entry;
    if (entry === undefined) return;
    const chain = this.chains.get(entry.author) ?? [];
    this.chains.set(entry.author, chain);
    const place = { space: entry.space, device: entry.author };
    const head = chain.at(-1);
    if (this.lie === 'refuses' && this.#random.chance() < 0.3) {
      this.#nack(client, place, 'quota-exceeded', head);
      return;
    }
    const isKnown = chain[entry.seq]?.id === entry.id;
    const extendsChain = entry.seq === chain.length && entry.prev === (head?.id ?? ZERO_ENVELOPE);
    if (!isKnown && !extendsChain) {
      this.#nack(client, place, entry.seq > chain.length ? 'chain-gap' : 'chain-fork', head);
      return;
    }
    this.#send(client, { kind: 'ack', ...place, seq: entry.seq, id16: id16Of(entry.id) });
    if (isKnown || (this.lie === 'forgets' && this.#random.chance() < 0.3)) return;
    chain.push(entry);
    for (const other of this.#clients)
      if (other !== client && other.isSubscribed && this.#shows(other, entry.author)) this.#deliver(other, entry);
  }

  #nack(
    client: Client,
    place: { readonly space: SpaceId; readonly device: DeviceId },
    code: 'chain-gap' | 'chain-fork' | 'quota-exceeded',
    head: LogEntry | undefined,
  ): void {
    const known = head === undefined ? {} : { head: { seq: head.seq, id16: id16Of(head.id) } };
    this.#send(client, { kind: 'nack', ...place, code, ...known });
  }

  #deliver(client: Client, entry: LogEntry): void {
    if (this.lie === 'garbles' && this.#random.chance() < 0.1) {
      const bytes = entry.bytes.slice();
      const at = this.#random.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << this.#random.below(8));
      this.#send(client, { kind: 'env', bytes });
      return;
    }
    this.#send(client, { kind: 'env', bytes: entry.bytes });
    if (this.lie !== 'replays') return;
    const old = this.#random.pick(this.#random.pick([...this.chains.values()]) ?? []);
    if (old !== undefined) this.#send(client, { kind: 'env', bytes: old.bytes });
  }

  /** Which authors this client is let see. */
  #shows(client: Client, author: DeviceId): boolean {
    if (this.lie === 'withholds') return [...this.chains.keys()][0] !== author;
    if (this.lie === 'splits') return parity(client.device) === parity(author) || client.device === author;
    return true;
  }

  #send(client: Client, frame: Frame): void {
    client.transport.send(encodeFrame(frame));
  }
}

function parity(device: DeviceId | undefined): number {
  return (device ?? '0').charCodeAt(0) % 2;
}
