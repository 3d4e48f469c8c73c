import { expect, test } from 'vitest';
import type { DeviceId, SpaceId } from '../../src/lib/foundation/ids.ts';
import { encodeFrame } from '../../src/lib/protocol/frames.ts';
import { FrameBatch } from './outgoing.ts';
import { Outbox } from './outbox.ts';

const space = 'a1'.repeat(32) as SpaceId;
const ack = (device: string, seq: number) =>
  ({ kind: 'ack', space, device: device.repeat(32) as DeviceId, seq, id16: 'cd'.repeat(16) }) as const;

test('deliveries leave first, then frames, then of the acks for one chain the highest', () => {
  const outbox = new Outbox();
  const delivery = new FrameBatch([new Uint8Array([7])]);
  outbox.addAck(ack('0a', 4));
  outbox.addAck(ack('0a', 6));
  outbox.addAck(ack('0a', 5));
  outbox.addAck(ack('0b', 1));
  outbox.addFrame({ kind: 'ping' });
  outbox.addBatch(delivery);
  const [first, own, ...more] = outbox.take();
  expect(first).toBe(delivery);
  expect(own?.frames).toEqual([{ kind: 'ping' } as const, ack('0a', 6), ack('0b', 1)].map(encodeFrame));
  expect(more).toEqual([]);
});

test('what was taken is gone, and each thing alone makes it wait', () => {
  const outbox = new Outbox();
  const fills = [
    () => outbox.addAck(ack('0a', 1)),
    () => outbox.addFrame({ kind: 'ping' }),
    () => outbox.addBatch(new FrameBatch([new Uint8Array([7])])),
  ];
  for (const fill of fills) {
    expect(outbox.isEmpty).toBe(true);
    fill();
    expect(outbox.isEmpty).toBe(false);
    expect(outbox.take()).toHaveLength(1);
  }
  expect(outbox.take()).toEqual([]);
});
