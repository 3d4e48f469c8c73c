/** The installed shell: the service worker's life, the offer to install, and the promise to keep storage. */
import { Workbox } from 'workbox-window';
import type { Shell } from './clients.ts';
import { browserPasskeys } from './passkeys.ts';

const SERVICE_WORKER = '/service-worker.js';

/** Chromium's install event, which no standard library types. */
interface InstallPromptEvent extends Event {
  prompt(): Promise<unknown>;
}

/** A server that does not answer now is asked again next time. */
async function lookForUpdate(workbox: Workbox | undefined): Promise<void> {
  try {
    await workbox?.update();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
  }
}

/** A worker whose first installation the network cut short is gone: without another try this page would not open offline. */
async function keepShellAgain(): Promise<void> {
  try {
    const kept = await navigator.serviceWorker.getRegistration();
    if (kept === undefined) await navigator.serviceWorker.register(SERVICE_WORKER);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
  }
}

/** Not every browser has one, whatever the types say. */
function hasStorageManager(): boolean {
  return 'storage' in navigator;
}

async function isStorageKept(): Promise<boolean> {
  return hasStorageManager() && (await navigator.storage.persisted());
}

export function startShell(saveAll: () => Promise<void>): Shell {
  const listeners = new Set<() => void>();
  let isWaiting = false;
  let installPrompt: InstallPromptEvent | undefined;
  const changed = (): void => listeners.forEach((listener) => listener());

  const workbox = 'serviceWorker' in navigator && import.meta.env.PROD ? new Workbox(SERVICE_WORKER) : undefined;
  workbox?.addEventListener('waiting', () => {
    isWaiting = true;
    changed();
  });
  // Every tab follows when one of them accepted the new version, and leaves nothing unsaved. The very first worker
  // takes over a page that already is its own version: nothing to follow.
  let isFirst = workbox !== undefined && navigator.serviceWorker.controller === null;
  workbox?.addEventListener('controlling', () => {
    if (isFirst) isFirst = false;
    else void saveAll().finally(() => location.reload());
  });
  // Where a browser forbids it the app works all the same, but not without the server.
  workbox?.register().catch((cause: unknown) => reportError(cause));
  if (workbox !== undefined) addEventListener('online', () => void keepShellAgain());
  // An installed app may stay open for weeks: it looks again when it comes back into view.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && navigator.onLine) void lookForUpdate(workbox);
  });

  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault();
    installPrompt = event as InstallPromptEvent;
    changed();
  });

  return {
    passkeys: browserPasskeys(),
    isUpdateWaiting: () => isWaiting,
    async applyUpdate() {
      await saveAll();
      workbox?.messageSkipWaiting();
    },
    canInstall: () => installPrompt !== undefined,
    async install() {
      await installPrompt?.prompt();
      installPrompt = undefined;
      changed();
    },
    isStorageKept,
    async keepStorage() {
      const isKept = (await isStorageKept()) || (hasStorageManager() && (await navigator.storage.persist()));
      changed();
      return isKept;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
