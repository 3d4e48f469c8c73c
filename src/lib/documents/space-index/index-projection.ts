/** The space index as a view: the page tree, then boards, then channels; what is in the trash stands last. */
import { parseId, type DocumentId } from '../../foundation/ids.ts';
import { isRecord, recordsIn, type Doc } from '../automerge.ts';
import { kindOfDocument } from '../document-kind.ts';
import { numberField, readConflicts, textField, type ProjectionContext } from '../document-schema.ts';
import type { Conflict, IndexItem, IndexView } from '../views.ts';
import { orderTree, type TreeNode } from './page-tree.ts';

export const ITEMS = 'items';
const KINDS = ['page', 'board', 'channel'] as const;
export type ItemKind = (typeof KINDS)[number];

/** An item as the document holds it, judged field by field. */
export interface StoredItem extends TreeNode {
  readonly kind: ItemKind;
  readonly content?: DocumentId;
  readonly title: string;
  readonly trashedAt: number | undefined;
  readonly conflicts: readonly Conflict[];
}

/** Parent and order in one value, so that two concurrent moves cannot mix: `parent:key`, an empty parent = top level. */
export function joinPlace(parent: DocumentId | null, key: string): string {
  return `${parent ?? ''}:${key}`;
}

function splitPlace(place: string): { readonly parent: DocumentId | null; readonly key: string } {
  const colon = place.indexOf(':');
  return { parent: parseId('DocumentId', place.slice(0, Math.max(0, colon))) ?? null, key: place.slice(colon + 1) };
}

export function readItems(doc: Doc, cache: WeakMap<object, object>): readonly StoredItem[] {
  const items: StoredItem[] = [];
  for (const [key, record] of Object.entries(recordsIn(doc, ITEMS))) {
    const document = parseId('DocumentId', key);
    const kind = KINDS.find((each) => document !== undefined && each === kindOfDocument(document));
    if (document === undefined || kind === undefined || !isRecord(record)) continue;
    const known = cache.get(record) as StoredItem | undefined;
    const read = known === undefined ? readItem(document, kind, record) : { item: known, isSettled: false };
    if (read.isSettled) cache.set(record, read.item);
    items.push(read.item);
  }
  return items;
}

/** The items of all parts; one that stands in several is as the newest has it. */
export function readAllItems(parts: readonly Doc[], cache: WeakMap<object, object>): readonly StoredItem[] {
  const [only, ...others] = parts;
  if (only === undefined || others.length === 0) return only === undefined ? [] : readItems(only, cache);
  const items = parts.flatMap((part) => readItems(part, cache));
  return [...new Map(items.map((item) => [item.document, item])).values()];
}

function readItem(
  document: DocumentId,
  kind: ItemKind,
  record: Record<string, unknown>,
): { readonly item: StoredItem; readonly isSettled: boolean } {
  const place = splitPlace(textField(record, 'place') ?? '');
  const { conflicts, isSettled } = readConflicts(record, ['title', 'place']);
  const content = parseId('DocumentId', textField(record, 'content') ?? '');
  const item: StoredItem = {
    document,
    kind,
    ...(content !== undefined && content !== document && kindOfDocument(content) === kind ? { content } : {}),
    title: textField(record, 'title') ?? '',
    parent: kind === 'page' ? place.parent : null,
    key: place.key,
    trashedAt: numberField(record, 'trashedAt'),
    conflicts: conflicts.flatMap((conflict) => nameParents(conflict, kind, place.parent)),
  };
  return { item, isSettled };
}

/** A conflict of places is shown when the parents differ; two orders among the same siblings are nobody's concern. */
function nameParents(conflict: Conflict, kind: ItemKind, shown: DocumentId | null): readonly Conflict[] {
  if (conflict.field !== 'place') return [conflict];
  const parents = new Set(conflict.others.map((other) => splitPlace(other).parent ?? ''));
  parents.delete(shown ?? '');
  return kind === 'page' && parents.size > 0 ? [{ field: 'parent', others: [...parents].sort() }] : [];
}

export function projectIndex(doc: Doc, context: ProjectionContext): IndexView {
  const parts = context.parts ?? [doc];
  const items = readAllItems(parts, context.cache);
  const byId = new Map(items.map((item) => [item.document, item]));
  const ordered: IndexItem[] = [];
  const trashed: IndexItem[] = [];
  for (const kind of KINDS) {
    const effectiveTrash = new Map<DocumentId, number | undefined>();
    for (const node of orderTree(items.filter((item) => item.kind === kind))) {
      const item = byId.get(node.document);
      if (item === undefined) continue;
      const inherited = node.parent === null ? undefined : effectiveTrash.get(node.parent);
      const trashedAt = item.trashedAt ?? inherited;
      effectiveTrash.set(node.document, trashedAt);
      const { document, title, conflicts } = item;
      const content = item.content === undefined ? {} : { content: item.content };
      const { parent, depth } = node;
      const shown: IndexItem = { document, kind, ...content, title, parent, depth, trashedAt, conflicts };
      (trashedAt === undefined ? ordered : trashed).push(shown);
    }
  }
  const named = findNamed(parts) ?? doc;
  const { conflicts } = readConflicts(named, ['name']);
  return { kind: 'index', name: nameOf(named), conflicts, items: [...ordered, ...trashed] };
}

export function nameOf(part: Doc): string {
  return textField(part, 'name') ?? '';
}

/** The newest part that names the space. */
export function findNamed(parts: readonly Doc[]): Doc | undefined {
  return parts.findLast((part) => nameOf(part) !== '');
}
