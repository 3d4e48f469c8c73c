/**
 * [R4] The spaces off whose lists one socket's devices were taken. A struck key still fetches what the relay held when it
 * was struck, the word of its own removal among it, and nothing later: it gets nothing live, no list and no presence, and
 * writes nothing. Each visit counts against an allowance of the key.
 */
import type { DeviceId, SpaceId } from '../../src/lib/foundation/ids.ts';
import type { ChainHead, StruckKey } from './envelope-store.ts';
import type { Relay } from './relay.ts';

export class StruckSpaces {
  readonly #relay: Relay;
  readonly #spaces = new Map<SpaceId, StruckKey | undefined>();

  constructor(relay: Relay) {
    this.#relay = relay;
  }

  get size(): number {
    return this.#spaces.size;
  }

  has(space: SpaceId): boolean {
    return this.#spaces.has(space);
  }

  keys(): Iterable<SpaceId> {
    return this.#spaces.keys();
  }

  delete(space: SpaceId): void {
    this.#spaces.delete(space);
  }

  /** What may be read and how far; undefined when nothing, or nothing any more. */
  readable(space: SpaceId): { readonly heads: ReadonlyMap<DeviceId, ChainHead>; readonly until: number } | undefined {
    return this.#spaces.get(space);
  }

  /** The device was taken off just now, on this socket: how far it may still read what it had begun to. */
  onStruck(space: SpaceId, device: DeviceId): number | undefined {
    this.#spaces.set(space, undefined);
    return this.#relay.ports.store.findStruck(space, device)?.until;
  }

  /** A device that is not listed proved itself: true if it was struck and may fetch what there was. */
  welcome(space: SpaceId, device: DeviceId): boolean {
    const { ports, allowances } = this.#relay;
    const struck = ports.store.findStruck(space, device);
    if (struck === undefined || !allowances.struckVisits.take(space + device, 1, ports.clock.nowMs())) return false;
    this.#spaces.set(space, struck);
    return true;
  }

  /** It has what it may have: until it comes again. */
  end(space: SpaceId): void {
    this.#spaces.set(space, undefined);
  }
}
