/** Moves focus among a menu's entries as the ARIA menu pattern says; false for a key that means nothing there. */
export function stepInMenu(menu: HTMLElement, key: string): boolean {
  const items = [...menu.querySelectorAll<HTMLElement>('[role^="menuitem"]:not(:disabled)')];
  const at = items.findIndex((item) => item === document.activeElement);
  const next = nextItem(items, at, key);
  if (next === undefined) return false;
  next.focus();
  return true;
}

function nextItem(items: readonly HTMLElement[], at: number, key: string): HTMLElement | undefined {
  switch (key) {
    case 'Home':
      return items[0];
    case 'End':
      return items.at(-1);
    case 'ArrowDown':
      return items[(at + 1) % items.length];
    case 'ArrowUp':
      return items.at(Math.max(at, 0) - 1);
    default:
      // A letter goes to the next entry that starts with it, accents aside; Enter and Space are the entry's own.
      if (!/^\S$/u.test(key)) return undefined;
      return [...items.slice(at + 1), ...items.slice(0, at + 1)].find((item) => startsWith(item, key));
  }
}

function startsWith(item: HTMLElement, letter: string): boolean {
  return bare(item.textContent.trim()).startsWith(bare(letter));
}

function bare(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase();
}
