/**
 * One open document of this device: the only holder of its Automerge value. Remote entries come in through the gate, in
 * one apply per tick; local changes are applied at once and leave through the outbox. What an edit or an apply changed
 * is told by `changed` before anything else happens to the document.
 */
import type { Clock } from '../foundation/clock.ts';
import type { ActorId, DeviceId, DocumentId, MemberId, SpaceId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import { ok, type Failure, type Result } from '../foundation/result.ts';
import type { Scheduler } from '../foundation/scheduler.ts';
import { A, type Doc } from './automerge.ts';
import type { ActorOwner, ActorTable } from './actor-table.ts';
import { ApplyPace } from './apply-pace.ts';
import type { DocumentSchema } from './document-schema.ts';
import type { DocumentEntry, EntryPort, LeasedActor, LocalPort } from './entry-port.ts';
import type { Admission, IngestGate } from './gate/ingest-gate.ts';
import { toPlainChunk } from './gate/plain-chunk.ts';
import { REPLICA_TABLE, loadReplica, readSubmissions, type LoadedReplica } from './load-replica.ts';
import { Outbox } from './outbox.ts';
import { encodeSnapshot } from './snapshot-body.ts';
import { MAX_SNAPSHOT_BYTES, SnapshotKeeper } from './snapshot-keeper.ts';
import { encodeStoredReplica } from './stored-replica.ts';
import { clearUnread } from './unread-mark.ts';
import { encodeUpdate } from './update-body.ts';

const STORE_DELAY_MS = 2_000;
const MOST_LEASES = 8;

export type ReplicaEvent =
  | { readonly kind: 'changed'; readonly before: Doc; readonly after: Doc; readonly by: 'local' | 'remote' }
  /** A proof failed and the document was begun again: nothing of the one before may be used. */
  | { readonly kind: 'rebuilt' }
  | { readonly kind: 'pending' | 'durable' }
  | { readonly kind: 'problem'; readonly failure: Failure };

export interface ReplicaOptions {
  readonly space: SpaceId;
  readonly document: DocumentId;
  readonly schema: DocumentSchema;
  readonly member: MemberId;
  readonly device: DeviceId;
  readonly port: EntryPort & LocalPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly onEvent: (event: ReplicaEvent) => void;
  /** Called right before others' changes are applied: what is not yet a change must become one. */
  readonly beforeApply: () => void;
}

export class Replica {
  readonly #options: ReplicaOptions;
  readonly #lease: LeasedActor;
  readonly #gate: IngestGate;
  readonly #actors: ActorTable;
  readonly #outbox: Outbox;
  readonly #snapshots: SnapshotKeeper;
  readonly #pace: ApplyPace;
  readonly #incoming: DocumentEntry[] = [];
  #doc: Doc;
  #seenPosition: number;
  #tick: Promise<void> | undefined;
  #cancelStore: (() => void) | undefined;
  #isClosed = false;

  private constructor(options: ReplicaOptions, lease: LeasedActor, loaded: LoadedReplica) {
    this.#options = options;
    this.#lease = lease;
    this.#gate = loaded.gate;
    this.#actors = loaded.actors;
    this.#doc = loaded.doc;
    this.#seenPosition = loaded.seenPosition;
    this.#pace = new ApplyPace({ ...options, apply: () => void this.applyIncoming() });
    this.#outbox = new Outbox({
      ...options,
      onStored: () => undefined,
      onDrained: () => {
        options.onEvent({ kind: 'durable' });
        this.#storeLater();
      },
      onFailure: (failure) => options.onEvent({ kind: 'problem', failure }),
    });
    this.#snapshots = new SnapshotKeeper({
      ...options,
      heads: () => A.getHeads(this.#doc),
      hasHeads: (heads) => A.hasHeads(this.#doc, [...heads]),
      publish: (kind, heads) => void this.#publishSnapshot(kind, heads),
    });
    this.#settle(loaded.admission);
    for (const entry of loaded.snapshots) this.#snapshots.noteSnapshot(entry);
  }

  static async load(options: ReplicaOptions): Promise<Result<Replica>> {
    const { space, document, port } = options;
    const leased: LeasedActor[] = [];
    for (;;) {
      const lease = await port.leaseActor(space, document);
      if (!lease.ok) return lease;
      leased.push(lease.value);
      const loaded = await loadReplica({ ...options, actor: lease.value.actor });
      // An own change that cannot be applied here would be repeated under its number: write as another actor then.
      if (leased.length < MOST_LEASES && loaded.gate.isBlocked(lease.value.actor)) continue;
      await loaded.actors.learn({ author: options.device, member: options.member, generation: lease.value.generation });
      for (const spare of leased.slice(0, -1)) await port.releaseActor(space, document, spare.generation);
      return ok(new Replica(options, lease.value, loaded));
    }
  }

  get doc(): Doc {
    return this.#doc;
  }

  get isDurable(): boolean {
    return this.#outbox.isEmpty;
  }

  get seenPosition(): number {
    return this.#seenPosition;
  }

  memberOf(actor: ActorId): MemberId | undefined {
    return this.#actors.memberOf(actor);
  }

  ownerOf(actor: ActorId): ActorOwner | undefined {
    return this.#actors.ownerOf(actor);
  }

  /** Entries as the engine announces them, in any order, own ones included. */
  receive(entries: readonly DocumentEntry[]): void {
    this.#incoming.push(...entries);
    if (this.#tick !== undefined || this.#isClosed) return;
    this.#pace.request(this.#incoming.every((entry) => entry.isOwn) ? 'self' : 'others');
  }

  /** The person typed, and sees it: now is the time for what waits. */
  noteKey(): void {
    this.#pace.noteKey();
  }

  /** Applies what has arrived now; normally the tick does. */
  async applyIncoming(): Promise<void> {
    while (this.#tick !== undefined) await this.#tick;
    if (this.#incoming.length === 0) return;
    this.#tick = this.#applyBatch(this.#incoming.splice(0)).finally(() => {
      this.#tick = undefined;
    });
    await this.#tick;
    if (this.#incoming.length > 0) this.receive([]);
  }

  /** Applies a local change made by `change` and sends it on its way; false when it changed nothing. */
  commit(change: (doc: Doc) => Doc): boolean {
    const before = this.#doc;
    const heads = A.getHeads(before);
    const after = change(before);
    this.#doc = after;
    const chunks = A.getChangesSince(after, heads);
    for (const chunk of chunks) {
      const body = encodeUpdate({ generation: this.#lease.generation, chunk: toPlainChunk(chunk) });
      this.#options.onEvent({ kind: 'pending' });
      this.#outbox.push(body);
      this.#snapshots.noteUpdate(body.length);
    }
    if (chunks.length > 0) this.#options.onEvent({ kind: 'changed', before, after, by: 'local' });
    return chunks.length > 0;
  }

  /** Resolves once every local change is durable, or the disk has refused (then a `problem` was told). */
  async flush(): Promise<void> {
    await this.#outbox.drain();
    await this.#store();
  }

  /** Ends the replica; false when changes are still not durable, and then it stays alive. */
  async close(): Promise<boolean> {
    await this.flush();
    if (!this.#outbox.isEmpty) return false;
    this.#isClosed = true;
    this.#pace.stop();
    while (this.#tick !== undefined) await this.#tick;
    this.#outbox.stop();
    this.#snapshots.stop();
    await this.#options.port.releaseActor(this.#options.space, this.#options.document, this.#lease.generation);
    A.free(this.#doc);
    return true;
  }

  async #applyBatch(entries: readonly DocumentEntry[]): Promise<void> {
    const { submissions, voided } = await readSubmissions(entries, this.#actors);
    const startMs = this.#options.clock.nowMs();
    this.#options.beforeApply();
    const before = this.#doc;
    const admission = this.#gate.admit(before, submissions);
    this.#doc = admission.doc;
    this.#pace.noteApplied(startMs, this.#options.clock.nowMs());
    this.#seenPosition = Math.max(this.#seenPosition, ...entries.map((entry) => entry.position));
    this.#settle({ ...admission, voided: [...voided, ...admission.voided] });
    for (const entry of entries) if (entry.type === 'snapshot') this.#snapshots.noteSnapshot(entry);
    if (admission.isRebuilt) this.#options.onEvent({ kind: 'rebuilt' });
    else if (admission.doc !== before) {
      this.#options.onEvent({ kind: 'changed', before, after: admission.doc, by: 'remote' });
    }
    if (admission.admitted.length > 0 && this.#gate.hasDropped) await this.#readAgain();
  }

  /** [G8] */
  #settle(admission: Admission): void {
    for (const { id, code } of admission.voided) void this.#options.port.voidEntry(this.#options.space, id, code);
    for (const { id, code } of admission.quarantined)
      this.#options.onEvent({ kind: 'problem', failure: { code, detail: id } });
    for (const { bytes } of admission.admitted) this.#snapshots.noteUpdate(bytes.length);
    if (admission.admitted.length > 0) this.#storeLater();
  }

  /** What had no room while it waited is in the log still. */
  async #readAgain(): Promise<void> {
    this.#gate.forgetDropped();
    this.receive(await this.#options.port.entries(this.#options.space, this.#options.document, -1));
  }

  #storeLater(): void {
    if (this.#cancelStore !== undefined || this.#isClosed) return;
    this.#cancelStore = this.#options.scheduler.after(STORE_DELAY_MS, () => void this.#store());
  }

  /** Only what the log holds may be cached: a change that exists nowhere else would be known here and nowhere. */
  async #store(): Promise<void> {
    this.#cancelStore?.();
    this.#cancelStore = undefined;
    if (!this.#outbox.isEmpty) return;
    const { port, document, device, onEvent } = this.#options;
    const position = this.#gate.settledPosition(this.#seenPosition);
    const body = encodeStoredReplica({ device, position, owners: this.#actors.owners(), bytes: A.save(this.#doc) });
    const stored = await port.putLocal(REPLICA_TABLE, document, body);
    if (stored.ok) await clearUnread(port, document);
    else onEvent({ kind: 'problem', failure: stored.error });
  }

  async #publishSnapshot(kind: 'snapshot' | 'confirmation', heads: readonly string[]): Promise<void> {
    const { port, space, document, onEvent } = this.#options;
    if (!this.#outbox.isEmpty) return;
    const bytes = kind === 'snapshot' ? A.save(this.#doc) : new Uint8Array(0);
    if (bytes.length > MAX_SNAPSHOT_BYTES) return;
    const body = encodeSnapshot({ heads, owners: kind === 'snapshot' ? this.#actors.owners() : [], bytes });
    const appended = await port.append({ space, document, type: 'snapshot', body });
    // A snapshot is a convenience; where newcomers may not read the history there is none.
    if (!appended.ok && appended.error.code !== 'closed-to-newcomers')
      onEvent({ kind: 'problem', failure: appended.error });
  }
}
