/** Time that passes only when told to: a clock and a scheduler for tests, replaying the same way every time. */
import type { Clock } from '../foundation/clock.ts';
import type { Scheduler } from '../foundation/scheduler.ts';

interface Task {
  readonly dueMs: number;
  readonly order: number;
  readonly run: () => void;
}

export class VirtualTime implements Clock, Scheduler {
  readonly #settle: () => Promise<void>;
  readonly #heap: Task[] = [];
  readonly #cancelled = new Set<Task>();
  #nowMs = 0;
  #order = 0;

  /** `settle` resolves when every promise that can go on by itself has done so: one turn of the event loop. */
  constructor(settle: () => Promise<void>) {
    this.#settle = settle;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    // Timers count whole milliseconds, and a clock's time goes into records.
    const task: Task = { dueMs: this.#nowMs + Math.ceil(Math.max(0, delayMs)), order: this.#order++, run };
    push(this.#heap, task);
    return () => {
      this.#cancelled.add(task);
    };
  }

  /** Runs everything that falls due within the next `durationMs`, in order, letting promises settle in between. */
  async pass(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs;
    await this.#settle();
    for (let next = this.#heap[0]; next !== undefined && next.dueMs <= endMs; next = this.#heap[0]) {
      pop(this.#heap);
      if (this.#cancelled.delete(next)) continue;
      this.#nowMs = next.dueMs;
      next.run();
      await this.#settle();
    }
    this.#nowMs = endMs;
  }
}

function isBefore(a: Task, b: Task): boolean {
  return a.dueMs === b.dueMs ? a.order < b.order : a.dueMs < b.dueMs;
}

function push(heap: Task[], task: Task): void {
  let at = heap.push(task) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!swapIf(heap, at, parent)) return;
    at = parent;
  }
}

function pop(heap: Task[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const child = left + 1 < heap.length && isTaskBefore(heap, left + 1, left) ? left + 1 : left;
    if (child >= heap.length || !swapIf(heap, child, at)) return;
    at = child;
  }
}

function isTaskBefore(heap: readonly Task[], a: number, b: number): boolean {
  const [first, second] = [heap[a], heap[b]];
  return first !== undefined && second !== undefined && isBefore(first, second);
}

/** Swaps when the task at `child` must run before the one at `parent`. */
function swapIf(heap: Task[], child: number, parent: number): boolean {
  const [lower, upper] = [heap[child], heap[parent]];
  if (lower === undefined || upper === undefined || !isBefore(lower, upper)) return false;
  heap[child] = upper;
  heap[parent] = lower;
  return true;
}
