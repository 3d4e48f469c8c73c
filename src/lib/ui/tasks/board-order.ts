/** The board split into its columns, and where a task goes by "Move to…". */
import { TASK_STATUSES, type TaskStatus, type TaskView } from '$lib/documents/views.ts';

export type Columns = Readonly<Record<TaskStatus, readonly TaskView[]>>;

export function columnsOf(tasks: readonly TaskView[]): Columns {
  const columns: Record<TaskStatus, TaskView[]> = { todo: [], doing: [], done: [] };
  for (const task of tasks) columns[task.status].push(task);
  return columns;
}

/** The task that `id` comes after in `column`; null when it comes first. */
export function precedingTask(column: readonly TaskView[], id: string): string | null {
  const at = column.findIndex((task) => task.id === id);
  return at > 0 ? (column[at - 1]?.id ?? null) : null;
}

/** Where one step up or down in its column leads; undefined at the end. */
export function afterStep(column: readonly TaskView[], id: string, step: 'up' | 'down'): string | null | undefined {
  const at = column.findIndex((task) => task.id === id);
  if (step === 'up') return at <= 0 ? undefined : (column[at - 2]?.id ?? null);
  return column[at + 1]?.id;
}

export type ListRow =
  | { readonly kind: 'heading'; readonly key: string; readonly status: TaskStatus; readonly count: number }
  | { readonly kind: 'task'; readonly key: string; readonly task: TaskView };

/** The columns below each other, for the list. */
export function listRows(columns: Columns): ListRow[] {
  return TASK_STATUSES.flatMap((status): ListRow[] => [
    { kind: 'heading', key: status, status, count: columns[status].length },
    ...columns[status].map((task) => ({ kind: 'task' as const, key: task.id, task })),
  ]);
}
