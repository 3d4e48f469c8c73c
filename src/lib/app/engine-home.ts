/**
 * Whether the engine may live in a SharedWorker. Some browsers have one that cannot keep a non-extractable key: WebKit
 * clones none there. The worker finds out before it holds anything and tells its tabs, which remember it and begin again
 * with engines of their own. `scripts/early-start.js` reads the same mark.
 */
const MARK = 'archipel.engine';
const PER_TAB = 'per-tab';

export function mayShareEngine(): boolean {
  return typeof SharedWorker !== 'undefined' && readMark() !== PER_TAB;
}

/** Nothing was kept yet, so nothing is lost; a page that could not remember would begin again for ever. */
export function settleInTabs(): void {
  try {
    localStorage.setItem(MARK, PER_TAB);
  } catch (cause) {
    if (!(cause instanceof DOMException)) throw cause;
  }
  if (readMark() === PER_TAB) location.reload();
  else throw new Error('this browser keeps neither keys nor a note');
}

function readMark(): string | null {
  try {
    return localStorage.getItem(MARK);
  } catch {
    return null;
  }
}
