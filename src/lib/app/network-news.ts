/**
 * What a tab learns of the network goes to the engine, whose worker is not told everywhere. A tab that is looked at again
 * may have slept where the network was gone: then, too, the next try is made at once.
 */
import type { EngineControl } from './engine-channel.ts';

export function passOnNetwork(tell: (message: EngineControl) => void): void {
  const pass = (isThere: boolean): void => tell({ control: 'network', isThere });
  addEventListener('online', () => pass(true));
  addEventListener('offline', () => pass(false));
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') pass(true);
  });
}
