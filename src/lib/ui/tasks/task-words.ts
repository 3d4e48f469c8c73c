/** Statuses and due dates as the person reads them. A due date is a calendar day without a time zone. */
import type { TaskStatus, TaskView } from '$lib/documents/views.ts';
import * as m from '$lib/paraglide/messages';

const STATUS_NAMES: Readonly<Record<TaskStatus, () => string>> = {
  todo: () => m.tasks_todo(),
  doing: () => m.tasks_doing(),
  done: () => m.tasks_done(),
};

export function statusName(status: TaskStatus): string {
  return STATUS_NAMES[status]();
}

export function taskTitle(task: Pick<TaskView, 'title'>): string {
  return task.title === '' ? m.shell_untitled() : task.title;
}

export interface DueWords {
  readonly text: string;
  readonly tone: 'late' | 'soon' | 'plain';
}

const DAY_MS = 86_400_000;

/** Today as `YYYY-MM-DD` where the person is. */
export function today(now: Date): string {
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
}

/** Days from `from` to `to`, both `YYYY-MM-DD`; NaN when one of them is not a day. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
}

export function dueWords(due: string, now: string, language: string): DueWords {
  const days = daysBetween(now, due);
  if (Number.isNaN(days)) return { text: due, tone: 'plain' };
  const tone = days < 0 ? 'late' : days <= 1 ? 'soon' : 'plain';
  if (days >= -1 && days <= 1) {
    const words = new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(days, 'day');
    return { text: words.charAt(0).toLocaleUpperCase(language) + words.slice(1), tone };
  }
  return { text: formatDay(due, now, language), tone };
}

function formatDay(due: string, now: string, language: string): string {
  const isThisYear = due.slice(0, 4) === now.slice(0, 4);
  const options: Intl.DateTimeFormatOptions = isThisYear
    ? { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' }
    : { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' };
  return new Intl.DateTimeFormat(language, options).format(Date.parse(`${due}T00:00:00Z`));
}
