/** A board as a view. Records that did not change keep their identity, so a keyed list redraws only what moved. */
import { parseId } from '../../foundation/ids.ts';
import { isRecord, recordsIn, type Doc } from '../automerge.ts';
import { makerOf, readConflicts, textField, type ProjectionContext } from '../document-schema.ts';
import { comparePlaced, type Placed } from '../order-key.ts';
import { TASK_STATUSES, type BoardView, type ChecklistItem, type TaskStatus, type TaskView } from '../views.ts';

export const TASKS = 'tasks';
export const CHECKLIST = 'checklist';
const CONFLICT_FIELDS = ['title', 'status', 'assignee', 'due'] as const;
const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

export interface PlacedTask extends Placed {
  readonly view: TaskView;
}

export function isDay(text: string): boolean {
  return DAY.test(text);
}

export function projectBoard(doc: Doc, context: ProjectionContext): BoardView {
  return { kind: 'board', tasks: readTasks(doc, context).map((task) => task.view) };
}

/** Tasks in board order, deleted ones left out. */
export function readTasks(doc: Doc, context: ProjectionContext): readonly PlacedTask[] {
  const tasks: PlacedTask[] = [];
  for (const [id, record] of Object.entries(recordsIn(doc, TASKS))) {
    if (!isRecord(record) || record['deleted'] === true) continue;
    const known = context.cache.get(record) as PlacedTask | undefined;
    if (known !== undefined) {
      tasks.push(known);
      continue;
    }
    const { conflicts, isSettled } = readConflicts(record, CONFLICT_FIELDS);
    const view = { ...readTask(id, record, context), conflicts };
    const task = { id, key: textField(record, 'order') ?? '', view };
    if (isSettled) context.cache.set(record, task);
    tasks.push(task);
  }
  return tasks.sort(comparePlaced);
}

export interface RowTask extends Placed {
  readonly status: string;
}

/** Every living task's place, without the cost of a view. */
export function readRow(doc: Doc): readonly RowTask[] {
  return Object.entries(recordsIn(doc, TASKS))
    .flatMap(([id, record]) =>
      isRecord(record) && record['deleted'] !== true
        ? [{ id, key: textField(record, 'order') ?? '', status: readStatus(record) }]
        : [],
    )
    .sort(comparePlaced);
}

function readStatus(record: Record<string, unknown>): TaskStatus {
  const status = textField(record, 'status');
  return TASK_STATUSES.find((each) => each === status) ?? 'todo';
}

function readTask(
  id: string,
  record: Record<string, unknown>,
  context: ProjectionContext,
): Omit<TaskView, 'conflicts'> {
  const due = textField(record, 'due');
  return {
    id,
    title: textField(record, 'title') ?? '',
    status: readStatus(record),
    assignee: parseId('MemberId', textField(record, 'assignee') ?? ''),
    due: due !== undefined && isDay(due) ? due : undefined,
    checklist: readChecklist(record),
    createdBy: makerOf(record, context),
  };
}

export function readChecklist(task: Record<string, unknown>): readonly ChecklistItem[] {
  const list = task[CHECKLIST];
  if (!isRecord(list)) return [];
  return Object.entries(list)
    .flatMap(([id, item]) =>
      isRecord(item) && item['deleted'] !== true ? [{ id, item, key: textField(item, 'order') ?? '' }] : [],
    )
    .sort(comparePlaced)
    .map(({ id, item }) => ({ id, text: textField(item, 'text') ?? '', isDone: item['done'] === true }));
}
