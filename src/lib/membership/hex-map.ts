/**
 * An immutable map from hex ids to values, a 16-way trie: `set` copies only the path to the leaf, so that a state
 * per operation costs little and every state may be kept. Entries come in the order of their ids on every replica.
 */
interface Leaf<V> {
  readonly key: string;
  readonly value: V;
}
type Branch<V> = readonly Slot<V>[];
type Slot<V> = Leaf<V> | Branch<V> | undefined;

const EMPTY_BRANCH: Branch<never> = Array.from({ length: 16 }, () => undefined);

export class HexMap<K extends string, V> {
  readonly #root: Branch<V>;
  readonly size: number;

  private constructor(root: Branch<V>, size: number) {
    this.#root = root;
    this.size = size;
  }

  static empty<K extends string, V>(): HexMap<K, V> {
    return new HexMap<K, V>(EMPTY_BRANCH, 0);
  }

  get(key: K): V | undefined {
    return find(this.#root, key)?.value;
  }

  has(key: K): boolean {
    return find(this.#root, key) !== undefined;
  }

  set(key: K, value: V): HexMap<K, V> {
    const isNew = !this.has(key);
    return new HexMap<K, V>(insert(this.#root, { key, value }, 0), this.size + (isNew ? 1 : 0));
  }

  *entries(): Generator<readonly [K, V]> {
    for (const leaf of leaves(this.#root)) yield [leaf.key as K, leaf.value];
  }

  *values(): Generator<V> {
    for (const leaf of leaves(this.#root)) yield leaf.value;
  }

  *keys(): Generator<K> {
    for (const leaf of leaves(this.#root)) yield leaf.key as K;
  }
}

function isBranch<V>(slot: Leaf<V> | Branch<V>): slot is Branch<V> {
  return Array.isArray(slot);
}

function digit(key: string, depth: number): number {
  const code = key.charCodeAt(depth);
  return code <= 57 ? code - 48 : code - 87;
}

function find<V>(root: Branch<V>, key: string): Leaf<V> | undefined {
  let branch = root;
  for (let depth = 0; depth < key.length; depth++) {
    const slot: Slot<V> = branch[digit(key, depth)];
    if (slot === undefined) return undefined;
    if (!isBranch(slot)) return slot.key === key ? slot : undefined;
    branch = slot;
  }
  return undefined;
}

function insert<V>(branch: Branch<V>, leaf: Leaf<V>, depth: number): Branch<V> {
  const at = digit(leaf.key, depth);
  const slot = branch[at];
  const copy = branch.slice();
  if (slot === undefined) copy[at] = leaf;
  else if (isBranch(slot)) copy[at] = insert(slot, leaf, depth + 1);
  else if (slot.key === leaf.key) copy[at] = leaf;
  else copy[at] = insert(insert<V>(EMPTY_BRANCH, slot, depth + 1), leaf, depth + 1);
  return copy;
}

function* leaves<V>(branch: Branch<V>): Generator<Leaf<V>> {
  for (const slot of branch) {
    if (slot === undefined) continue;
    if (isBranch(slot)) yield* leaves(slot);
    else yield slot;
  }
}
