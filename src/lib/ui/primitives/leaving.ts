/**
 * Calls `work` whenever this page may be about to end, which may be more than once and may turn out not to be so. At
 * `beforeunload` there is still time: workers and their messages live until the next page has come. Some browsers say
 * only that the page is hidden.
 */
export function whenLeaving(work: () => void): () => void {
  const onHidden = (): void => {
    if (document.visibilityState === 'hidden') work();
  };
  // Before whoever saves what then lies in the worker.
  const first = { capture: true };
  addEventListener('beforeunload', work, first);
  addEventListener('pagehide', work, first);
  document.addEventListener('visibilitychange', onHidden, first);
  return () => {
    removeEventListener('beforeunload', work, first);
    removeEventListener('pagehide', work, first);
    document.removeEventListener('visibilitychange', onHidden, first);
  };
}
