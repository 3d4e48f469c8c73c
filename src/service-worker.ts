/**
 * Keeps the shell, so that the app opens with no network and no server. It holds no key and no plaintext, and sees no
 * content: everything but the shell's own files passes by. A new version waits until the person says so.
 */
/// <reference lib="webworker" />
import { cacheNames, clientsClaim } from 'workbox-core';
import {
  cleanupOutdatedCaches,
  createHandlerBoundToURL,
  precacheAndRoute,
  type PrecacheEntry,
} from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';

declare const self: ServiceWorkerGlobalScope & { readonly __WB_MANIFEST: (PrecacheEntry | string)[] };

/** The Static Routing API, which no standard library types. */
interface RoutingInstallEvent extends ExtendableEvent {
  addRoutes?(rules: readonly unknown[]): Promise<void>;
}

precacheAndRoute(self.__WB_MANIFEST);
cleanupOutdatedCaches();
registerRoute(
  new NavigationRoute(createHandlerBoundToURL('/index.html'), { denylist: [/^\/(health|metrics|sync|signal)$/] }),
);

// Files whose name carries their hash come straight from the cache, without waking this worker for each of them.
self.addEventListener('install', (event) => {
  const condition = { urlPattern: { pathname: '/_app/immutable/*' } };
  const rules = [{ condition, source: { cacheName: cacheNames.precache } }];
  event.waitUntil((event as RoutingInstallEvent).addRoutes?.(rules) ?? Promise.resolve());
});

self.addEventListener('message', (event) => {
  if ((event.data as { type?: string } | undefined)?.type === 'SKIP_WAITING') void self.skipWaiting();
});
clientsClaim();
