/** The edits of a board, as writes. Nothing is ever removed, only marked, so a concurrent edit is never lost. */
import { parseId } from '../../foundation/ids.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import { isRecord, recordsIn, type Doc } from '../automerge.ts';
import type { BoardEdit, DocumentEdit, TaskFields } from '../document-edits.ts';
import { textField, type EditContext } from '../document-schema.ts';
import { comparePlaced, placeAt, type Placed } from '../order-key.ts';
import { TASK_STATUSES } from '../views.ts';
import { put, scalarAt, valueAt, type Path, type RecordFields, type Scalar, type Write } from '../writes.ts';
import { CHECKLIST, TASKS, isDay, readRow } from './board-projection.ts';

const MAX_TEXT_CHARS = 2_000;
const ID = /^[0-9A-Za-z_-]{1,64}$/;

type Edit<K extends BoardEdit['edit']> = Extract<BoardEdit, { edit: K }>;

export function planBoardEdit(doc: Doc, edit: DocumentEdit, context: EditContext): Result<readonly Write[]> {
  switch (edit.edit) {
    case 'task.add':
      return planAdd(doc, edit, context);
    case 'task.set':
      return withTask(doc, edit.id, () => planSet(doc, edit));
    case 'task.move':
      return withTask(doc, edit.id, () => planMove(doc, edit, context));
    case 'task.delete':
      return withTask(doc, edit.id, () => ok([put([TASKS, edit.id, 'deleted'], true)]));
    case 'check.add':
      return withTask(doc, edit.id, () => planCheckAdd(doc, edit, context));
    case 'check.set':
      return withCheck(doc, edit, () => planCheckSet(edit));
    case 'check.delete':
      return withCheck(doc, edit, () => ok([put([TASKS, edit.id, CHECKLIST, edit.item, 'deleted'], true)]));
    default:
      return fail('unknown-edit', edit.edit);
  }
}

function isLivingAt(doc: Doc, path: Path): boolean {
  return isRecord(valueAt(doc, path)) && scalarAt(doc, [...path, 'deleted']) !== true;
}

function withTask(doc: Doc, id: string, plan: () => Result<readonly Write[]>): Result<readonly Write[]> {
  return isLivingAt(doc, [TASKS, id]) ? plan() : fail('invalid-edit', 'no such task');
}

function withCheck(
  doc: Doc,
  edit: { readonly id: string; readonly item: string },
  plan: () => Result<readonly Write[]>,
): Result<readonly Write[]> {
  const living = isLivingAt(doc, [TASKS, edit.id]) && isLivingAt(doc, [TASKS, edit.id, CHECKLIST, edit.item]);
  return living ? plan() : fail('invalid-edit', 'no such check');
}

function isText(text: unknown): text is string {
  return typeof text === 'string' && text.length <= MAX_TEXT_CHARS;
}

/** The fields as the document keeps them; undefined removes. A wrong value fails the whole edit. */
function readFields(fields: TaskFields): Result<readonly (readonly [string, Scalar | undefined])[]> {
  const read: (readonly [string, Scalar | undefined])[] = [];
  if (fields.title !== undefined) {
    if (!isText(fields.title)) return fail('invalid-edit', 'title');
    read.push(['title', fields.title]);
  }
  if (fields.status !== undefined) {
    if (!TASK_STATUSES.includes(fields.status)) return fail('invalid-edit', 'status');
    read.push(['status', fields.status]);
  }
  if (fields.assignee !== undefined) {
    if (fields.assignee !== null && parseId('MemberId', fields.assignee) === undefined)
      return fail('invalid-edit', 'assignee');
    read.push(['assignee', fields.assignee ?? undefined]);
  }
  if (fields.due !== undefined) {
    if (fields.due !== null && !isDay(fields.due)) return fail('invalid-edit', 'due');
    read.push(['due', fields.due ?? undefined]);
  }
  return ok(read);
}

function planAdd(doc: Doc, edit: Edit<'task.add'>, context: EditContext): Result<readonly Write[]> {
  if (!ID.test(edit.id) || Object.hasOwn(recordsIn(doc, TASKS), edit.id)) return fail('invalid-edit', 'id');
  const fields = readFields(edit.fields);
  if (!fields.ok) return fields;
  const row = readRow(doc);
  const { keys, moved } = placeAt(row, row.length, 1, context.random);
  const given = Object.fromEntries(fields.value.filter((field): field is [string, Scalar] => field[1] !== undefined));
  const record: RecordFields = { status: 'todo', ...given, order: keys[0] ?? '', [CHECKLIST]: {} };
  const undo = put([TASKS, edit.id, 'deleted'], true);
  return ok([...rekey(moved), { kind: 'make', path: [TASKS, edit.id], fields: record, undo }]);
}

function planSet(doc: Doc, edit: Edit<'task.set'>): Result<readonly Write[]> {
  const fields = readFields(edit.fields);
  if (!fields.ok) return fields;
  const changes = fields.value.filter(
    ([key, value]) => value !== undefined || scalarAt(doc, [TASKS, edit.id, key]) !== undefined,
  );
  return ok(changes.map(([key, value]) => put([TASKS, edit.id, key], value)));
}

function planMove(doc: Doc, edit: Edit<'task.move'>, context: EditContext): Result<readonly Write[]> {
  if (!TASK_STATUSES.includes(edit.status)) return fail('invalid-edit', 'status');
  const row = readRow(doc).filter((task) => task.id !== edit.id);
  const column = row.filter((task) => task.status === edit.status);
  const after = column.find((task) => task.id === edit.after);
  if (edit.after !== null && after === undefined) return fail('invalid-edit', 'after');
  const first = column[0];
  const index = after !== undefined ? row.indexOf(after) + 1 : first === undefined ? row.length : row.indexOf(first);
  const { keys, moved } = placeAt(row, index, 1, context.random);
  const status =
    scalarAt(doc, [TASKS, edit.id, 'status']) === edit.status ? [] : [put([TASKS, edit.id, 'status'], edit.status)];
  return ok([...rekey(moved), ...status, put([TASKS, edit.id, 'order'], keys[0] ?? '')]);
}

function rekey(moved: readonly Placed[]): readonly Write[] {
  return moved.map(({ id, key }) => put([TASKS, id, 'order'], key));
}

function planCheckAdd(doc: Doc, edit: Edit<'check.add'>, context: EditContext): Result<readonly Write[]> {
  const list = valueAt(doc, [TASKS, edit.id, CHECKLIST]);
  if (!ID.test(edit.item) || !isText(edit.text)) return fail('invalid-edit', 'item');
  if (!isRecord(list) || Object.hasOwn(list, edit.item)) return fail('invalid-edit', 'item');
  const row = Object.entries(list)
    .flatMap(([id, item]) => (isRecord(item) ? [{ id, key: textField(item, 'order') ?? '' }] : []))
    .sort(comparePlaced);
  const { keys, moved } = placeAt(row, row.length, 1, context.random);
  const path: Path = [TASKS, edit.id, CHECKLIST];
  return ok([
    ...moved.map(({ id, key }) => put([...path, id, 'order'], key)),
    {
      kind: 'make',
      path: [...path, edit.item],
      fields: { text: edit.text, done: false, order: keys[0] ?? '' },
      undo: put([...path, edit.item, 'deleted'], true),
    },
  ]);
}

function planCheckSet(edit: Edit<'check.set'>): Result<readonly Write[]> {
  const path: Path = [TASKS, edit.id, CHECKLIST, edit.item];
  const writes: Write[] = [];
  if (edit.text !== undefined) {
    if (!isText(edit.text)) return fail('invalid-edit', 'text');
    writes.push(put([...path, 'text'], edit.text));
  }
  if (edit.isDone !== undefined) {
    if (typeof edit.isDone !== 'boolean') return fail('invalid-edit', 'isDone');
    writes.push(put([...path, 'done'], edit.isDone));
  }
  return ok(writes);
}
