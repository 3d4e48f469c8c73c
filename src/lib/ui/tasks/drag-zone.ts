/**
 * Dragging between columns, fetched after the board is on screen: nobody drags in the first instant. Where it cannot be
 * fetched there is none: every task moves by its menu and by keys as well.
 */
import type { dndzone, DndEvent, Options } from 'svelte-dnd-action';
import type { ActionReturn } from 'svelte/action';
import type { TaskView } from '$lib/documents/views.ts';

interface DragEvents {
  onconsider: (event: CustomEvent<DndEvent<TaskView>>) => void;
  onfinalize: (event: CustomEvent<DndEvent<TaskView>>) => void;
}

export function dragZone(node: HTMLElement, options: Options<TaskView>): ActionReturn<Options<TaskView>, DragEvents> {
  let current = options;
  let zone: ActionReturn<Options<TaskView>> | undefined;
  let isGone = false;
  const begin = (library: { readonly dndzone: typeof dndzone }): void => {
    if (!isGone) zone = library.dndzone(node, current);
  };
  void import('svelte-dnd-action').then(begin, () => undefined);
  return {
    update(next) {
      current = next;
      zone?.update?.(next);
    },
    destroy() {
      isGone = true;
      zone?.destroy?.();
    },
  };
}
