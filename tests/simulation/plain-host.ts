/**
 * The least that may stand behind a reconciler: it verifies, keeps what it cannot judge yet, stores and tells. Its
 * membership is one list that grows, its epochs one list that grows; both must be known before what rests on them.
 */
import { hexToBytes } from '../../src/lib/foundation/bytes.ts';
import { idFromBytes } from '../../src/lib/foundation/ids.ts';
import type { DeviceId, EpochId, SpaceId } from '../../src/lib/foundation/ids.ts';
import type { LogEntry, LogStore, StoredEntry } from '../../src/lib/log/log-store.ts';
import type { OfferOutcome, SyncHost } from '../../src/lib/sync/sync-host.ts';
import type { RemovalPast } from '../../src/lib/sync/portion.ts';
import { verifyPlain, type Keyring, type PlainEnvelope } from './plain-envelopes.ts';

const MAX_PENDING = 512;

export class PlainHost implements SyncHost {
  readonly #store: LogStore;
  readonly #keys: Keyring;
  readonly #onForeign: () => void;
  readonly #members = new Set<DeviceId>();
  /** Who was put out, by the hand of the story, and what stands before that. */
  readonly removed = new Map<DeviceId, RemovalPast>();
  readonly #epochs = new Set<EpochId>();
  #pending: PlainEnvelope[] = [];
  #space: SpaceId | undefined;
  ephemeral: Uint8Array[] = [];

  constructor(options: { readonly store: LogStore; readonly keys: Keyring; readonly onForeign: () => void }) {
    this.#store = options.store;
    this.#keys = options.keys;
    this.#onForeign = options.onForeign;
  }

  get space(): SpaceId | undefined {
    return this.#space;
  }
  isMember(device: DeviceId): boolean {
    return this.#members.has(device);
  }
  latestEpoch(): EpochId | undefined {
    return [...this.#epochs].at(-1);
  }

  async open(space: SpaceId): Promise<void> {
    this.#space = space;
    const types = ['genesis', 'membership', 'epoch'] as const;
    for (const entry of await this.#store.read(space, { by: 'types', types, afterPosition: 0, limit: Infinity }))
      this.apply(entry);
  }

  /** Takes a stored entry into the membership and the epochs. */
  apply(entry: LogEntry): void {
    if (entry.type === 'genesis') this.#members.add(entry.author);
    if (entry.type === 'epoch') this.#epochs.add(idFromBytes('EpochId', hexToBytes(entry.id)));
    if (entry.type !== 'membership') return;
    const body = verifyPlain(this.#keys, entry.bytes)?.body;
    if (body?.length === 32) this.#members.add(idFromBytes('DeviceId', body));
  }

  spaces(): Promise<readonly SpaceId[]> {
    return Promise.resolve(this.#space === undefined ? [] : [this.#space]);
  }
  frontier(space: SpaceId): ReturnType<SyncHost['frontier']> {
    return this.#store.heads(space);
  }
  read(space: SpaceId, author: DeviceId, fromSeq: number, limit: number): Promise<readonly StoredEntry[]> {
    return this.#store.read(space, { by: 'author', author, fromSeq, limit });
  }
  onHeld(): void {
    // The plain host shows nobody what is pending.
  }
  onEphemeral(bytes: Uint8Array): void {
    this.ephemeral.push(bytes);
  }

  async offer(envelopes: readonly Uint8Array[]): Promise<readonly OfferOutcome[]> {
    const outcomes: OfferOutcome[] = [];
    let isNew = false;
    for (const bytes of envelopes) {
      const outcome = await this.#offerOne(bytes);
      outcomes.push(outcome);
      isNew ||= outcome.kind === 'stored';
    }
    if (isNew) await this.#retryPending();
    if (isNew) this.#onForeign();
    return outcomes;
  }

  async #offerOne(bytes: Uint8Array): Promise<OfferOutcome> {
    const envelope = verifyPlain(this.#keys, bytes);
    if (envelope === undefined) return { kind: 'refused', code: 'bad-signature' };
    if (envelope.entry.space !== this.#space) return { kind: 'refused', code: 'wrong-space' };
    if (this.#isJudgeable(envelope)) return this.#insert(envelope);
    if (this.#pending.length < MAX_PENDING) this.#pending.push(envelope);
    return { kind: 'pending', space: envelope.entry.space, author: envelope.entry.author };
  }

  #isJudgeable({ entry, epoch, header }: PlainEnvelope): boolean {
    if (entry.type === 'genesis') return true;
    return this.#members.has(entry.author) && (header.flags.clear || this.#epochs.has(epoch));
  }

  async #insert({ entry }: PlainEnvelope): Promise<OfferOutcome> {
    const [outcome] = await this.#store.insert(entry.space, [entry]);
    if (outcome === undefined) throw new Error('insert answers for each entry');
    const { space, author, seq, id } = entry;
    if (outcome.kind === 'stored') this.apply(entry);
    return outcome.kind === 'stored' || outcome.kind === 'known'
      ? { kind: outcome.kind, space, author, seq, id }
      : { kind: outcome.kind, space, author };
  }

  async #retryPending(): Promise<void> {
    for (let isMoving = true; isMoving;) {
      isMoving = false;
      const ready = this.#pending
        .filter((envelope) => this.#isJudgeable(envelope))
        .sort((a, b) => a.entry.seq - b.entry.seq);
      if (ready.length === 0) return;
      this.#pending = this.#pending.filter((envelope) => !ready.includes(envelope));
      for (const envelope of ready) if ((await this.#insert(envelope)).kind === 'stored') isMoving = true;
    }
  }
}
