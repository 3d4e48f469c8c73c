import { beforeEach, describe, expect, test } from 'vitest';
import { ApplyPace } from './apply-pace.ts';
import { ManualTime } from './testing/manual-time.ts';

let time: ManualTime;
let applied: number[];
let startMs: number;
let pace: ApplyPace;

/** An apply takes `costMs`, as the clock sees it. */
function begin(costMs: number): void {
  time = new ManualTime();
  startMs = time.nowMs();
  applied = [];
  pace = new ApplyPace({
    clock: time,
    scheduler: time,
    apply: () => {
      applied.push(time.nowMs() - startMs);
      pace.noteApplied(time.nowMs(), time.nowMs() + costMs);
    },
  });
}

describe('Bob changes the page that Alice looks at', () => {
  beforeEach(() => begin(10));

  test('his first change is applied at once, the next ones once a tick', async () => {
    for (let ms = 0; ms < 400; ms += 20) {
      pace.request('others');
      await time.advance(20);
    }
    expect(applied[0]).toBe(0);
    for (const [i, ms] of applied.slice(1).entries()) expect(ms - (applied[i] ?? 0)).toBeGreaterThanOrEqual(110);
    expect(applied.length).toBeGreaterThanOrEqual(3);
  });

  test('while she types, they are applied right after her keys', async () => {
    const keys: number[] = [];
    for (let ms = 0; ms < 2_000; ms += 10) {
      if (ms % 90 === 0) {
        keys.push(ms);
        pace.noteKey();
      }
      if (ms % 50 === 0) pace.request('others');
      await time.advance(10);
    }
    expect(applied.length).toBeGreaterThanOrEqual(15);
    expect(applied.slice(1).filter((ms) => !keys.includes(ms))).toEqual([]);
  });

  test('when she stops, they are applied 100 ms late at most', async () => {
    pace.noteKey();
    pace.request('others');
    await time.advance(99);
    expect(applied).toEqual([]);
    await time.advance(1);
    expect(applied).toEqual([100]);
  });

  test('what her own device wrote waits for no key, and no key hurries it', async () => {
    pace.request('self');
    await time.advance(0);
    pace.request('self');
    await time.advance(60);
    pace.noteKey();
    await time.advance(0);
    expect(applied).toEqual([0]);
    await time.advance(50);
    expect(applied).toEqual([0, 110]);
  });

  test('a slow apply is given four times its own time, keys or not', async () => {
    begin(50);
    for (let ms = 0; ms < 1_000; ms += 10) {
      if (ms % 80 === 0) pace.noteKey();
      pace.request('others');
      await time.advance(10);
    }
    for (const [i, ms] of applied.slice(1).entries()) expect(ms - (applied[i] ?? 0)).toBeGreaterThanOrEqual(250);
    expect(applied.length).toBeGreaterThanOrEqual(3);
  });
});
