/** From Automerge to ProseMirror, total: whatever was merged, the result is a valid page. Costs O(page): not for keys. */
import { block, spans } from '@automerge/automerge/slim';
import type { Node } from 'prosemirror-model';
import { Fragment } from 'prosemirror-model';
import type { PageNodeJson } from '../views.ts';
import type { Entry } from './page-entries.ts';
import { modelOf } from './page-entries.ts';
import { markerToBlock, marksFromSet } from './page-marker.ts';
import type { Marker } from './page-marker.ts';
import type { PageModel } from './page-model.ts';
import { fromAutomergeValue, PAGE_TEXT } from './page-text.ts';
import type { PageDoc } from './page-text.ts';

export function projectPage(page: PageDoc): PageModel {
  const first: Entry = { block: null, runs: [], clean: undefined };
  const entries = [first];
  let last = first;
  for (const span of typeof page.text === 'string' ? spans(page, [PAGE_TEXT]) : []) {
    if (span.type === 'text') last.runs = [...last.runs, { text: span.value, marks: marksFromSet(span.marks) }];
    else {
      last = { block: readBlock(span.value), runs: [], clean: undefined };
      entries.push(last);
    }
  }
  return modelOf(entries);
}

export function pageJson(page: PageDoc): PageNodeJson {
  return projectPage(page).doc.toJSON() as PageNodeJson;
}

/** The block whose marker is at this index of the text; undefined when there is no marker. */
export function blockAt(page: PageDoc, index: number): Node | undefined {
  const marker = block(page, [PAGE_TEXT], index);
  return marker === null ? undefined : readBlock(marker);
}

function readBlock(value: unknown): Node {
  return markerToBlock(fromAutomergeValue(value) as Marker, Fragment.empty);
}
