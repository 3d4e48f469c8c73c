/**
 * One space in memory: its access list and where each chain ends, what waits for the next commit included. Pure: it judges
 * and remembers; storing, replying and delivering belong to `relay.ts`.
 */
import type { VerifiedEnvelope } from '../../src/lib/crypto/envelope-seal.ts';
import type { DeviceId, SpaceId } from '../../src/lib/foundation/ids.ts';
import { isChainedType } from '../../src/lib/protocol/envelope.ts';
import type { WireErrorCode } from '../../src/lib/protocol/frame-codes.ts';
import { AccessList } from './acl.ts';
import type { ChainHead, StoredSpace } from './envelope-store.ts';
import type { Limits } from './limits.ts';

export type AppendVerdict =
  | { readonly kind: 'append' }
  /** Its place is taken: by itself (acknowledge once more) or by another (a fork). The store knows which. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly code: WireErrorCode; readonly head: ChainHead | undefined };

export class Room {
  readonly space: SpaceId;
  acl: AccessList;
  readonly #heads: Map<DeviceId, ChainHead>;
  #bytes: number;

  constructor(space: SpaceId, stored: StoredSpace) {
    this.space = space;
    this.acl = new AccessList(stored.acl, stored.aclCounter);
    this.#heads = new Map(stored.heads);
    this.#bytes = stored.bytes;
  }

  get heads(): ReadonlyMap<DeviceId, ChainHead> {
    return this.#heads;
  }

  /** [R3] Whether this envelope, brought by `sender`, extends its chain; its id and signature were verified before. */
  judge(
    envelope: VerifiedEnvelope,
    sender: DeviceId,
    limits: Pick<Limits, 'envelopeBytes' | 'spaceBytes'>,
  ): AppendVerdict {
    const { author, type, seq, prev } = envelope.header;
    const head = this.#heads.get(author);
    const refused = (code: WireErrorCode): AppendVerdict => ({ kind: 'refused', code, head });
    if (!isChainedType(type)) return refused('unknown-type');
    const isCarried = sender !== author && this.acl.canCarry(sender, type, head !== undefined);
    if (!this.acl.isListed(author) && !isCarried) return refused('not-a-member');
    if (envelope.bytes.length > limits.envelopeBytes) return refused('oversized');
    const lastSeq = head?.seq ?? -1;
    if (seq <= lastSeq) return { kind: 'taken' };
    if (!this.acl.canAppend(author, type) && !isCarried) return refused('role-forbids');
    if (seq > lastSeq + 1) return refused('chain-gap');
    if (head !== undefined && prev !== head.id) return refused('chain-fork');
    if (type === 'genesis') return refused('wrong-space');
    if (this.#bytes + envelope.bytes.length > limits.spaceBytes) return refused('quota-exceeded');
    return { kind: 'append' };
  }

  /** The envelope, judged `append`, will be in the next commit. */
  extend(envelope: VerifiedEnvelope): void {
    this.#heads.set(envelope.header.author, { seq: envelope.header.seq, id: envelope.id });
    this.#bytes += envelope.bytes.length;
  }

  /** The commit failed: back to what the store holds. */
  restore(stored: StoredSpace | undefined): void {
    this.acl = new AccessList(stored?.acl ?? [], stored?.aclCounter ?? 0);
    this.#heads.clear();
    for (const [key, head] of stored?.heads ?? []) this.#heads.set(key, head);
    this.#bytes = stored?.bytes ?? 0;
  }
}
