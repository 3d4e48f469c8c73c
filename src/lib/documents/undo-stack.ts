/** What this session did to a document by named edits, newest last, and what it took back. Local, never shared. */
import type { Doc } from './automerge.ts';
import { writesOfInverses, type Inverse, type Put } from './writes.ts';

const DEPTH = 100;

export class UndoStack {
  #done: (readonly Inverse[])[] = [];
  #undone: (readonly Inverse[])[] = [];

  /** A new edit was made; what had been undone cannot be redone over it. */
  push(inverse: readonly Inverse[]): void {
    this.#done = [...this.#done, inverse].slice(-DEPTH);
    this.#undone = [];
  }

  /** The writes of the newest edit that still has something of its own to take back; undefined when there is none. */
  takeUndo(doc: Doc): readonly Put[] | undefined {
    return takeFirst(this.#done, doc);
  }

  takeRedo(doc: Doc): readonly Put[] | undefined {
    return takeFirst(this.#undone, doc);
  }

  pushUndone(inverse: readonly Inverse[]): void {
    this.#undone.push(inverse);
  }

  pushRedone(inverse: readonly Inverse[]): void {
    this.#done.push(inverse);
  }
}

function takeFirst(stack: (readonly Inverse[])[], doc: Doc): readonly Put[] | undefined {
  for (let inverse = stack.pop(); inverse !== undefined; inverse = stack.pop()) {
    const writes = writesOfInverses(doc, inverse);
    if (writes.length > 0) return writes;
  }
  return undefined;
}
