/** Dragging between columns, fetched after the board is on screen: nobody drags in the first instant. */
import type { DndEvent, Options } from 'svelte-dnd-action';
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
  void import('svelte-dnd-action').then((library) => {
    if (!isGone) zone = library.dndzone(node, current);
  });
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
