/**
 * An edit becomes a list of writes, a list of writes becomes one Automerge change. Each write knows its inverse from
 * the document it was planned on, and an inverse touches only what still stands as the write left it: so undo never
 * takes back what somebody else did since.
 */
import { fixedText, isRecord, plainScalar, type Doc } from './automerge.ts';
import { assert } from '../foundation/assert.ts';

export type Scalar = string | number | boolean;
export interface RecordFields {
  readonly [key: string]: Scalar | RecordFields;
}
export type Path = readonly [string, ...string[]];

export interface Put {
  readonly kind: 'put';
  readonly path: Path;
  /**
   * undefined is written as null. Keys are never removed: after a merge that removes one of several concurrent values,
   * Automerge 3.5.0 may show another value in the open document than in the same one loaded anew (measured).
   */
  readonly value: Scalar | undefined;
}

export interface Make {
  readonly kind: 'make';
  readonly path: Path;
  readonly fields: RecordFields;
  /** A record is never removed again, or concurrent edits inside it would be lost: undoing its making marks it. */
  readonly undo: Put;
}

export type Write = Put | Make;

export interface Inverse {
  readonly put: Put;
  /** What the field must still hold for the inverse to apply. */
  readonly ifStill: Scalar | undefined;
}

export function put(path: Path, value: Scalar | undefined): Put {
  return { kind: 'put', path, value };
}

/** The scalar at `path`; undefined where there is none or something else stands there. */
export function scalarAt(doc: Doc, path: Path): Scalar | undefined {
  const value = plainScalar(valueAt(doc, path));
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}

export function valueAt(doc: Doc, path: Path): unknown {
  let at: unknown = doc;
  for (const key of path) {
    if (!isRecord(at) || !Object.hasOwn(at, key)) return undefined;
    at = at[key];
  }
  return at;
}

/** Inside an Automerge change only. Every parent must exist: the planner has looked. */
export function applyWrites(draft: Doc, writes: readonly Write[]): void {
  for (const write of writes) {
    const key = write.path[write.path.length - 1] ?? '';
    let parent: unknown = draft;
    for (const step of write.path.slice(0, -1)) parent = isRecord(parent) ? parent[step] : undefined;
    assert(isRecord(parent), `the parent of ${write.path.join('/')} exists`);
    if (write.kind === 'make') parent[key] = toAutomerge(write.fields);
    else parent[key] = write.value === undefined ? null : toAutomerge(write.value);
  }
}

function toAutomerge(value: Scalar | RecordFields): unknown {
  if (typeof value === 'string') return fixedText(value);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toAutomerge(inner)]));
}

/** What would take `writes` back, given the document before them. */
export function invertWrites(before: Doc, writes: readonly Write[]): readonly Inverse[] {
  return writes
    .map((write): Inverse => {
      if (write.kind === 'make') return { put: write.undo, ifStill: undefined };
      return { put: put(write.path, scalarAt(before, write.path)), ifStill: write.value };
    })
    .reverse();
}

/** The part of `inverses` that others have not touched since. */
export function writesOfInverses(doc: Doc, inverses: readonly Inverse[]): readonly Put[] {
  return inverses
    .filter(({ put: { path }, ifStill }) => scalarAt(doc, path) === ifStill && isParentAt(doc, path))
    .map((inverse) => inverse.put);
}

function isParentAt(doc: Doc, path: Path): boolean {
  const [first, ...rest] = path.slice(0, -1);
  return first === undefined || isRecord(valueAt(doc, [first, ...rest]));
}
