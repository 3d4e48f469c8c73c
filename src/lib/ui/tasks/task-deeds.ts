/** What a person does to a board, with the words for refusals and the way back after a deletion. */
import type { BoardEdit, TaskFields } from '$lib/documents/document-edits.ts';
import type { TaskStatus, TaskView } from '$lib/documents/views.ts';
import * as m from '$lib/paraglide/messages';
import type { LiveDocument } from '$lib/state/document-view.svelte.ts';
import { newItemId } from '$lib/state/new-ids.ts';
import type { Toasts } from '$lib/state/toasts.svelte.ts';
import type { Result } from '$lib/foundation/result.ts';
import { attempt } from '../attempt.ts';
import { taskTitle } from './task-words.ts';

export interface TaskDeeds {
  readonly add: (title: string, status: TaskStatus) => void;
  readonly set: (task: TaskView, fields: TaskFields) => void;
  readonly move: (task: string, status: TaskStatus, after: string | null) => Promise<Result<void>>;
  readonly remove: (task: TaskView) => void;
  readonly addCheck: (task: TaskView, text: string) => void;
  readonly setCheck: (
    task: TaskView,
    item: string,
    change: { readonly text?: string; readonly isDone?: boolean },
  ) => void;
  readonly removeCheck: (task: TaskView, item: string) => void;
  readonly undo: () => void;
  readonly redo: () => void;
}

export function taskDeeds(live: LiveDocument<'board'>, toasts: Toasts): TaskDeeds {
  const edit = (change: BoardEdit): Promise<Result<void>> => attempt(toasts, live.edit(change));

  const remove = async (task: TaskView): Promise<void> => {
    const removed = await edit({ edit: 'task.delete', id: task.id });
    if (!removed.ok) return;
    const at = live.edits;
    // The replica takes back its last edit: once there is a newer one, this offer would undo the wrong thing.
    toasts.show(m.tasks_deleted({ title: taskTitle(task) }), () => {
      if (live.edits === at) void attempt(toasts, live.undo());
    });
  };

  return {
    add: (title, status) => void edit({ edit: 'task.add', id: newItemId(), fields: { title, status } }),
    set: (task, fields) => void edit({ edit: 'task.set', id: task.id, fields }),
    move: (id, status, after) => edit({ edit: 'task.move', id, status, after }),
    remove: (task) => void remove(task),
    addCheck: (task, text) => void edit({ edit: 'check.add', id: task.id, item: newItemId(), text }),
    setCheck: (task, item, change) => void edit({ edit: 'check.set', id: task.id, item, ...change }),
    removeCheck: (task, item) => void edit({ edit: 'check.delete', id: task.id, item }),
    undo: () => void live.undo(),
    redo: () => void live.redo(),
  };
}
