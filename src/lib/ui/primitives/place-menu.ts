/** Distances in CSS pixels: from the trigger, and from the window's edges. */
const GAP = 4;
const EDGE = 8;
const TALLEST = 384;

/** Puts a menu (`position: fixed`) below its trigger, or above where there is more room, always inside the window. */
export function placeMenu(menu: HTMLElement, trigger: HTMLElement | null, align: 'start' | 'end'): void {
  const at = trigger?.getBoundingClientRect();
  if (at === undefined) return;
  const [width, height] = [document.documentElement.clientWidth, document.documentElement.clientHeight];
  const below = height - at.bottom - GAP - EDGE;
  const above = at.top - GAP - EDGE;
  const isBelow = below >= Math.min(menu.scrollHeight, TALLEST) || below >= above;
  const left = align === 'start' ? at.left : at.right - menu.offsetWidth;
  menu.style.maxHeight = `${String(Math.max(0, Math.min(TALLEST, isBelow ? below : above)))}px`;
  menu.style.left = `${String(Math.max(EDGE, Math.min(left, width - menu.offsetWidth - EDGE)))}px`;
  menu.style.top = isBelow ? `${String(at.bottom + GAP)}px` : 'auto';
  menu.style.bottom = isBelow ? 'auto' : `${String(height - at.top + GAP)}px`;
}
