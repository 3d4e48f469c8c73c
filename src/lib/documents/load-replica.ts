/**
 * Brings a document up from what this device holds: its sealed cache where there is one, then every entry after it
 * through the gate, in one batch. Without a cache a trusted snapshot saves the long way.
 */
import type { ActorId, DeviceId, DocumentId, MemberId, SpaceId } from '../foundation/ids.ts';
import { ActorTable, MAX_GENERATION } from './actor-table.ts';
import { A, type Doc } from './automerge.ts';
import type { DocumentSchema } from './document-schema.ts';
import type { DocumentEntry, EntryPort, LocalPort } from './entry-port.ts';
import { decodeChangeChunk } from './gate/change-chunk.ts';
import { IngestGate, type Admission, type Submission } from './gate/ingest-gate.ts';
import { chooseSnapshot, type Snapshot } from './snapshot-body.ts';
import { decodeStoredReplica } from './stored-replica.ts';
import { readUnread } from './unread-mark.ts';
import { decodeUpdate } from './update-body.ts';

export const REPLICA_TABLE = 'replica';

export interface LoadOptions {
  readonly space: SpaceId;
  readonly document: DocumentId;
  readonly schema: DocumentSchema;
  readonly port: EntryPort & LocalPort;
  /** Whose log it is read from. */
  readonly device: DeviceId;
  /** What the document will write as. */
  readonly actor: ActorId;
}

export interface LoadedReplica {
  readonly doc: Doc;
  readonly gate: IngestGate;
  readonly actors: ActorTable;
  /** Everything up to here was submitted. */
  readonly seenPosition: number;
  readonly admission: Admission;
  readonly snapshots: readonly DocumentEntry[];
}

export async function loadReplica(options: LoadOptions): Promise<LoadedReplica> {
  const { space, document, schema, port } = options;
  const actors = new ActorTable(document, port);
  const stored = await loadStored(options, actors);
  const after = stored?.position ?? -1;
  const entries = await port.entries(space, document, after);
  const snapshots = entries.filter((entry) => entry.type === 'snapshot');
  const start = stored?.doc ?? (await loadSnapshot(options, entries, actors)) ?? beginDocument(schema, options.actor);
  const gate = new IngestGate({ schema, memberOf: (actor) => actors.memberOf(actor) });
  const read = await readSubmissions(entries, actors);
  const admission = gate.admit(start, read.submissions);
  const seenPosition = Math.max(after, ...entries.map((entry) => entry.position));
  const voided = [...read.voided, ...admission.voided];
  return { doc: admission.doc, gate, actors, seenPosition, admission: { ...admission, voided }, snapshots };
}

/** The empty document: what its genesis makes. */
export function beginDocument(schema: DocumentSchema, actor: ActorId): Doc {
  return A.applyChanges(A.init<Record<string, unknown>>({ actor }), [schema.genesis])[0];
}

/** Entries as the gate wants them; what is not even an update is refused at once. */
export async function readSubmissions(
  entries: readonly DocumentEntry[],
  actors: ActorTable,
): Promise<{ readonly submissions: readonly Submission[]; readonly voided: Admission['voided'] }> {
  const submissions: Submission[] = [];
  const voided: Admission['voided'][number][] = [];
  for (const { id, position, author, member, type, body } of entries) {
    if (type !== 'update') continue;
    const update = decodeUpdate(body);
    if (!update.ok) voided.push({ id, position, code: update.error.code });
    else if (update.value.generation > MAX_GENERATION) voided.push({ id, position, code: 'gate-actor' });
    else {
      const expectedActor = await actors.learn({ author, member, generation: update.value.generation });
      submissions.push({ id, position, author, member, expectedActor, bytes: update.value.chunk });
    }
  }
  return { submissions, voided };
}

async function loadStored(
  options: LoadOptions,
  actors: ActorTable,
): Promise<{ readonly doc: Doc; readonly position: number } | undefined> {
  const body = await options.port.getLocal(REPLICA_TABLE, options.document);
  const stored = body === undefined ? undefined : decodeStoredReplica(body);
  if (stored?.device !== options.device) return undefined;
  const doc = tryLoad(stored.bytes, options.actor);
  if (doc === undefined) return undefined;
  for (const owner of stored.owners) await actors.learn(owner);
  const unread = await readUnread(options.port, options.document);
  return { doc, position: Math.min(stored.position, unread - 1) };
}

interface SnapshotContext {
  readonly schema: DocumentSchema;
  readonly members: ReadonlyMap<DeviceId, MemberId>;
}

async function loadSnapshot(
  options: LoadOptions,
  entries: readonly DocumentEntry[],
  actors: ActorTable,
): Promise<Doc | undefined> {
  const members = new Map(entries.map((entry) => [entry.author, entry.member]));
  const context: SnapshotContext = { schema: options.schema, members };
  for (const snapshot of chooseSnapshot(entries)) {
    const doc = tryLoad(snapshot.bytes, options.actor);
    if (doc !== undefined && isWhatItSays(doc, snapshot) && (await areActorsOwned(doc, snapshot, actors, context)))
      return doc;
  }
  return undefined;
}

function tryLoad(bytes: Uint8Array, actor: ActorId): Doc | undefined {
  try {
    return A.load<Record<string, unknown>>(bytes, { actor });
  } catch {
    return undefined; // a damaged or hostile copy: the log is replayed instead
  }
}

function isWhatItSays(doc: Doc, snapshot: Snapshot): boolean {
  return [...A.getHeads(doc)].sort().join() === [...snapshot.heads].sort().join();
}

/** [G2] Every actor in the snapshot is one that a known author may use, but for the one change of the beginning. */
async function areActorsOwned(
  doc: Doc,
  snapshot: Snapshot,
  actors: ActorTable,
  context: SnapshotContext,
): Promise<boolean> {
  for (const { author, generation } of snapshot.owners) {
    const member = context.members.get(author);
    if (member !== undefined && generation <= MAX_GENERATION) await actors.learn({ author, generation, member });
  }
  const begun = decodeChangeChunk(context.schema.genesis);
  const genesisHash = begun.ok ? begun.value.hash : undefined;
  const alien = A.getChangesMetaSince(doc, []).filter((meta) => !actors.has(meta.actor as ActorId));
  return alien.length === 1 && alien[0]?.hash === genesisHash;
}
