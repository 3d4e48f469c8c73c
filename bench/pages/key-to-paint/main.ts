/** Mounts one of the two editors and measures, for every key, the time from the key's event to the frame that shows it. */
import { startArchipel } from './archipel.ts';
import { startYjs } from './yjs.ts';

export interface Measured {
  isReady: boolean;
  keyMs: number[];
  longTasksMs: number[];
  remoteChanges: number;
}

let firstKeyAt = Infinity;
const measured: Measured = { isReady: false, keyMs: [], longTasksMs: [], remoteChanges: 0 };
Object.assign(globalThis, { measured });

new PerformanceObserver((list) => {
  // From the first key on: laying out the whole page once, in either editor, belongs to opening it.
  for (const { startTime, duration } of list.getEntries())
    if (startTime >= firstKeyAt) measured.longTasksMs.push(duration);
}).observe({ type: 'longtask' });

addEventListener(
  'keydown',
  ({ timeStamp }) => {
    firstKeyAt = Math.min(firstKeyAt, timeStamp);
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
