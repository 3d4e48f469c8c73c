import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { describeTransport } from '../../sync/transport.contract.ts';
import { VirtualTime } from '../../sync/virtual-time.fixture.ts';
import { createMemoryLink, NO_FAULTS, type LinkFaults } from './memory-link.ts';

const newTime = () => new VirtualTime(() => turn());

describeTransport('MemoryLink', () => {
  const time = newTime();
  const { ends, cut } = createMemoryLink({ scheduler: time, chance: () => 0.5 });
  return Promise.resolve({ near: ends[0], far: ends[1], settle: () => time.pass(10), dispose: cut });
});

describe('MemoryLink with faults', () => {
  const arrived = async (faults: Partial<LinkFaults>, chance: () => number): Promise<readonly number[]> => {
    const time = newTime();
    const { ends } = createMemoryLink({ scheduler: time, chance, faults: () => ({ ...NO_FAULTS, ...faults }) });
    const frames: number[] = [];
    ends[1].listen({ onFrame: (frame) => frames.push(frame[0] ?? -1), onClose: () => undefined });
    for (let i = 0; i < 4; i++) ends[0].send(Uint8Array.of(i));
    await time.pass(1_000);
    return frames;
  };
  const sequence = (...values: readonly number[]) => {
    let at = 0;
    return () => values[at++ % values.length] ?? 0;
  };

  it('[S6] drops, doubles and reorders as chance says, the same way each time', async () => {
    expect(await arrived({ drop: 0.5 }, sequence(0.9, 0.1))).toEqual([0, 2]);
    expect(await arrived({ duplicate: 0.5 }, sequence(0.1, 0.9))).toEqual([0, 0, 1, 2, 2, 3]);
    expect(await arrived({ reorder: 0.5 }, sequence(0.1, 0.5, 0.9, 0.9, 0.9))).toEqual([1, 2, 3, 0]);
  });

  it('a late frame comes at a whole millisecond, as every timer: the time goes into records that hold integers', async () => {
    const time = newTime();
    const { ends } = createMemoryLink({
      scheduler: time,
      chance: sequence(0.1, 0.123),
      faults: () => ({ ...NO_FAULTS, reorder: 0.5, delayMs: 5 }),
    });
    const times: number[] = [];
    ends[1].listen({ onFrame: () => times.push(time.nowMs()), onClose: () => undefined });
    ends[0].send(Uint8Array.of(1));
    await time.pass(1_000);
    expect(times).toEqual([12]);
  });

  it('a cut loses what is on its way', async () => {
    const time = newTime();
    const { ends, cut } = createMemoryLink({ scheduler: time, chance: () => 0 });
    const frames: Uint8Array[] = [];
    ends[1].listen({ onFrame: (frame) => frames.push(frame), onClose: () => undefined });
    ends[0].send(Uint8Array.of(1));
    cut();
    await time.pass(10);
    expect(frames).toEqual([]);
  });
});
