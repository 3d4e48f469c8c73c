import type { Clock } from '../../foundation/clock.ts';

export class SystemClock implements Clock {
  nowMs(): number {
    return Date.now();
  }
}
