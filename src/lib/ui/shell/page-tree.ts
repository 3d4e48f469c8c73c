/** The page tree as rows, and what one step up, down, in or out means; the index decides what really happens. */
import type { IndexItem } from '$lib/documents/views.ts';
import type { DocumentId } from '$lib/foundation/ids.ts';

export interface TreeRow {
  readonly item: IndexItem;
  readonly hasChildren: boolean;
  readonly isExpanded: boolean;
}

export interface TreePlace {
  readonly parent: DocumentId | null;
  readonly after: DocumentId | null;
}

export type TreeStep = 'up' | 'down' | 'in' | 'out';

/** Rows in display order without what stands under a collapsed page. */
export function visibleRows(items: readonly IndexItem[], collapsed: ReadonlySet<DocumentId>): TreeRow[] {
  const rows: TreeRow[] = [];
  let hiddenBelow = Infinity;
  items.forEach((item, at) => {
    if (item.depth > hiddenBelow) return;
    const next = items[at + 1];
    const hasChildren = next !== undefined && next.depth > item.depth;
    const isExpanded = hasChildren && !collapsed.has(item.document);
    hiddenBelow = hasChildren && !isExpanded ? item.depth : Infinity;
    rows.push({ item, hasChildren, isExpanded });
  });
  return rows;
}

/** Where a page goes by one step; undefined when it cannot. */
export function placeAfterStep(
  items: readonly IndexItem[],
  document: DocumentId,
  step: TreeStep,
): TreePlace | undefined {
  const item = items.find((each) => each.document === document);
  if (item === undefined) return undefined;
  const siblings = childrenOf(items, item.parent);
  const at = siblings.findIndex((each) => each.document === document);
  const before = siblings[at - 1];
  switch (step) {
    case 'up':
      return before && { parent: item.parent, after: siblings[at - 2]?.document ?? null };
    case 'down': {
      const behind = siblings[at + 1];
      return behind && { parent: item.parent, after: behind.document };
    }
    case 'in':
      return before && { parent: before.document, after: childrenOf(items, before.document).at(-1)?.document ?? null };
    case 'out': {
      const parent = items.find((each) => each.document === item.parent);
      return parent && { parent: parent.parent, after: parent.document };
    }
  }
}

/** The pages that may take `document` in: all but itself and what stands under it. */
export function possibleParents(items: readonly IndexItem[], document: DocumentId): IndexItem[] {
  const own = items.findIndex((each) => each.document === document);
  const depth = items[own]?.depth ?? 0;
  let end = own + 1;
  while (own >= 0 && end < items.length && (items[end]?.depth ?? 0) > depth) end++;
  return items.filter((_, at) => own < 0 || at < own || at >= end);
}

/** From the top level down to the page's own parent. */
export function ancestorsOf(items: readonly IndexItem[], document: DocumentId): IndexItem[] {
  const line: IndexItem[] = [];
  let current = items.find((each) => each.document === document);
  while (current !== undefined && current.parent !== null && line.length < 64) {
    const parent: DocumentId = current.parent;
    current = items.find((each) => each.document === parent);
    if (current !== undefined) line.unshift(current);
  }
  return line;
}

export function childrenOf(items: readonly IndexItem[], parent: DocumentId | null): IndexItem[] {
  return items.filter((each) => each.parent === parent);
}
