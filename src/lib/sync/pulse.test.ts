import { describe, expect, it } from 'vitest';
import { Stage } from '../../../tests/simulation/pair.ts';
import { RelayNode } from '../../../tests/simulation/relay-node.ts';
import { createMemoryLink, NO_FAULTS } from '../adapters/transport/memory-link.ts';
import { decodeFrame } from '../protocol/frames.ts';
import { RELAY_SILENCE_MS, SILENCE_MS, TICK_MS } from './limits.ts';
import { Pulse } from './pulse.ts';

/** Alice at a relay, over a network that can go without either end being told. */
async function atTheRelay() {
  const stage = new Stage();
  const alice = stage.party('alice');
  await stage.space(alice, []);
  const relay = new RelayNode(stage.keys, stage.random, 'none');
  const state = { isThere: true, closedMs: Infinity, pings: 0 };
  const { ends } = createMemoryLink({
    scheduler: stage.time,
    chance: () => 0.5,
    sides: ['relay', 'peer'],
    binding: relay.binding,
    faults: () => ({ ...NO_FAULTS, drop: state.isThere ? 0 : 1 }),
    onSend: (bytes, end) => {
      const frame = decodeFrame(bytes);
      if (end === 0 && frame.ok && frame.value.kind === 'ping') state.pings++;
    },
  });
  relay.accept(ends[1]);
  alice.device.connect(ends[0], () => (state.closedMs = stage.time.nowMs()));
  await stage.time.pass(1_000);
  return { stage, alice, state };
}

describe('A relay that falls silent', () => {
  it('[S3] is given up within 18 s, whether or not something was on its way', async () => {
    for (const isWriting of [false, true]) {
      const { stage, alice, state } = await atTheRelay();
      await stage.time.pass(120_000);
      expect(state.closedMs).toBe(Infinity);
      state.isThere = false;
      const goneMs = stage.time.nowMs();
      if (isWriting) await stage.write(alice, 1);
      await stage.time.pass(SILENCE_MS);
      expect(state.closedMs - goneMs).toBeLessThanOrEqual(18_000);
    }
  });

  it('[S3] is kept when the network comes back in time, and an idle one costs one question in eight seconds', async () => {
    const { stage, state } = await atTheRelay();
    state.isThere = false;
    await stage.time.pass(10_000);
    state.isThere = true;
    await stage.time.pass(20_000);
    const before = state.pings;
    await stage.time.pass(600_000);
    expect(state.closedMs).toBe(Infinity);
    expect(state.pings - before).toBeLessThanOrEqual(600 / 8);
  });
});

describe('Pulse', () => {
  function silentTicks(pulse: Pulse): number {
    for (let ticks = 1; ; ticks++) if (pulse.look(true) === 'gone') return ticks;
  }

  it('gives a slow network time for what it was sent, but not for ever', () => {
    const pulse = new Pulse({ side: 'relay', clock: { nowMs: () => 0 }, patienceMs: undefined });
    expect(silentTicks(pulse) * TICK_MS).toBe(RELAY_SILENCE_MS);
    pulse.heard();
    pulse.sent(200_000);
    expect(silentTicks(pulse) * TICK_MS).toBe(RELAY_SILENCE_MS + 26_000);
    pulse.heard();
    pulse.sent(4_000_000);
    expect(silentTicks(pulse) * TICK_MS).toBe(SILENCE_MS);
  });

  it('[C5] does not take the sleep of this device for silence of the relay', () => {
    let nowMs = 0;
    const pulse = new Pulse({ side: 'relay', clock: { nowMs: () => nowMs }, patienceMs: undefined });
    nowMs += 3_600_000;
    expect(pulse.look(true)).toBe('calm');
  });
});
