import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ZERO_SPACE, ZERO_TAG, type EpochId } from '../foundation/ids.ts';
import { deviceNamed, envelopeIdNamed } from '../log/log-entries.fixture.ts';
import { ZERO_MEMBERSHIP_REF, type EnvelopeHeader } from '../protocol/envelope.ts';
import { EphemeralGate } from './ephemeral-gate.ts';
import { MAX_PRESENCE_SESSIONS, MAX_SIGNALS_PER_SECOND } from './limits.ts';
import { VirtualTime } from './virtual-time.fixture.ts';

function headerOf(session: string, type: 'presence' | 'signal' = 'presence'): EnvelopeHeader {
  return {
    suite: 1,
    type,
    flags: { clear: false, deflated: false },
    space: ZERO_SPACE,
    tag: ZERO_TAG,
    epoch: envelopeIdNamed('epoch') as string as EpochId,
    author: deviceNamed('alice'),
    seq: 0,
    prev: envelopeIdNamed(session),
    mref: ZERO_MEMBERSHIP_REF,
    nonce: new Uint8Array(24),
  };
}

function newGate() {
  const time = new VirtualTime(() => turn());
  const gate = new EphemeralGate({ clock: time, scheduler: time });
  return { time, gate };
}

describe('Presence on a link', () => {
  it("[P4] Alice's cursor moves 100 times a second and travels 10 times, the last place always", async () => {
    const { time, gate } = newGate();
    const sent: { readonly atMs: number; readonly place: number }[] = [];
    for (let i = 0; i < 200; i++) {
      gate.release(headerOf('tab 1'), Uint8Array.of(i), (bytes) =>
        sent.push({ atMs: time.nowMs(), place: bytes[0] ?? -1 }),
      );
      await time.pass(10);
    }
    await time.pass(200);
    expect(sent.length).toBeGreaterThanOrEqual(19);
    expect(sent.length).toBeLessThanOrEqual(22);
    for (const [i, { atMs }] of sent.entries())
      if (i > 0) expect(atMs - (sent[i - 1]?.atMs ?? 0)).toBeGreaterThanOrEqual(100);
    expect(sent.at(-1)?.place).toBe(199);
  });

  it('[P4] two tabs do not share one allowance, and signals never wait', () => {
    const { gate } = newGate();
    const sent: string[] = [];
    gate.release(headerOf('tab 1'), Uint8Array.of(1), () => sent.push('tab 1'));
    gate.release(headerOf('tab 2'), Uint8Array.of(1), () => sent.push('tab 2'));
    for (let i = 0; i < 3; i++) gate.release(headerOf('offer', 'signal'), Uint8Array.of(i), () => sent.push('signal'));
    expect(sent).toEqual(['tab 1', 'tab 2', 'signal', 'signal', 'signal']);
  });

  it('[P4] what comes in too often is dropped, and comes in again the next second', async () => {
    const { time, gate } = newGate();
    const admitted = (header: EnvelopeHeader) =>
      Array.from({ length: 500 }, () => gate.admits(header)).filter(Boolean).length;
    expect(admitted(headerOf('tab 1'))).toBe(20);
    expect(admitted(headerOf('x', 'signal'))).toBe(MAX_SIGNALS_PER_SECOND);
    await time.pass(1_000);
    expect(gate.admits(headerOf('tab 1'))).toBe(true);
  });

  it('[P4] remembers a bounded number of sessions', () => {
    const { gate } = newGate();
    for (let i = 0; i < 4 * MAX_PRESENCE_SESSIONS; i++) {
      expect(gate.admits(headerOf(`session ${String(i)}`))).toBe(true);
      gate.release(headerOf(`session ${String(i)}`), Uint8Array.of(1), () => undefined);
    }
    gate.close();
  });
});
