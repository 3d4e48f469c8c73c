/**
 * y-websocket's server as its package ships it, over Yjs 13: the prereleases of Yjs 14 that the package asks for do not
 * fit each other (one applies updates to documents of the other, and nothing is passed on).
 */
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) => {
    const stable = specifier.startsWith('@y/protocols') ? specifier.replace('@y/protocols', 'y-protocols') : specifier;
    const isRedirected = stable !== specifier || specifier === 'yjs';
    return next(stable, isRedirected ? { ...context, parentURL: import.meta.url } : context);
  },
});
await import('@y/websocket-server/server');
