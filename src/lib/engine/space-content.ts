/**
 * Updates and snapshots of one space: opened, judged by role at their mref [M8][M9], and given out. What cannot be
 * judged yet waits, is told of when it can, and is given again to whoever read past its place meanwhile.
 */
import type { DeviceId, DocumentId, EnvelopeId, EpochId, MemberId } from '../foundation/ids.ts';
import { ZERO_DOCUMENT } from '../foundation/ids.ts';
import { openEnvelope } from '../crypto/envelope-seal.ts';
import type { LogStore, StoredEntry } from '../log/log-store.ts';
import { CborRecord } from '../protocol/cbor-record.ts';
import { cborMap, encodeCbor } from '../protocol/cbor.ts';
import { decodeSnapshot, encodeSnapshot, type SnapshotFrontier } from '../protocol/snapshot.ts';
import { bytesToHex, hexToBytes } from '../foundation/bytes.ts';
import type { OpenedEntry } from './engine.ts';
import type { Governance } from './governance.ts';
import { heldEnvelope } from './held-envelope.ts';

export interface ContentPorts {
  readonly store: LogStore;
  readonly device: DeviceId;
  readonly member: MemberId;
  /** This device's notes on the space, sealed; absent at first. */
  readonly loadNotes: () => Promise<Uint8Array | undefined>;
  readonly saveNotes: (notes: Uint8Array) => Promise<void>;
  /** [M8] Something came too late. */
  readonly onLate: () => void;
}

type Opening =
  | { readonly kind: 'opened'; readonly entry: OpenedEntry; readonly covers: readonly SnapshotFrontier[] }
  | { readonly kind: 'waiting'; readonly for: EpochId | 'membership' }
  | { readonly kind: 'quarantined'; readonly late: LateEntry }
  | { readonly kind: 'void' };

/** [M8] Work that came past its author's cutoff, and whether an admin turned it away. */
export interface LateEntry {
  readonly entry: OpenedEntry;
  readonly isSetAside: boolean;
}

/** An entry that opened when others behind it had been read already. */
interface OpenedLater {
  readonly position: number;
  /** The last position when it opened: who read up to here or less may have missed it. */
  readonly openedAt: number;
}

const PAGE = 512;
const MAX_NOTED = 65_536;
const MAX_LATE = 4096;

export class SpaceContent {
  readonly #ports: ContentPorts;
  readonly #governance: Governance;
  /** Positions of entries that may still open, and for want of which epoch, or of what membership says. */
  readonly #waiting = new Map<number, EpochId | 'membership'>();
  readonly #voided = new Set<EnvelopeId>();
  #late: OpenedLater[] = [];

  constructor(governance: Governance, ports: ContentPorts) {
    this.#governance = governance;
    this.#ports = ports;
  }

  async load(): Promise<void> {
    const notes = await this.#ports.loadNotes();
    if (notes !== undefined) this.#readNotes(notes);
  }

  /** Of entries just stored those that may be given out now. */
  async receive(entries: readonly StoredEntry[]): Promise<readonly OpenedEntry[]> {
    const opened: OpenedEntry[] = [];
    for (const entry of entries) {
      if (!isContent(entry)) continue;
      const opening = this.#open(entry);
      if (opening.kind === 'opened') opened.push(opening.entry);
      else this.#wait(entry.position, opening);
      if (opening.kind === 'quarantined') this.#ports.onLate();
    }
    if (opened.length < entries.filter(isContent).length) await this.#saveNotes();
    return opened;
  }

  /** Called after membership or keys grew: what waited and opens now. */
  async retryWaiting(): Promise<readonly OpenedEntry[]> {
    const { content } = this.#governance.keys;
    const ripe = [...this.#waiting].flatMap(([position, wanted]) =>
      wanted === 'membership' || content.hasEpoch(wanted) ? [position] : [],
    );
    if (ripe.length === 0) return [];
    const opened: OpenedEntry[] = [];
    for await (const entry of this.#readAll(ripe.sort((a, b) => a - b))) {
      const opening = this.#open(entry);
      this.#waiting.delete(entry.position);
      if (opening.kind === 'opened') {
        opened.push(opening.entry);
        this.#late.push({ position: entry.position, openedAt: this.#governance.position });
      } else this.#wait(entry.position, opening);
    }
    this.#late = this.#late.slice(-MAX_LATE);
    await this.#saveNotes();
    return opened;
  }

  /** Entries of a document after a position, oldest first; from the start without what an own snapshot covers. */
  async entries(document: DocumentId, afterPosition: number): Promise<readonly OpenedEntry[]> {
    const stored = await this.#readDocument(document, afterPosition);
    for (const { position, openedAt } of afterPosition === 0 ? [] : this.#late) {
      if (position > afterPosition || openedAt < afterPosition) continue;
      const entry = await this.#readAt(position);
      if (entry !== undefined) stored.push(entry);
    }
    const covered = afterPosition === 0 ? this.#newestOwnSnapshot(stored) : undefined;
    return stored
      .sort((a, b) => a.position - b.position)
      .filter((entry) =>
        entry.type === 'snapshot'
          ? covered === undefined || entry.position >= covered.position
          : (covered?.seqs.get(entry.author) ?? -1) < entry.seq,
      )
      .map((entry) => this.#open(entry))
      .flatMap((opening) => (opening.kind === 'opened' && opening.entry.document === document ? [opening.entry] : []));
  }

  /** [C2] Every update of a document but those that one chain holds from a place on; snapshots may hold them, and are left out. */
  async updatesWithout(
    document: DocumentId,
    { device, fromSeq }: { readonly device: DeviceId; readonly fromSeq: number },
  ): Promise<readonly OpenedEntry[]> {
    const stored = await this.#readDocument(document, 0);
    return this.openAll(
      stored.filter(({ type, author, seq }) => type === 'update' && (author !== device || seq < fromSeq)),
    ).filter((entry) => entry.document === document);
  }

  /** Of the given ones those that may be given out. */
  openAll(entries: readonly StoredEntry[]): readonly OpenedEntry[] {
    return entries
      .filter(isContent)
      .map((entry) => this.#open(entry))
      .flatMap((opening) => (opening.kind === 'opened' ? [opening.entry] : []));
  }

  /** [M8] What waits for an admin's word or was turned away, in order of arrival. */
  async lateEntries(): Promise<readonly LateEntry[]> {
    const late: LateEntry[] = [];
    const asked = [...this.#waiting].flatMap(([position, wanted]) => (wanted === 'membership' ? [position] : []));
    for await (const entry of this.#readAll(asked.sort((a, b) => a - b))) {
      const opening = this.#open(entry);
      if (opening.kind === 'quarantined') late.push(opening.late);
    }
    return late;
  }

  /** [G8] */
  async voidEntry(id: EnvelopeId): Promise<void> {
    this.#voided.add(id);
    await this.#saveNotes();
  }

  /** The body of a snapshot that holds everything of the document up to a position. */
  async snapshotBody(document: DocumentId, body: Uint8Array, coversPosition: number): Promise<Uint8Array> {
    const seqs = new Map<DeviceId, number>();
    for (const entry of coversPosition === 0 ? [] : await this.#readDocument(document, 0)) {
      // Late entries aside: an author's later entry may cover one that is still waiting, so a chain stops there.
      if (entry.position > coversPosition || entry.type !== 'update' || this.#open(entry).kind !== 'opened') continue;
      seqs.set(entry.author, Math.max(seqs.get(entry.author) ?? -1, entry.seq));
    }
    for (const position of this.#waiting.keys()) {
      const entry = await this.#readAt(position);
      const seq = entry === undefined ? undefined : seqs.get(entry.author);
      if (entry !== undefined && seq !== undefined && seq >= entry.seq) seqs.delete(entry.author);
    }
    const frontier = [...seqs].map(([device, seq]) => ({ device, seq })).sort((a, b) => (a.device < b.device ? -1 : 1));
    return encodeSnapshot({ documentId: document, heads: [], frontier, body });
  }

  #newestOwnSnapshot(
    stored: readonly StoredEntry[],
  ): { readonly position: number; readonly seqs: ReadonlyMap<DeviceId, number> } | undefined {
    for (let i = stored.length - 1; i >= 0; i--) {
      const entry = stored[i];
      if (entry?.type !== 'snapshot') continue;
      const opening = this.#open(entry);
      if (opening.kind !== 'opened' || opening.entry.member !== this.#ports.member || opening.covers.length === 0)
        continue;
      return { position: entry.position, seqs: new Map(opening.covers.map(({ device, seq }) => [device, seq])) };
    }
    return undefined;
  }

  async #readDocument(document: DocumentId, afterPosition: number): Promise<StoredEntry[]> {
    const { content } = this.#governance.keys;
    const tags = content.epochs().map((epoch) => content.tagOf(epoch, document));
    const found: StoredEntry[] = [];
    if (tags.length === 0) return found;
    for (let after = afterPosition; ;) {
      const page = await this.#ports.store.read(this.#governance.space, {
        by: 'tags',
        tags,
        afterPosition: after,
        limit: PAGE,
      });
      found.push(...page.filter(isContent));
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return found;
      after = last.position;
    }
  }

  #wait(position: number, opening: Opening): void {
    if (opening.kind === 'waiting') this.#waiting.set(position, opening.for);
    // An adoption may still let it in.
    if (opening.kind === 'quarantined') this.#waiting.set(position, 'membership');
  }

  /** The content entries at the given positions, ascending, a page at a time. */
  async *#readAll(positions: readonly number[]): AsyncGenerator<StoredEntry> {
    for (let i = 0; i < positions.length;) {
      const from = positions[i] ?? 0;
      const page = await this.#ports.store.read(this.#governance.space, {
        by: 'arrival',
        afterPosition: from - 1,
        limit: PAGE,
      });
      const byPosition = new Map(page.map((entry) => [entry.position, entry]));
      const end = page.at(-1)?.position ?? from;
      for (let next = positions[i]; next !== undefined && next <= Math.max(end, from); next = positions[++i]) {
        const entry = byPosition.get(next);
        if (entry !== undefined && isContent(entry)) yield entry;
        else this.#waiting.delete(next);
      }
    }
  }

  async #readAt(position: number): Promise<StoredEntry | undefined> {
    const [entry] = await this.#ports.store.read(this.#governance.space, {
      by: 'arrival',
      afterPosition: position - 1,
      limit: 1,
    });
    return entry?.position === position && isContent(entry) ? entry : undefined;
  }

  #open(entry: StoredEntry): Opening {
    if (this.#voided.has(entry.id) || (entry.type !== 'update' && entry.type !== 'snapshot')) return { kind: 'void' };
    const envelope = heldEnvelope(entry);
    const payload = openEnvelope(envelope, this.#governance.keys.content);
    if (!payload.ok)
      return payload.error.code === 'unknown-epoch'
        ? { kind: 'waiting', for: envelope.header.epoch }
        : { kind: 'void' };
    const { documentId: document, body, claimedTime } = payload.value;
    if (document === ZERO_DOCUMENT) return { kind: 'void' };
    const { id, space, position, author, seq, type } = entry;
    const kind = Number.parseInt(document.slice(0, 2), 16);
    const judgement = this.#governance.history.judge({ id, author, seq, type, kind, mref: envelope.header.mref });
    const isSetAside = this.#governance.history.current().verdicts.get(id) === 'rejected';
    const isLate = judgement === 'quarantined' || (isSetAside && judgement !== 'accepted');
    if (judgement !== 'accepted' && !isLate)
      return judgement.refused === 'unknown-membership' ? { kind: 'waiting', for: 'membership' } : { kind: 'void' };
    const member = this.#governance.history.current().memberOf(author)?.id;
    if (member === undefined) return { kind: 'void' };
    const place = {
      id,
      space,
      document,
      position,
      type,
      author,
      member,
      isOwn: author === this.#ports.device,
      claimedTime,
    };
    if (isLate) return { kind: 'quarantined', late: { entry: { ...place, body }, isSetAside } };
    if (type === 'update') return { kind: 'opened', covers: [], entry: { ...place, body } };
    const snapshot = decodeSnapshot(body);
    if (!snapshot.ok || snapshot.value.documentId !== document) return { kind: 'void' };
    return { kind: 'opened', covers: snapshot.value.frontier, entry: { ...place, body: snapshot.value.body } };
  }

  async #saveNotes(): Promise<void> {
    const notes = cborMap(
      [0, [...this.#waiting.keys()].sort((a, b) => a - b).slice(0, MAX_NOTED)],
      [1, [...this.#voided].slice(-MAX_NOTED).map(hexToBytes)],
      [2, this.#late.map(({ position, openedAt }) => [position, openedAt])],
    );
    await this.#ports.saveNotes(encodeCbor(notes));
  }

  #readNotes(bytes: Uint8Array): void {
    const limits = { maxDepth: 4, maxItems: 4 * MAX_NOTED };
    const notes = CborRecord.decode(
      bytes,
      'space notes',
      (record) => ({
        waiting: record.list(0, MAX_NOTED),
        voided: record.list(1, MAX_NOTED),
        late: record.list(2, MAX_LATE),
      }),
      limits,
    );
    if (!notes.ok) return;
    for (const position of notes.value.waiting)
      if (typeof position === 'number') this.#waiting.set(position, 'membership');
    for (const id of notes.value.voided) if (id instanceof Uint8Array) this.#voided.add(bytesToHex(id) as EnvelopeId);
    for (const pair of notes.value.late) {
      const [position, openedAt] = Array.isArray(pair) ? (pair as readonly unknown[]) : [];
      if (typeof position === 'number' && typeof openedAt === 'number') this.#late.push({ position, openedAt });
    }
  }
}

function isContent(entry: StoredEntry): boolean {
  return entry.type === 'update' || entry.type === 'snapshot';
}
