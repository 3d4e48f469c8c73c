/** What every Transport must do; each adapter runs this suite over a real pair of ends. */
import { afterEach, describe, expect, it } from 'vitest';
import { MAX_FRAME_BYTES } from '../protocol/frames.ts';
import type { Transport } from './transport.ts';

export interface TransportPair {
  readonly near: Transport;
  readonly far: Transport;
  /** Lets what was sent go on its way; called again until it has arrived. */
  readonly settle: () => Promise<void>;
  readonly dispose: () => void;
}

interface Heard {
  readonly frames: Uint8Array[];
  closes: number;
}

export function describeTransport(name: string, makePair: () => Promise<TransportPair>): void {
  const open: TransportPair[] = [];
  const connect = async (): Promise<TransportPair> => {
    const pair = await makePair();
    open.push(pair);
    return pair;
  };
  afterEach(() => {
    for (const pair of open.splice(0)) pair.dispose();
  });

  describe(`${name} as a Transport`, () => {
    it('carries frames whole and both ways', async () => {
      const { near, far, settle } = await connect();
      const [atNear, atFar] = [listenTo(near), listenTo(far)];
      near.send(Uint8Array.of(1, 2, 3));
      near.send(Uint8Array.of());
      far.send(Uint8Array.of(9));
      await expectSoon(settle, () => [atFar.frames.length, atNear.frames.length], [2, 1]);
      expect(atFar.frames).toEqual([Uint8Array.of(1, 2, 3), Uint8Array.of()]);
      expect(atNear.frames).toEqual([Uint8Array.of(9)]);
    });

    it('carries a frame of the largest size', async () => {
      const { near, far, settle } = await connect();
      const atFar = listenTo(far);
      listenTo(near);
      const large = new Uint8Array(MAX_FRAME_BYTES).fill(7);
      near.send(large);
      await expectSoon(settle, () => atFar.frames.length, 1);
      expect(atFar.frames[0]?.length).toBe(large.length);
      expect(atFar.frames[0]?.every((byte) => byte === 7)).toBe(true);
    });

    it('delivers what arrives before anyone listens once somebody does', async () => {
      const { near, far, settle } = await connect();
      listenTo(near);
      near.send(Uint8Array.of(5));
      await settle();
      const atFar = listenTo(far);
      await expectSoon(settle, () => atFar.frames, [Uint8Array.of(5)]);
    });

    it('tells both ends of a close once, and carries nothing afterwards', async () => {
      const { near, far, settle } = await connect();
      const [atNear, atFar] = [listenTo(near), listenTo(far)];
      near.close();
      near.close();
      await expectSoon(settle, () => [atNear.closes, atFar.closes], [1, 1]);
      near.send(Uint8Array.of(1));
      far.send(Uint8Array.of(2));
      await settle();
      expect([atNear.closes, atFar.closes]).toEqual([1, 1]);
      expect([...atNear.frames, ...atFar.frames]).toEqual([]);
    });

    it('counts no bytes as waiting once they are gone', async () => {
      const { near, far, settle } = await connect();
      listenTo(near);
      listenTo(far);
      near.send(new Uint8Array(10_000));
      expect(near.bufferedBytes()).toBeGreaterThanOrEqual(0);
      await expectSoon(settle, () => near.bufferedBytes(), 0);
    });
  });
}

async function expectSoon(settle: () => Promise<void>, seen: () => unknown, expected: unknown): Promise<void> {
  await expect.poll(() => settle().then(seen), { timeout: 10_000, interval: 10 }).toEqual(expected);
  // Nothing more comes after it, nothing comes twice.
  await settle();
  expect(seen()).toEqual(expected);
}

function listenTo(transport: Transport): Heard {
  const heard: Heard = { frames: [], closes: 0 };
  transport.listen({
    onFrame: (frame) => heard.frames.push(frame.slice()),
    onClose: () => heard.closes++,
  });
  return heard;
}
