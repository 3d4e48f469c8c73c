/**
 * [R4] A space's access list. It limits abuse and nothing else: secrecy and authorship never rest on it. A change is
 * signed by a key with A, carries a counter above the last one, and touches only keys of a larger index than its signer's.
 * A listed key without A may let in further keys beside itself, with no more than it has: a person's next device.
 */
import { fail, ok } from '../../src/lib/foundation/result.ts';
import type { Result } from '../../src/lib/foundation/result.ts';
import type { DeviceId, SpaceId } from '../../src/lib/foundation/ids.ts';
import { isAclChangeValid } from '../../src/lib/crypto/auth.ts';
import type { EnvelopeType } from '../../src/lib/protocol/envelope.ts';
import { ACL_BLOCK, CAPABILITY_ADMIN, CAPABILITY_READ, CAPABILITY_WRITE } from '../../src/lib/protocol/relay-frames.ts';
import type { AclChange, AclEntry } from '../../src/lib/protocol/relay-frames.ts';

/** What a key that may only read still has to say: leave, add its own device, hand on a box, attest, tell of a fork. */
const READERS_WRITE: ReadonlySet<EnvelopeType> = new Set(['membership', 'keybox', 'attest', 'testimony']);

export interface SignedAclChange extends AclChange {
  readonly signer: DeviceId;
  readonly signature: Uint8Array;
}

export class AccessList {
  readonly #entries: ReadonlyMap<DeviceId, AclEntry>;
  readonly counter: number;

  constructor(entries: readonly AclEntry[], counter: number) {
    this.#entries = new Map(entries.map((entry) => [entry.key, entry]));
    this.counter = counter;
  }

  /** A genesis makes its author the first in the list. */
  static foundedBy(author: DeviceId): AccessList {
    return new AccessList([{ key: author, caps: CAPABILITY_READ | CAPABILITY_WRITE | CAPABILITY_ADMIN, idx: 0 }], 0);
  }

  isListed(key: DeviceId): boolean {
    return this.#entries.has(key);
  }

  canRead(key: DeviceId): boolean {
    return this.#has(key, CAPABILITY_READ);
  }

  canAppend(key: DeviceId, type: EnvelopeType): boolean {
    return this.#has(key, CAPABILITY_WRITE) || (READERS_WRITE.has(type) && this.canRead(key));
  }

  /**
   * [M8] Late work of a key that was taken off the list, or lowered, still has to reach who decides about it: who may write
   * carries on a chain that is held here, and who could list any key begins one.
   */
  canCarry(sender: DeviceId, type: EnvelopeType, isHeld: boolean): boolean {
    return this.canAppend(sender, type) && (isHeld || this.#has(sender, CAPABILITY_ADMIN));
  }

  /** Sorted by key, as `acl-state` frames want it. */
  sorted(): readonly AclEntry[] {
    return [...this.#entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** The list after the change, or why it is refused; this list stays as it is. The signature is checked last. */
  changed(space: SpaceId, change: SignedAclChange, maxKeys: number): Result<AccessList> {
    const signer = this.#entries.get(change.signer);
    if (signer === undefined) return fail('role-forbids', 'not listed');
    if (!this.#has(change.signer, CAPABILITY_ADMIN) && !this.#isVouching(signer, change))
      return fail('role-forbids', 'no A');
    if (change.counter <= this.counter) return fail('relay-refused', 'counter is not above the last');
    const isBelow = (idx: number | undefined): boolean => idx === undefined || idx > signer.idx;
    for (const entry of change.entries) {
      if (!isBelow(entry.idx) || !isBelow(this.#entries.get(entry.key)?.idx)) return fail('role-forbids', 'index');
    }
    for (const key of change.removed) if (!isBelow(this.#entries.get(key)?.idx)) return fail('role-forbids', 'index');
    const entries = new Map(this.#entries);
    for (const entry of change.entries) entries.set(entry.key, entry);
    for (const key of change.removed) entries.delete(key);
    if (entries.size > maxKeys) return fail('quota-exceeded', 'keys');
    if (!isAclChangeValid(space, change, change)) return fail('bad-signature');
    return ok(new AccessList([...entries.values()], change.counter));
  }

  /** Only new keys, on free places behind the signer's within its block, without A and with no more than the signer has. */
  #isVouching(signer: AclEntry, { entries, removed }: SignedAclChange): boolean {
    const taken = new Set([...this.#entries.values()].map((entry) => entry.idx));
    const endOfBlock = (Math.floor(signer.idx / ACL_BLOCK) + 1) * ACL_BLOCK;
    if (removed.length > 0 || entries.length === 0) return false;
    return entries.every(({ key, caps, idx }) => {
      const isFree = !this.#entries.has(key) && !taken.has(idx) && idx < endOfBlock;
      taken.add(idx);
      return isFree && (caps & CAPABILITY_ADMIN) === 0 && (caps & ~signer.caps) === 0;
    });
  }

  #has(key: DeviceId, capability: number): boolean {
    return ((this.#entries.get(key)?.caps ?? 0) & capability) !== 0;
  }
}
