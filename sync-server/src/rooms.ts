/** The rooms in memory. A room is loaded when someone asks for it and let go when nobody listens. */
import type { SpaceId } from '../../src/lib/foundation/ids.ts';
import type { EnvelopeStore } from './envelope-store.ts';
import { Room } from './room.ts';

export class Rooms {
  readonly #store: EnvelopeStore;
  readonly #rooms = new Map<SpaceId, Room>();

  constructor(store: EnvelopeStore) {
    this.#store = store;
  }

  get count(): number {
    return this.#rooms.size;
  }

  /** Undefined when the relay does not hold the space. */
  find(space: SpaceId): Room | undefined {
    const held = this.#rooms.get(space);
    if (held !== undefined) return held;
    const stored = this.#store.loadSpace(space);
    if (stored === undefined) return undefined;
    const room = new Room(space, stored);
    this.#rooms.set(space, room);
    return room;
  }

  /** A room whose founding waits for the next commit. */
  found(space: SpaceId): Room {
    const room = new Room(space, { acl: [], aclCounter: 0, heads: new Map(), bytes: 0 });
    this.#rooms.set(space, room);
    return room;
  }

  /** Only for a room with nothing uncommitted. */
  letGo(space: SpaceId): void {
    this.#rooms.delete(space);
  }

  /** A commit failed: every room returns to what the store holds; what it never held is gone. */
  restoreAll(): void {
    for (const [space, room] of this.#rooms) {
      const stored = this.#store.loadSpace(space);
      room.restore(stored);
      if (stored === undefined) this.#rooms.delete(space);
    }
  }
}
