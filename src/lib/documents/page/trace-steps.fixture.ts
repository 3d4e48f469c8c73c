/** Recorded keystrokes as steps on a page of one paragraph a line. */
import { Fragment, Slice } from 'prosemirror-model';
import type { Node } from 'prosemirror-model';
import { ReplaceStep } from 'prosemirror-transform';
import { PageModel } from './page-model.ts';
import { pageSchema } from './page-schema.ts';

export interface Trace {
  readonly startContent: string;
  readonly endContent: string;
  readonly txns: readonly {
    readonly patches: readonly (readonly [position: number, deleted: number, inserted: string])[];
  }[];
}

/** The first line has no marker, so a place in the text is a place among the units. */
const FIRST_LINE = new Set([0]);

/** `start` and the position are UTF-16 units: true of the traces used here, which have nothing beyond. */
export function traceStep(doc: Node, [position, deleted, inserted]: readonly [number, number, string]): ReplaceStep {
  const model = new PageModel(doc, FIRST_LINE);
  const lines = inserted
    .split('\n')
    .map((line) => pageSchema.nodes.paragraph.create(null, line === '' ? null : pageSchema.text(line)));
  const slice = inserted === '' ? Slice.empty : new Slice(Fragment.fromArray(lines), 1, 1);
  return new ReplaceStep(model.positionAfter(position), model.positionAfter(position + deleted), slice);
}

export function pageText(doc: Node): string {
  return doc.textBetween(0, doc.content.size, '\n', '\n');
}
