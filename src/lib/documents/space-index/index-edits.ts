/** The edits of a space's index, as writes. A page moved or added where it cannot stand is refused, never repaired. */
import { parseId, type DocumentId } from '../../foundation/ids.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import { isRecord, type Doc } from '../automerge.ts';
import type { DocumentEdit, NewItem } from '../document-edits.ts';
import { kindOfDocument } from '../document-kind.ts';
import type { EditContext, PartedKind } from '../document-schema.ts';
import { comparePlaced, placeAt } from '../order-key.ts';
import { contentOf } from '../views.ts';
import { put, valueAt, type Write } from '../writes.ts';
import { ITEMS, findNamed, joinPlace, nameOf, readAllItems, type StoredItem } from './index-projection.ts';
import { asPlaced, resolveParents } from './page-tree.ts';

export const MAX_TITLE_CHARS = 500;
const MAX_ITEMS_AT_ONCE = 5_000;

export function planIndexEdit(doc: Doc, edit: DocumentEdit, context: EditContext): Result<readonly Write[]> {
  const items = readAllItems(context.parts ?? [doc], new WeakMap());
  if (edit.edit === 'item.share') return withItem(items, edit.document, (item) => planShare(doc, item, edit.content));
  const planned = planEdit(items, edit, context);
  // Items that share a place with the new one may stand in another part: they keep their keys then.
  return planned.ok ? ok(planned.value.filter((write) => isForPart(doc, write))) : planned;
}

function isForPart(doc: Doc, { kind, path }: Write): boolean {
  return kind === 'make' || path[0] !== ITEMS || isRecord(valueAt(doc, [ITEMS, path[1] ?? '']));
}

function planEdit(items: readonly StoredItem[], edit: DocumentEdit, context: EditContext): Result<readonly Write[]> {
  switch (edit.edit) {
    case 'space.rename':
      return isTitle(edit.name) ? ok([put(['name'], edit.name)]) : fail('invalid-edit', 'name');
    case 'item.add':
      return planAdd(items, [edit], context);
    case 'items.add':
      return planAdd(items, edit.items, context);
    case 'item.rename':
      if (!isTitle(edit.title)) return fail('invalid-edit', 'title');
      return withItem(items, edit.document, () => ok([put([ITEMS, edit.document, 'title'], edit.title)]));
    case 'item.move':
      return withItem(items, edit.document, (item) => planMove(items, item, edit, context));
    case 'item.trash':
      return withItem(items, edit.document, () => ok([put([ITEMS, edit.document, 'trashedAt'], context.nowMs)]));
    case 'item.restore':
      return withItem(items, edit.document, (item) => planRestore(items, item, context));
    default:
      return fail('unknown-edit', edit.edit);
  }
}

function isTitle(title: unknown): title is string {
  return typeof title === 'string' && title.length <= MAX_TITLE_CHARS;
}

function withItem(
  items: readonly StoredItem[],
  document: DocumentId,
  plan: (item: StoredItem) => Result<readonly Write[]>,
): Result<readonly Write[]> {
  const item = items.find((each) => each.document === document);
  return item === undefined ? fail('invalid-edit', 'no such item') : plan(item);
}

/** Pages that show under `parent`; boards and channels each form one row. */
function siblingsOf(
  items: readonly StoredItem[],
  kind: StoredItem['kind'],
  parent: DocumentId | null,
): readonly StoredItem[] {
  const row = items.filter((item) => item.kind === kind);
  const parents = resolveParents(row);
  return row
    .filter((item) => (parents.get(item.document) ?? null) === parent)
    .sort((a, b) => comparePlaced(asPlaced(a), asPlaced(b)));
}

function planAdd(
  items: readonly StoredItem[],
  added: readonly NewItem[],
  context: EditContext,
): Result<readonly Write[]> {
  if (added.length === 0 || added.length > MAX_ITEMS_AT_ONCE) return fail('invalid-edit', 'items');
  const known = new Map(items.map((item) => [item.document, item.kind]));
  const rows = new Map<string, NewItem[]>();
  for (const item of added) {
    if (parseId('DocumentId', item.document) === undefined || known.has(item.document))
      return fail('invalid-edit', 'document');
    if (kindOfDocument(item.document) !== item.kind) return fail('invalid-edit', 'kind');
    if (!isTitle(item.title)) return fail('invalid-edit', 'title');
    if (item.parent !== null && (item.kind !== 'page' || known.get(item.parent) !== 'page'))
      return fail('invalid-edit', 'parent');
    known.set(item.document, item.kind);
    const row = `${item.kind}:${item.parent ?? ''}`;
    rows.set(row, [...(rows.get(row) ?? []), item]);
  }
  return ok([...rows.values()].flatMap((row) => planRow(items, row, context)));
}

function planRow(items: readonly StoredItem[], row: readonly NewItem[], context: EditContext): readonly Write[] {
  const first = row[0];
  if (first === undefined) return [];
  const siblings = siblingsOf(items, first.kind, first.parent).map(asPlaced);
  const { keys, moved } = placeAt(siblings, siblings.length, row.length, context.random);
  const rekeyed = moved.map(({ id, key }) => put([ITEMS, id, 'place'], joinPlace(first.parent, key)));
  const made = row.map((item, i): Write => ({
    kind: 'make',
    path: [ITEMS, item.document],
    fields: { title: item.title, place: joinPlace(item.parent, keys[i] ?? '') },
    undo: put([ITEMS, item.document, 'trashedAt'], context.nowMs),
  }));
  return [...rekeyed, ...made];
}

/** A record of its own, where newcomers read it; none when it is there and says so already. */
function planShare(doc: Doc, item: StoredItem, content = contentOf(item)): Result<readonly Write[]> {
  if (parseId('DocumentId', content) === undefined || kindOfDocument(content) !== item.kind)
    return fail('invalid-edit', 'content');
  const path = [ITEMS, item.document] as const;
  if (isRecord(valueAt(doc, path))) return ok(content === contentOf(item) ? [] : [put([...path, 'content'], content)]);
  const fields = { title: item.title, place: joinPlace(item.parent, item.key), content };
  return ok([{ kind: 'make', path, fields, undo: put([...path, 'content'], contentOf(item)) }]);
}

interface Destination {
  readonly parent: DocumentId | null;
  readonly after: DocumentId | null;
}

function planMove(
  items: readonly StoredItem[],
  item: StoredItem,
  to: Destination,
  context: EditContext,
): Result<readonly Write[]> {
  if (to.parent !== null && item.kind !== 'page') return fail('invalid-edit', 'only pages nest');
  if (to.parent !== null && !items.some((each) => each.document === to.parent && each.kind === 'page'))
    return fail('invalid-edit', 'parent');
  const parents = resolveParents(items);
  for (let at = to.parent; at !== null; at = parents.get(at) ?? null) {
    if (at === item.document) return fail('invalid-edit', 'a page cannot stand under itself');
  }
  const row = siblingsOf(items, item.kind, to.parent).filter((each) => each.document !== item.document);
  const after = to.after === null ? -1 : row.findIndex((each) => each.document === to.after);
  if (to.after !== null && after < 0) return fail('invalid-edit', 'after');
  const { keys, moved } = placeAt(row.map(asPlaced), after + 1, 1, context.random);
  const rekeyed = moved.map(({ id, key }) => put([ITEMS, id, 'place'], joinPlace(to.parent, key)));
  return ok([...rekeyed, put([ITEMS, item.document, 'place'], joinPlace(to.parent, keys[0] ?? ''))]);
}

/** A page whose parent stays in the trash comes back at the top level. */
function planRestore(items: readonly StoredItem[], item: StoredItem, context: EditContext): Result<readonly Write[]> {
  const writes: Write[] = item.trashedAt === undefined ? [] : [put([ITEMS, item.document, 'trashedAt'], undefined)];
  const byId = new Map(items.map((each) => [each.document, each]));
  const parents = resolveParents(items);
  for (let at = parents.get(item.document) ?? null; at !== null; at = parents.get(at) ?? null) {
    if (byId.get(at)?.trashedAt === undefined) continue;
    const top = siblingsOf(items, item.kind, null);
    const moved = planMove(items, item, { parent: null, after: top[top.length - 1]?.document ?? null }, context);
    return moved.ok ? ok([...writes, ...moved.value]) : moved;
  }
  return ok(writes);
}

/** [K4] An item is edited where it stands; what newcomers need first is the name of the space. */
export const indexParts: PartedKind = {
  homeOf(parts, edit) {
    if (!('document' in edit) || edit.edit === 'item.add' || edit.edit === 'item.share') return undefined;
    return parts.findLast((part) => isRecord(valueAt(part, [ITEMS, edit.document])));
  },
  opening(parts, part) {
    const named = findNamed(parts);
    if (named === undefined || (part !== undefined && nameOf(part) !== '')) return undefined;
    return { edit: 'space.rename', name: nameOf(named) };
  },
};
