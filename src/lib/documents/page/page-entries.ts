/**
 * The text of a page cut at its markers: the workbench on which spans or patches become blocks. The first entry is the
 * text before any marker. Turning entries into a page is total; it decides what an implicit block is.
 */
import { Fragment } from 'prosemirror-model';
import type { Mark, Node } from 'prosemirror-model';
import { PageModel } from './page-model.ts';
import { pageSchema } from './page-schema.ts';

export interface Run {
  readonly text: string;
  readonly marks: readonly Mark[];
}

export interface Entry {
  /** The block without its content; null before the first marker; undefined while its marker has yet to be read. */
  block: Node | null | undefined;
  runs: readonly Run[];
  /** The finished block, as long as nothing touched it. */
  clean: Node | undefined;
}

export function entryLength(entry: Entry): number {
  if (entry.clean !== undefined) return entry.clean.content.size;
  return entry.runs.reduce((sum, run) => sum + run.text.length, 0);
}

export function entriesOf(model: PageModel): Entry[] {
  const entries: Entry[] = [];
  if (!model.implicit.has(0)) entries.push({ block: null, runs: [], clean: undefined });
  model.doc.forEach((block, _offset, index) => {
    const last = entries.at(-1);
    if (!model.implicit.has(index)) entries.push({ block, runs: [], clean: block });
    else if (last === undefined) entries.push({ block: null, runs: runsOf(block), clean: undefined });
    else {
      last.clean = undefined;
      last.runs = runsOf(block);
    }
  });
  return entries;
}

/** Makes the runs of an entry editable. */
export function touch(entry: Entry): void {
  if (entry.clean === undefined) return;
  entry.runs = runsOf(entry.clean);
  entry.clean = undefined;
}

export function modelOf(entries: readonly Entry[]): PageModel {
  const blocks: Node[] = [];
  const implicit = new Set<number>();
  entries.forEach((entry, index) => {
    if (entry.clean !== undefined) blocks.push(entry.clean);
    else if (entry.block === null || entry.block === undefined) {
      if (index > 0 || entry.runs.length > 0 || entries.length === 1) pushImplicit(blocks, implicit, entry.runs);
    } else if (entry.block.isAtom) {
      blocks.push(entry.block);
      if (entry.runs.length > 0) pushImplicit(blocks, implicit, entry.runs);
    } else blocks.push(entry.block.copy(contentOf(entry.runs, entry.block.type.spec.code === true)));
  });
  return new PageModel(pageSchema.nodes.doc.create(null, blocks), implicit);
}

/** The units `[from, to)` of the runs replaced by others. */
export function spliceRuns(runs: readonly Run[], from: number, to: number, inserted: readonly Run[]): Run[] {
  return [...sliceRuns(runs, 0, from), ...inserted, ...sliceRuns(runs, to, Infinity)];
}

export function sliceRuns(runs: readonly Run[], from: number, to: number): Run[] {
  const kept: Run[] = [];
  let at = 0;
  for (const run of runs) {
    const text = run.text.slice(Math.max(0, from - at), Math.max(0, to - at));
    if (text !== '') kept.push({ text, marks: run.marks });
    at += run.text.length;
  }
  return kept;
}

function pushImplicit(blocks: Node[], implicit: Set<number>, runs: readonly Run[]): void {
  implicit.add(blocks.length);
  blocks.push(pageSchema.nodes.paragraph.create(null, contentOf(runs, false)));
}

function contentOf(runs: readonly Run[], isCode: boolean): Fragment {
  const nodes: Node[] = [];
  for (const { text, marks } of runs) {
    const lines = isCode ? [text] : text.split('\n');
    lines.forEach((line, index) => {
      if (index > 0) nodes.push(pageSchema.nodes.hard_break.create(null, null, marks));
      if (line !== '') nodes.push(pageSchema.text(line, marks));
    });
  }
  return Fragment.fromArray(nodes);
}

function runsOf(block: Node): Run[] {
  const runs: Run[] = [];
  block.forEach((child) => {
    runs.push({ text: child.isText ? (child.text ?? '') : '\n', marks: child.marks });
  });
  return runs;
}
