/**
 * An immutable map from hex ids to values, a 16-way trie whose branches hold only what is there: `set` copies the short
 * path to the leaf, so that a state per operation costs little and every state may be kept. Entries come in the order
 * of their ids on every replica.
 */
interface Leaf<V> {
  readonly key: string;
  readonly value: V;
}
interface Branch<V> {
  /** Bit d is set when a slot for digit d is there. */
  readonly digits: number;
  readonly slots: readonly Slot<V>[];
}
type Slot<V> = Leaf<V> | Branch<V>;

const EMPTY_BRANCH: Branch<never> = { digits: 0, slots: [] };

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

function isBranch<V>(slot: Slot<V>): slot is Branch<V> {
  return 'slots' in slot;
}

function bitAt(key: string, depth: number): number {
  const code = key.charCodeAt(depth);
  return 1 << (code <= 57 ? code - 48 : code - 87);
}

/** How many slots stand before the one of `bit`. */
function countBelow(digits: number, bit: number): number {
  let rest = digits & (bit - 1);
  rest -= (rest >> 1) & 0x5555;
  rest = (rest & 0x3333) + ((rest >> 2) & 0x3333);
  rest = (rest + (rest >> 4)) & 0x0f0f;
  return (rest + (rest >> 8)) & 0x1f;
}

function find<V>(root: Branch<V>, key: string): Leaf<V> | undefined {
  let branch = root;
  for (let depth = 0; depth < key.length; depth++) {
    const bit = bitAt(key, depth);
    if ((branch.digits & bit) === 0) return undefined;
    const slot = branch.slots[countBelow(branch.digits, bit)];
    if (slot === undefined) return undefined;
    if (!isBranch(slot)) return slot.key === key ? slot : undefined;
    branch = slot;
  }
  return undefined;
}

function insert<V>(branch: Branch<V>, leaf: Leaf<V>, depth: number): Branch<V> {
  const bit = bitAt(leaf.key, depth);
  const at = countBelow(branch.digits, bit);
  const present = (branch.digits & bit) === 0 ? undefined : branch.slots[at];
  if (present === undefined) return { digits: branch.digits | bit, slots: withSlot(branch.slots, at, leaf) };
  const slots = branch.slots.slice();
  if (isBranch(present)) slots[at] = insert(present, leaf, depth + 1);
  else if (present.key === leaf.key) slots[at] = leaf;
  else slots[at] = insert(insert<V>(EMPTY_BRANCH, present, depth + 1), leaf, depth + 1);
  return { digits: branch.digits, slots };
}

function withSlot<V>(slots: readonly Slot<V>[], at: number, added: Slot<V>): readonly Slot<V>[] {
  const grown: Slot<V>[] = [];
  for (let i = 0; i < at; i++) grown.push(slots[i] as Slot<V>);
  grown.push(added);
  for (let i = at; i < slots.length; i++) grown.push(slots[i] as Slot<V>);
  return grown;
}

function* leaves<V>(branch: Branch<V>): Generator<Leaf<V>> {
  for (const slot of branch.slots) {
    if (isBranch(slot)) yield* leaves(slot);
    else yield slot;
  }
}
