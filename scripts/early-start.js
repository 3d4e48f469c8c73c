/**
 * The first script of the page: starts both workers and fetches what the address will need, while the app itself still
 * loads. `build.mjs` fills in the names; `src/lib/app/early-workers.ts` takes the workers over. Without it the app
 * starts them itself, later.
 */
(() => {
  // As in src/lib/app/trusted-types.ts, which finds it made.
  globalThis.trustedTypes?.createPolicy('default', {
    createScriptURL(url) {
      if (new URL(url, location.origin).origin === location.origin) return url;
      throw new TypeError('a script address of another origin was refused');
    },
  });
  const early = {};
  globalThis.archipelEarly = early;
  // As in src/lib/app/engine-home.ts.
  let isPerTab = false;
  try {
    isPerTab = localStorage.getItem('archipel.engine') === 'per-tab';
  } catch {
    // Who forbade it is asked again at each start.
  }
  if (typeof SharedWorker !== 'undefined' && !isPerTab)
    early.engine = new SharedWorker('ENGINE_WORKER', { type: 'classic', name: 'archipel-engine' });
  early.documents = new Worker('DOCUMENTS_WORKER', { type: 'classic', name: 'archipel-documents' });
  // One that cannot even load is not handed on.
  early.documents.addEventListener('error', () => delete early.documents);

  const route = [
    [/^\/s\/[^/]+\/p\//, PAGE_FILES],
    [/^\/s\/[^/]+\/b\//, BOARD_FILES],
    [/^\/s\/[^/]+\/c\//, CHANNEL_FILES],
    [/^\/s\//, SPACE_FILES],
  ].find(([path]) => path.test(location.pathname));
  for (const file of route?.[1] ?? []) {
    const link = document.createElement('link');
    link.rel = file.endsWith('.css') ? 'preload' : 'modulepreload';
    if (link.rel === 'preload') link.as = 'style';
    // As the app's own loader asks for it: else it is fetched twice.
    link.crossOrigin = 'anonymous';
    link.href = file;
    document.head.append(link);
  }
})();
