/** Records of a board as plain values: written anew in a fresh document, or brought to what another one holds. */
import { A, fixedText, isRecord, type Doc } from '../automerge.ts';
import { TASKS } from '../board/board-projection.ts';

/** Deeper than a task and its checklist ever are. */
const MAX_DEPTH = 8;

/** Inside an Automerge change only. */
export function copyTasks(draft: Doc, from: Doc): void {
  const target = draft[TASKS];
  if (!isRecord(target) || !isRecord(from[TASKS])) return;
  for (const [id, task] of Object.entries(from[TASKS]))
    if (isRecord(task) && task['deleted'] !== true) alignRecord(target, id, task, 0);
}

/** Inside an Automerge change only: every task is as in `from`; what `from` does not have stays. */
export function alignTasks(draft: Doc, from: Doc): void {
  const target = draft[TASKS];
  if (!isRecord(target) || !isRecord(from[TASKS])) return;
  for (const [id, task] of Object.entries(from[TASKS])) {
    if (!isRecord(task) || (task['deleted'] === true && !isRecord(target[id]))) continue;
    alignRecord(target, id, task, 0);
  }
}

function alignRecord(
  parent: Record<string, unknown>,
  key: string,
  wanted: Record<string, unknown>,
  depth: number,
): void {
  if (depth > MAX_DEPTH) return;
  if (!isRecord(parent[key])) parent[key] = {};
  const record = parent[key];
  if (!isRecord(record)) return;
  for (const [name, value] of Object.entries(wanted)) {
    if (isRecord(value)) alignRecord(record, name, value, depth + 1);
    else alignScalar(record, name, value);
  }
}

function alignScalar(record: Record<string, unknown>, name: string, value: unknown): void {
  const text = typeof value === 'string' || A.isImmutableString(value) ? value.toString() : undefined;
  if (text !== undefined) {
    const now = record[name];
    if (!A.isImmutableString(now) || now.toString() !== text) record[name] = fixedText(text);
  } else if (value === null || typeof value === 'number' || typeof value === 'boolean') {
    if (record[name] !== value) record[name] = value;
  }
}
