/**
 * Automerge patches applied to a model, in O(change + blocks). Gives undefined for patches that do not tell enough
 * (an object other than a marker in the text, a replaced text): then the page is projected anew.
 */
import type { Patch } from '@automerge/automerge/slim';
import type { Node } from 'prosemirror-model';
import { ChangedRanges } from './changed-ranges.ts';
import { entriesOf, entryLength, modelOf, sliceRuns, spliceRuns, touch } from './page-entries.ts';
import type { Entry, Run } from './page-entries.ts';
import { markFromValue, marksFromSet } from './page-marker.ts';
import type { PageModel } from './page-model.ts';
import { PAGE_TEXT } from './page-text.ts';

export interface PatchedPage {
  readonly model: PageModel;
  /** Which units of the old text were replaced by which of the new one. */
  readonly ranges: ChangedRanges;
}

/** `readBlock` reads the marker at an index of the text as it is after the patches. */
export function applyPatches(
  model: PageModel,
  patches: readonly Patch[],
  readBlock: (index: number) => Node | undefined,
): PatchedPage | undefined {
  const draft = new PatchDraft(model);
  for (const patch of patches) {
    if (patch.path[0] === PAGE_TEXT && !draft.apply(patch)) return undefined;
  }
  const patched = draft.finish(readBlock);
  return patched === undefined ? undefined : { model: patched, ranges: draft.ranges };
}

class PatchDraft {
  readonly ranges = new ChangedRanges();
  readonly #entries: Entry[];

  constructor(model: PageModel) {
    this.#entries = entriesOf(model);
  }

  /** False when the patch is beyond what this can follow. */
  apply(patch: Patch): boolean {
    const index = patch.path[1];
    if (patch.action === 'mark')
      return patch.marks.every((mark) => this.#mark(mark.start, mark.end, mark.name, mark.value));
    if (patch.action === 'unmark') return this.#mark(patch.start, patch.end, patch.name, null);
    if (typeof index !== 'number') return false;
    if (patch.path.length > 2) return this.#touchMarker(index);
    switch (patch.action) {
      case 'splice':
        return this.#insertText(index, { text: patch.value, marks: marksFromSet(patch.marks) });
      case 'del':
        return this.#delete(index, patch.length ?? 1);
      case 'insert':
        return patch.values.every((value, i) => this.#insertMarker(index + i, value));
      default:
        return false;
    }
  }

  finish(readBlock: (index: number) => Node | undefined): PageModel | undefined {
    let flat = 0;
    for (const [index, entry] of this.#entries.entries()) {
      if (entry.block === undefined) {
        entry.block = readBlock(flat);
        if (entry.block === undefined) return undefined;
      }
      flat += entryLength(entry) + (index === 0 ? 0 : 1);
    }
    return modelOf(this.#entries);
  }

  #insertText(index: number, run: Run): boolean {
    if (run.text.includes('\uFFFC')) return false;
    const { entry, offset } = this.#placeAfter(index);
    touch(entry);
    entry.runs = spliceRuns(entry.runs, offset, offset, [run]);
    this.ranges.add(index, index, run.text.length);
    return true;
  }

  #insertMarker(index: number, value: unknown): boolean {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
    const { entry, at, offset } = this.#placeAfter(index);
    touch(entry);
    const rest = sliceRuns(entry.runs, offset, Infinity);
    entry.runs = sliceRuns(entry.runs, 0, offset);
    this.#entries.splice(at + 1, 0, { block: undefined, runs: rest, clean: undefined });
    this.ranges.add(index, index, 1);
    return true;
  }

  #delete(index: number, length: number): boolean {
    let left = length;
    while (left > 0) {
      const { entry, at, offset } = this.#placeAfter(index);
      touch(entry);
      const size = entryLength(entry) - offset;
      if (size > 0) {
        entry.runs = spliceRuns(entry.runs, offset, offset + left, []);
        left -= Math.min(left, size);
        continue;
      }
      const next = this.#entries[at + 1];
      if (next === undefined) return false;
      touch(next);
      entry.runs = [...entry.runs, ...next.runs];
      this.#entries.splice(at + 1, 1);
      left--;
    }
    this.ranges.add(index, index + length, 0);
    return true;
  }

  #touchMarker(index: number): boolean {
    const { entry, offset } = this.#placeAfter(index + 1);
    if (offset !== 0 || entry.block === null) return false;
    touch(entry);
    entry.block = undefined;
    this.ranges.add(index, index + 1, 1);
    return true;
  }

  #mark(start: number, end: number, name: string, value: unknown): boolean {
    const mark = markFromValue(name, value);
    let flat = 0;
    for (const [index, entry] of this.#entries.entries()) {
      const from = flat + (index === 0 ? 0 : 1);
      const to = from + entryLength(entry);
      flat = to;
      if (to <= start || from >= end) continue;
      touch(entry);
      const low = Math.max(0, start - from);
      const high = Math.min(to, end) - from;
      const changed = sliceRuns(entry.runs, low, high).map((run) => {
        const others = run.marks.filter((other) => markName(other) !== name);
        return { text: run.text, marks: mark === undefined ? others : sortedMarks([...others, mark]) };
      });
      entry.runs = spliceRuns(entry.runs, low, high, changed);
    }
    this.ranges.add(start, end, end - start);
    return true;
  }

  /** The entry that holds unit `index - 1` and the offset in its text right after that unit. */
  #placeAfter(index: number): { readonly entry: Entry; readonly at: number; readonly offset: number } {
    let flat = 0;
    for (const [at, entry] of this.#entries.entries()) {
      const marker = at === 0 ? 0 : 1;
      const size = marker + entryLength(entry);
      if (index <= flat + size || at === this.#entries.length - 1) return { entry, at, offset: index - flat - marker };
      flat += size;
    }
    throw new RangeError('a page has at least one entry');
  }
}

function markName(mark: Run['marks'][number]): string {
  return mark.type.name === 'unknown_mark' ? String(mark.attrs['name']) : mark.type.name;
}

/** As `marksFromSet` orders them: by the schema, foreign ones by name. */
function sortedMarks(marks: Run['marks']): Run['marks'] {
  let sorted: Run['marks'] = [];
  for (const mark of [...marks].sort((a, b) => (markName(a) < markName(b) ? -1 : 1))) sorted = mark.addToSet(sorted);
  return sorted;
}
