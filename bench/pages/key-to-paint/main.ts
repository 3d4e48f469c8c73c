/** Mounts one of the two editors and measures, for every key, the time from the key's event to the frame that shows it. */
import { startArchipel } from './archipel.ts';
import { startYjs } from './yjs.ts';

export interface Measured {
  isReady: boolean;
  keyMs: number[];
  longTasksMs: number[];
  remoteChanges: number;
}

const measured: Measured = { isReady: false, keyMs: [], longTasksMs: [], remoteChanges: 0 };
Object.assign(globalThis, { measured });

new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (measured.isReady) measured.longTasksMs.push(entry.duration);
}).observe({ type: 'longtask' });

addEventListener(
  'keydown',
  ({ timeStamp }) => {
    requestAnimationFrame(() => {
      // A message sent within the frame arrives after its paint.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        measured.keyMs.push(performance.now() - timeStamp);
        port1.close();
      };
      port2.postMessage(null);
    });
  },
  { capture: true },
);

const target = document.getElementById('editor');
if (target === null) throw new Error('the page has a place for the editor');
const start = location.hash === '#yjs' ? startYjs : startArchipel;
await start(target, () => (measured.remoteChanges += 1));
measured.isReady = true;
