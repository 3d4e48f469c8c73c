import { describe, expect, it } from 'vitest';
import { held, isLevel, kindsOf, Stage } from '../../../tests/simulation/pair.ts';
import { createMemoryLink, NO_FAULTS } from '../adapters/transport/memory-link.ts';
import { decodeFrame, encodeFrame, type Frame } from '../protocol/frames.ts';
import { IDLE_FRONTIER_MS, WINDOW_ENTRIES } from './limits.ts';

async function aliceAndBob() {
  const stage = new Stage();
  const [alice, bob] = [stage.party('alice'), stage.party('bob')];
  const space = await stage.space(alice, [bob]);
  return { stage, alice, bob, space };
}

describe('Alice and Bob over one link', () => {
  it('[S1] become level in one round trip, and nothing is sent that the other had', async () => {
    const { stage, alice, bob, space } = await aliceAndBob();
    const first = stage.link(alice, bob);
    await stage.time.pass(100);
    first.link.cut();
    await stage.write(alice, 5);
    await stage.write(bob, 7);
    const { sent } = stage.link(alice, bob);
    await stage.time.pass(100);
    expect(isLevel(space, alice, bob)).toBe(true);
    expect(kindsOf(sent, 'env')).toHaveLength(12);
    expect(
      kindsOf(sent, 'frontier')
        .map(({ from }) => from)
        .sort(),
    ).toEqual([0, 1]);
    expect(alice.device.links.values().next().value?.status().spaces).toMatchObject([
      { state: 'shared', isLevel: true },
    ]);
  });

  it('[S1] a new entry of Alice leaves at once and is acknowledged', async () => {
    const { stage, alice, bob, space } = await aliceAndBob();
    const { sent } = stage.link(alice, bob);
    await stage.time.pass(1_000);
    const before = sent.length;
    const writtenMs = stage.time.nowMs();
    await stage.write(alice, 1);
    expect(isLevel(space, alice, bob)).toBe(true);
    await stage.time.pass(50);
    const after = sent.slice(before);
    expect(after.map(({ frame }) => frame.kind)).toEqual(['env', 'ack']);
    expect((after[0]?.atMs ?? Infinity) - writtenMs).toBeLessThan(10);
  });

  it('[S2] a newcomer gets all membership and epochs before content, as far as chains allow, and never waits for any', async () => {
    const stage = new Stage();
    const [alice, bob, carol] = [stage.party('alice'), stage.party('bob'), stage.party('carol')];
    const space = await stage.space(alice, [bob]);
    stage.link(alice, bob);
    await stage.time.pass(100);
    await stage.write(bob, 40);
    await stage.write(alice, 3);
    void alice.device.rotate();
    await stage.time.pass(50);
    await stage.write(bob, 40);
    await stage.write(alice, 40);
    void alice.device.admit(carol.device.id);
    await stage.time.pass(50);
    await stage.write(bob, 40);
    await carol.device.join(space);
    const { sent } = stage.link(bob, carol);
    await stage.time.pass(3_000);
    expect(isLevel(space, alice, bob, carol)).toBe(true);
    // Alice's chain up to her last admission comes first, whole; then everything of Bob.
    const authors = carol.stored.map((entry) => entry.author);
    const lastGovernance = carol.stored.findLastIndex((entry) => entry.type === 'membership');
    expect(authors.slice(0, lastGovernance + 1).every((author) => author === alice.device.id)).toBe(true);
    expect(lastGovernance).toBe(47);
    expect(kindsOf(sent, 'nack')).toEqual([]);
  });

  it('[S3] a lost push is healed by the next FRONTIER within half a minute', async () => {
    const { stage, alice, bob, space } = await aliceAndBob();
    const faults = { ...NO_FAULTS };
    stage.link(alice, bob, { faults: () => faults });
    await stage.time.pass(1_000);
    faults.drop = 1;
    await stage.write(alice, 3);
    await stage.time.pass(1_000);
    expect(isLevel(space, alice, bob)).toBe(false);
    faults.drop = 0;
    await stage.time.pass(IDLE_FRONTIER_MS);
    expect(isLevel(space, alice, bob)).toBe(true);
  });

  it('[S3] a push that nobody answered is sent again within seconds, before any frontier is due', async () => {
    const { stage, alice, bob, space } = await aliceAndBob();
    const faults = { ...NO_FAULTS };
    const { sent } = stage.link(alice, bob, { faults: () => faults });
    await stage.time.pass(1_000);
    faults.drop = 1;
    await stage.write(alice, 3);
    faults.drop = 0;
    await stage.time.pass(9_000);
    expect(isLevel(space, alice, bob)).toBe(true);
    expect(kindsOf(sent, 'frontier')).toHaveLength(2);
  });

  it('[S3] an idle link compares frontiers twice a minute and sends nothing else', async () => {
    const { stage, alice, bob } = await aliceAndBob();
    const { sent } = stage.link(alice, bob);
    await stage.time.pass(10_000);
    const before = sent.length;
    await stage.time.pass(120_000);
    const idle = sent.slice(before);
    expect(new Set(idle.map(({ frame }) => frame.kind))).toEqual(new Set(['frontier']));
    expect(idle.length).toBeGreaterThanOrEqual(6);
    expect(idle.length).toBeLessThanOrEqual(10);
  });

  it('[C5] a clock that jumps a century ahead or back stops nothing', async () => {
    const { stage, alice, bob, space } = await aliceAndBob();
    const faults = { ...NO_FAULTS };
    stage.link(alice, bob, { faults: () => faults });
    for (const skewMs of [3e12, -3e12]) {
      await stage.time.pass(1_000);
      alice.clock.skewMs = skewMs;
      bob.clock.skewMs = -skewMs;
      faults.drop = 1;
      await stage.write(alice, 2);
      faults.drop = 0;
      await stage.time.pass(2 * IDLE_FRONTIER_MS);
      expect(isLevel(space, alice, bob)).toBe(true);
    }
  });

  it('[S6] a hole in a chain makes Bob say where he stands, and Alice goes on from there', async () => {
    const { stage, alice, bob, space } = await aliceAndBob();
    let isLossy = false;
    const { sent } = stage.link(alice, bob, {
      faults: () => ({ ...NO_FAULTS, drop: isLossy ? 1 : 0 }),
    });
    await stage.time.pass(1_000);
    isLossy = true;
    await stage.write(alice, 1);
    isLossy = false;
    await stage.write(alice, 1);
    await stage.time.pass(100);
    expect(kindsOf(sent, 'nack').map(({ frame }) => frame)).toMatchObject([{ code: 'chain-gap' }]);
    expect(isLevel(space, alice, bob)).toBe(true);
  });
});

describe('Flow on a link', () => {
  it('a slow transport is never filled beyond its high-water mark', async () => {
    const { stage, alice, bob, space } = await aliceAndBob();
    for (let i = 0; i < 40; i++) await stage.write(alice, 50);
    let most = 0;
    const link = createMemoryLink({
      scheduler: stage.time,
      chance: stage.random.chance,
      binding: Uint8Array.of(1),
      faults: () => ({ ...NO_FAULTS, delayMs: 400 }),
      onSend: () => (most = Math.max(most, link.ends[0].bufferedBytes())),
    });
    alice.device.connect(link.ends[0], () => undefined);
    bob.device.connect(link.ends[1], () => undefined);
    await stage.time.pass(60_000);
    expect(isLevel(space, alice, bob)).toBe(true);
    expect(most).toBeLessThan(1.5 * 2 ** 20);
  });

  it('never more than the window is unacknowledged, and nothing is sent twice', async () => {
    const { stage, alice, bob, space } = await aliceAndBob();
    for (let i = 0; i < 40; i++) await stage.write(alice, 50);
    const { sent } = stage.link(alice, bob, { faults: () => ({ ...NO_FAULTS, delayMs: 200 }) });
    await stage.time.pass(60_000);
    expect(isLevel(space, alice, bob)).toBe(true);
    expect(kindsOf(sent, 'env')).toHaveLength(held(alice, space).length);
    let acked = 0;
    let flown = 0;
    for (const { frame } of sent) {
      if (frame.kind === 'ack') acked = Math.max(acked, frame.seq + 1);
      if (frame.kind === 'env') flown++;
      expect(flown - acked).toBeLessThanOrEqual(WINDOW_ENTRIES);
    }
  });

  it('a peer that floods bad frames is shut out, and costs no memory', async () => {
    const { stage, alice } = await aliceAndBob();
    const link = createMemoryLink({ scheduler: stage.time, chance: () => 0.5 });
    alice.device.connect(link.ends[0], () => undefined);
    let closes = 0;
    link.ends[1].listen({ onFrame: () => undefined, onClose: () => closes++ });
    for (let i = 0; i < 10_000; i++) link.ends[1].send(Uint8Array.of(250, i & 255));
    await stage.time.pass(100);
    expect(closes).toBe(1);
    expect(alice.faults).toEqual([]);
  });

  it('entries of Carol that reach Bob both ways are forwarded to nobody who has them', async () => {
    const stage = new Stage();
    const [alice, bob, carol] = [stage.party('alice'), stage.party('bob'), stage.party('carol')];
    const space = await stage.space(alice, [bob, carol]);
    const links = [stage.link(alice, bob), stage.link(bob, carol), stage.link(alice, carol)];
    await stage.time.pass(2_000);
    const countEnvs = () => links.reduce((sum, { sent }) => sum + kindsOf(sent, 'env').length, 0);
    const before = countEnvs();
    await stage.write(carol, 10);
    await stage.time.pass(5_000);
    expect(isLevel(space, alice, bob, carol)).toBe(true);
    expect(countEnvs() - before).toBe(20);
  });

  it('a full disk ends the link with a reason and is told to our own side', async () => {
    const { stage, alice, bob } = await aliceAndBob();
    const { sent } = stage.link(alice, bob);
    bob.device.host.offer = () => Promise.reject(new (class extends Error {})('disk'));
    await stage.time.pass(100);
    expect(kindsOf(sent, 'bye')).toHaveLength(1);
    expect(bob.faults).toHaveLength(1);
  });
});

describe('Forks', () => {
  it('[C4] Bob restored from a backup writes again in an old place: both sides get the proof, and the link lives on', async () => {
    const { stage, alice, bob, space } = await aliceAndBob();
    const first = stage.link(alice, bob);
    await stage.time.pass(100);
    const backup = structuredClone(bob.disk.spaces);
    await stage.write(bob, 2);
    await stage.time.pass(100);
    first.link.cut();
    for (const [id, log] of backup) bob.disk.spaces.set(id, log);
    void bob.device.write('another history');
    await stage.time.pass(20);
    const offers: Frame[] = [];
    const { sent } = stage.link(alice, bob, { onSend: (bytes) => remember(offers, bytes) });
    await stage.time.pass(5_000);
    expect(sent).toEqual([]);
    expect(offers.some((frame) => frame.kind === 'want')).toBe(true);
    expect(offers.some((frame) => frame.kind === 'nack' && frame.code === 'chain-fork')).toBe(true);
    await stage.write(alice, 3);
    expect(held(bob, space).filter((place) => place.startsWith(alice.device.id.slice(0, 8)))).toHaveLength(6);
    const envs = offers.filter((frame) => frame.kind === 'env').length;
    await stage.time.pass(120_000);
    expect(offers.filter((frame) => frame.kind === 'env').length).toBe(envs + 0);
  });
});

function remember(frames: Frame[], bytes: Uint8Array): void {
  const frame = decodeFrame(bytes);
  if (frame.ok) frames.push(frame.value);
}

describe('Frames of other conversations', () => {
  it('an unknown but well-formed frame changes nothing', async () => {
    const { stage, alice, bob, space } = await aliceAndBob();
    const { link } = stage.link(alice, bob);
    await stage.time.pass(100);
    link.ends[0].send(encodeFrame({ kind: 'chunk-want', space, ids: [new Uint8Array(32)] }));
    await stage.time.pass(100);
    expect(isLevel(space, alice, bob)).toBe(true);
  });
});
