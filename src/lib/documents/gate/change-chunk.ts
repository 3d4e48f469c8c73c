/**
 * Reads one uncompressed Automerge change chunk without Automerge, so that its claims can be judged before any of it
 * reaches the library: bounded in bytes, rows and expansion (docs/spec/gate.md). Only what version 1 writes is known;
 * an unknown column, action or trailing byte is refused.
 */
import { bytesToHex, equalBytes } from '../../foundation/bytes.ts';
import type { ActorId } from '../../foundation/ids.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import { ColumnError, LebReader, readDeltas, readFlags, readNumbers, readTexts } from './columns.ts';
import { sha256 } from './sha256.ts';

export const MAX_CHUNK_BYTES = 8 * 2 ** 20;
export const MAX_OPS = 50_000;
export const MAX_STRING_BYTES = 4 * 2 ** 20;
const MAX_DEPS = 1_024;
const MAX_ACTORS = 4_096;
/** What keys and mark names may expand to in all, so that a run of one long key costs no more than its ops do. */
const MAX_KEY_CHARS = 4 * 2 ** 20;
const MAGIC = Uint8Array.of(0x85, 0x6f, 0x4a, 0x83);
const HEADER_BYTES = 9;
const CHUNK_CHANGE = 1;
const CHUNK_COMPRESSED = 2;

/** An op id; actor 0 is the change's own, others index `actors`. */
export interface OpRef {
  readonly actor: number;
  readonly counter: number;
}

export const ACTIONS = { makeMap: 0, set: 1, makeList: 2, del: 3, makeText: 4, inc: 5, makeTable: 6, mark: 7 } as const;

export interface ChangeOp {
  /** undefined = the root map. */
  readonly object: OpRef | undefined;
  /** A map key, an element, or LIST_HEAD. */
  readonly key: string | OpRef;
  readonly isInsert: boolean;
  readonly action: number;
  readonly preds: readonly OpRef[];
}

export const LIST_HEAD: OpRef = { actor: -1, counter: 0 };

export interface ChangeChunk {
  readonly hash: string;
  readonly deps: readonly string[];
  readonly actor: ActorId;
  readonly seq: number;
  readonly startOp: number;
  /** The change's own actor first. */
  readonly actors: readonly ActorId[];
  readonly ops: readonly ChangeOp[];
}

export function decodeChangeChunk(bytes: Uint8Array): Result<ChangeChunk> {
  if (bytes.length > MAX_CHUNK_BYTES) return fail('oversized', 'change chunk');
  if (bytes.length < HEADER_BYTES + 1) return fail('truncated', 'change chunk');
  if (!equalBytes(bytes.subarray(0, 4), MAGIC)) return fail('malformed', 'magic');
  const type = bytes[8];
  if (type === CHUNK_COMPRESSED) return fail('gate-compressed', 'change chunk');
  if (type !== CHUNK_CHANGE) return fail('unknown-type', 'change chunk');
  try {
    const reader = new LebReader(bytes);
    reader.offset = HEADER_BYTES;
    const length = reader.unsigned();
    if (length !== bytes.length - reader.offset) return fail('malformed', 'chunk length');
    // Bounded reading is cheaper than hashing, so a bomb is refused before its checksum is worth a look.
    const change = readChange(reader);
    const digest = sha256(bytes.subarray(8));
    if (!equalBytes(digest.subarray(0, 4), bytes.subarray(4, 8))) return fail('bad-checksum', 'change chunk');
    return ok({ ...change, hash: bytesToHex(digest) });
  } catch (cause) {
    if (cause instanceof ColumnError) return fail(cause.code, cause.message);
    throw cause;
  }
}

function readChange(reader: LebReader): Omit<ChangeChunk, 'hash'> {
  const deps = readMany(reader, MAX_DEPS, () => bytesToHex(reader.slice(32)));
  const actor = readActor(reader);
  const seq = reader.unsigned();
  const startOp = reader.unsigned();
  reader.signed(); // the author's clock, which decides nothing
  reader.slice(reader.unsigned()); // a message, which nobody shows
  const actors = [actor, ...readMany(reader, MAX_ACTORS, () => readActor(reader))];
  const ops = readOps(readColumns(reader), actors.length);
  if (!reader.isAtEnd) throw new ColumnError('malformed', 'trailing bytes');
  if (seq < 1 || startOp < 1) throw new ColumnError('malformed', 'numbers start at 1');
  return { deps, actor, seq, startOp, actors, ops };
}

function readMany<T>(reader: LebReader, most: number, readOne: () => T): T[] {
  const count = reader.unsigned();
  if (count > most) throw new ColumnError('malformed', 'too many');
  return Array.from({ length: count }, readOne);
}

function readActor(reader: LebReader): ActorId {
  const length = reader.unsigned();
  if (length !== 16) throw new ColumnError('malformed', 'actor length');
  return bytesToHex(reader.slice(length)) as ActorId;
}

const COLUMNS = {
  objectActor: 0x01,
  objectCounter: 0x02,
  keyActor: 0x11,
  keyCounter: 0x13,
  keyText: 0x15,
  insert: 0x34,
  action: 0x42,
  valueMeta: 0x56,
  valueRaw: 0x57,
  predCount: 0x70,
  predActor: 0x71,
  predCounter: 0x73,
  expand: 0x94,
  markName: 0xa5,
} as const;
type ColumnName = keyof typeof COLUMNS;
type Columns = Readonly<Partial<Record<ColumnName, Uint8Array>>>;
const COLUMN_NAMES = Object.keys(COLUMNS) as ColumnName[];
const NO_BYTES = new Uint8Array(0);

function readColumns(reader: LebReader): Columns {
  let last = -1;
  const layout = readMany(reader, COLUMN_NAMES.length, () => {
    const spec = reader.unsigned();
    const name = COLUMN_NAMES.find((each) => COLUMNS[each] === spec);
    if (name === undefined || spec <= last) throw new ColumnError('malformed', 'column');
    last = spec;
    return { name, length: reader.unsigned() };
  });
  return Object.fromEntries(layout.map(({ name, length }) => [name, reader.slice(length)]));
}

function readOps(columns: Columns, actorCount: number): readonly ChangeOp[] {
  const column = (name: ColumnName): Uint8Array => columns[name] ?? NO_BYTES;
  const actions = readNumbers(column('action'), MAX_OPS);
  const count = actions.length;
  const objects = pairRefs(
    readNumbers(column('objectActor'), count),
    readNumbers(column('objectCounter'), count),
    actorCount,
  );
  const keyTexts = readTexts(column('keyText'), count, MAX_KEY_CHARS);
  const elements = pairElements(
    readNumbers(column('keyActor'), count),
    readDeltas(column('keyCounter'), count),
    actorCount,
  );
  const inserts = readFlags(column('insert'), count);
  checkValues(readNumbers(column('valueMeta'), count), column('valueRaw').length);
  readFlags(column('expand'), count);
  readTexts(column('markName'), count, MAX_KEY_CHARS);
  const preds = readPreds(column, count, actorCount);
  return actions.map((action, i): ChangeOp => {
    const text = keyTexts[i] ?? undefined;
    const key = text ?? elements[i];
    if (action === null || action > ACTIONS.mark) throw new ColumnError('malformed', 'action');
    if (key === undefined || (text !== undefined && elements[i] !== undefined))
      throw new ColumnError('malformed', 'key');
    if (text !== undefined && inserts[i] === true) throw new ColumnError('malformed', 'insertion at a map key');
    return { object: objects[i], key, isInsert: inserts[i] === true, action, preds: preds[i] ?? [] };
  });
}

type Numbers = readonly (number | null)[];

function pairRefs(actors: Numbers, counters: Numbers, actorCount: number): readonly (OpRef | undefined)[] {
  return Array.from({ length: Math.max(actors.length, counters.length) }, (_, i) => {
    const actor = actors[i] ?? undefined;
    const counter = counters[i] ?? undefined;
    if (actor === undefined && counter === undefined) return undefined;
    if (actor === undefined || counter === undefined || actor >= actorCount || counter < 1)
      throw new ColumnError('malformed', 'op id');
    return { actor, counter };
  });
}

function pairElements(actors: Numbers, counters: Numbers, actorCount: number): readonly (OpRef | undefined)[] {
  return Array.from({ length: Math.max(actors.length, counters.length) }, (_, i) => {
    const actor = actors[i] ?? undefined;
    const counter = counters[i] ?? undefined;
    if (actor === undefined && counter === 0) return LIST_HEAD;
    if (actor === undefined && counter === undefined) return undefined;
    if (actor === undefined || counter === undefined || actor >= actorCount || counter < 1)
      throw new ColumnError('malformed', 'element');
    return { actor, counter };
  });
}

function readPreds(
  column: (name: ColumnName) => Uint8Array,
  count: number,
  actorCount: number,
): readonly (readonly OpRef[])[] {
  const counts = readNumbers(column('predCount'), count);
  const actors = readNumbers(column('predActor'), MAX_OPS);
  const counters = readDeltas(column('predCounter'), MAX_OPS);
  const refs = pairRefs(actors, counters, actorCount);
  let at = 0;
  const grouped = counts.map((size) => {
    const group = refs.slice(at, at + (size ?? 0));
    at += size ?? 0;
    return group.map((ref) => {
      if (ref === undefined) throw new ColumnError('malformed', 'pred');
      return ref;
    });
  });
  if (at !== refs.length) throw new ColumnError('malformed', 'preds');
  return grouped;
}

function checkValues(metas: Numbers, rawLength: number): void {
  let used = 0;
  for (const meta of metas) {
    const length = Math.floor((meta ?? 0) / 16);
    if (length > MAX_STRING_BYTES) throw new ColumnError('gate-inflation', 'value too long');
    used += length;
  }
  if (used !== rawLength) throw new ColumnError('malformed', 'values');
}
