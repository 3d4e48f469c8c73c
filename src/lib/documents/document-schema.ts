/**
 * What makes a kind of document: the change it begins with, its edits and its projection. The beginning is one change
 * with the same bytes on every device, so concurrent first writers share their containers; it is never published.
 * A projection is total: any content gives a view, and what it does not know is left out of sight and kept.
 */
import type { ActorId, MemberId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import type { Result } from '../foundation/result.ts';
import { A, plainScalar, type Doc } from './automerge.ts';
import type { DocumentEdit } from './document-edits.ts';
import type { DocumentKind } from './document-kind.ts';
import type { Conflict, DocumentView } from './views.ts';
import type { Write } from './writes.ts';

/** Writes every beginning; no device's actor equals it, so the gate refuses whoever claims it [G2]. */
export const GENESIS_ACTOR = '00000000000000000000000000000000' as ActorId;

export interface ProjectionContext {
  /** [G10] Who wrote as this actor, from the envelopes; never from a field of the document. */
  memberOf(actor: ActorId): MemberId | undefined;
  nowMs(): number;
  /** Views of records that did not change since the last projection, by the record's identity. */
  readonly cache: WeakMap<object, object>;
  /** All parts of the document, oldest first, where there are several. */
  readonly parts?: readonly Doc[];
}

export interface EditContext {
  readonly member: MemberId;
  readonly nowMs: number;
  readonly random: Random;
  /** See `ProjectionContext`; the one that the writes are for is among them. */
  readonly parts?: readonly Doc[];
}

/**
 * [K4] A kind whose documents go on in further parts, each a document of its own that begins empty. Its `project` and
 * `plan` read all parts as one; a record that stands in several counts as in the newest.
 */
export interface PartedKind {
  /** The part that holds what the edit is about; undefined: it is about something new. */
  homeOf(parts: readonly Doc[], edit: DocumentEdit, member: MemberId): Doc | undefined;
  /** What a part must say from its first moment on; undefined when `part`, where it was begun, says it already. */
  opening(parts: readonly Doc[], part: Doc | undefined): DocumentEdit | undefined;
}

export interface DocumentSchema {
  readonly kind: DocumentKind;
  /** The frozen bytes of the first change. */
  readonly genesis: Uint8Array;
  /** The containers the genesis makes: no change may put something else in their place. */
  readonly containers: readonly string[];
  /** [G10] Records belong to who made them. */
  readonly isAuthored: boolean;
  readonly parted?: PartedKind;
  project(doc: Doc, context: ProjectionContext): DocumentView;
  /** The writes of a named edit; pages have none and refuse. */
  plan(doc: Doc, edit: DocumentEdit, context: EditContext): Result<readonly Write[]>;
}

/** The bytes of a genesis as Automerge makes them; schemas keep them frozen, a test compares. */
export function encodeGenesis(fill: (draft: Doc) => void): Uint8Array {
  const doc = A.change(A.init<Record<string, unknown>>({ actor: GENESIS_ACTOR }), { time: 0 }, fill);
  const change = A.getLastLocalChange(doc);
  if (change === undefined) throw new Error('a genesis writes something');
  return change;
}

/** The member who made a record, from the actor in its object id. */
export function makerOf(record: object, context: ProjectionContext): MemberId | undefined {
  const id = A.getObjectId(record);
  const at = id?.indexOf('@') ?? -1;
  return id === null || at < 0 ? undefined : context.memberOf(id.slice(at + 1) as ActorId);
}

export function textField(record: Record<string, unknown>, key: string): string | undefined {
  const value = plainScalar(record[key]);
  return typeof value === 'string' ? value : undefined;
}

export function numberField(record: Record<string, unknown>, key: string): number | undefined {
  const value = record[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export interface ReadConflicts {
  readonly conflicts: readonly Conflict[];
  /**
   * No field has concurrent values at all. Only then may a view of the record be kept by the record's identity: a
   * further value beside existing ones does not change it (measured on Automerge 3.5.0).
   */
  readonly isSettled: boolean;
}

/** For each field the values that were set concurrently with the one shown, as text, sorted, equal ones once. */
export function readConflicts(record: Record<string, unknown>, keys: readonly string[]): ReadConflicts {
  const conflicts: Conflict[] = [];
  let isSettled = true;
  for (const key of keys) {
    const all = A.getConflicts(record, key) as Record<string, unknown> | undefined;
    if (all === undefined) continue;
    isSettled = false;
    const values = new Set(Object.values(all).map(plainScalar));
    values.delete(plainScalar(record[key]));
    const others = [...values].map((value) =>
      typeof value === 'string' || typeof value === 'number' ? String(value) : '',
    );
    if (others.length > 0) conflicts.push({ field: key, others: others.sort() });
  }
  return { conflicts, isSettled };
}

export const SCHEMA_VERSION_KEY = 'schemaVersion';
