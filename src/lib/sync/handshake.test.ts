import { describe, expect, it } from 'vitest';
import { held, isLevel, kindsOf, placeOf, Stage, type Party } from '../../../tests/simulation/pair.ts';
import { RelayNode } from '../../../tests/simulation/relay-node.ts';
import { createMemoryLink } from '../adapters/transport/memory-link.ts';
import { utf8 } from '../foundation/bytes.ts';
import { idToBytes } from '../foundation/ids.ts';
import { decodeFrame, encodeFrame, type Frame } from '../protocol/frames.ts';
import type { Transport } from './transport.ts';

async function aliceAndBob() {
  const stage = new Stage();
  const [alice, bob] = [stage.party('alice'), stage.party('bob')];
  const space = await stage.space(alice, [bob]);
  await stage.write(alice, 3);
  return { stage, alice, bob, space };
}

/** A party played by hand at the far end of a link to `alice`. */
function playedLink(
  stage: Stage,
  alice: Party,
  options: { readonly side?: Transport['side']; readonly binding?: Uint8Array } = {},
) {
  const { side = 'peer', binding = Uint8Array.of(1) } = options;
  const heard: Frame[] = [];
  const onSend = (bytes: Uint8Array, end: 0 | 1) => {
    const frame = decodeFrame(bytes);
    if (end === 0 && frame.ok) heard.push(frame.value);
  };
  const link = createMemoryLink({ scheduler: stage.time, chance: () => 0.5, sides: [side, 'peer'], binding, onSend });
  alice.device.connect(link.ends[0], () => undefined);
  const state = { isClosed: false };
  link.ends[1].listen({ onFrame: () => undefined, onClose: () => (state.isClosed = true) });
  const say = async (frame: Frame) => {
    link.ends[1].send(encodeFrame(frame));
    await stage.time.pass(20);
  };
  const last = <K extends Frame['kind']>(kind: K) =>
    heard.findLast((frame): frame is Extract<Frame, { kind: K }> => frame.kind === kind);
  const kinds = () => new Set(heard.map((frame) => frame.kind));
  return { heard, say, last, kinds, state, link };
}

const hello = (nonce: Uint8Array): Frame => ({ kind: 'hello', version: 1, side: 'peer', nonce });

describe('Who is served', () => {
  it('[S5] Mallory, who is no member, gets neither entries nor frontiers, however she asks', async () => {
    const { stage, alice, space } = await aliceAndBob();
    const mallory = stage.party('mallory');
    await mallory.device.join(space);
    const { sent } = stage.link(alice, mallory);
    await stage.time.pass(200_000);
    expect(kindsOf(sent, 'env')).toEqual([]);
    expect(kindsOf(sent, 'frontier')).toEqual([]);
    expect(held(mallory, space)).toEqual([]);
  });

  it('[S5] asking without a proof brings nothing', async () => {
    const { stage, alice, bob, space } = await aliceAndBob();
    const { say, kinds } = playedLink(stage, alice);
    await say(hello(new Uint8Array(32).fill(7)));
    await say({ kind: 'welcome', space, device: alice.device.id });
    await say({ kind: 'frontier', space, mode: 'full', chains: [] });
    await say({ kind: 'want', space, device: alice.device.id, ranges: [[0, 3]] });
    await say({ kind: 'sub', space, isOn: true });
    expect(kinds()).toEqual(new Set(['hello', 'ping', 'auth']));
    expect(bob.faults).toEqual([]);
  });

  it("[S5] Alice's own proof, sent back to her, proves nothing", async () => {
    const { stage, alice, space } = await aliceAndBob();
    const { say, last, kinds } = playedLink(stage, alice);
    await stage.time.pass(20);
    await say(hello(new Uint8Array(32).fill(7)));
    const own = last('auth');
    const nonce = last('hello')?.nonce;
    if (own === undefined || nonce === undefined) throw new Error('Alice did not greet');
    await say({ ...own, nonce });
    await say({ kind: 'welcome', space, device: alice.device.id });
    expect(kinds()).toEqual(new Set(['hello', 'ping', 'auth']));
  });

  it("[S5] a hello that repeats Alice's own nonce ends the link, so that she never answers herself", async () => {
    const { stage, alice } = await aliceAndBob();
    const { say, last, state } = playedLink(stage, alice);
    await stage.time.pass(20);
    await say(hello(last('hello')?.nonce ?? new Uint8Array(32)));
    expect(last('bye')).toMatchObject({ code: 'auth-failed' });
    expect(state.isClosed).toBe(true);
  });

  it("[P2] Bob's proof for one channel is worth nothing on another", async () => {
    const { stage, alice, bob, space } = await aliceAndBob();
    const toBob = playedLink(stage, bob, { binding: Uint8Array.of(1) });
    const toAlice = playedLink(stage, alice, { binding: Uint8Array.of(2) });
    await stage.time.pass(20);
    // The man in the middle gives each the other's nonce.
    await toBob.say(hello(toAlice.last('hello')?.nonce ?? new Uint8Array(32)));
    await toAlice.say(hello(toBob.last('hello')?.nonce ?? new Uint8Array(32)));
    const [ofBob, ofAlice] = [toBob.last('auth'), toAlice.last('auth')];
    if (ofBob === undefined || ofAlice === undefined) throw new Error('no proof to forward');
    await toAlice.say(ofBob);
    await toBob.say(ofAlice);
    await toAlice.say({ kind: 'welcome', space, device: alice.device.id });
    expect(toAlice.kinds()).toEqual(new Set(['hello', 'ping', 'auth']));
    expect(toBob.kinds()).toEqual(new Set(['hello', 'ping', 'auth']));
  });

  it('[S5] a device that is no longer active is served no more, on the very link where it had proven itself', async () => {
    const { stage, alice, bob, space } = await aliceAndBob();
    stage.link(alice, bob);
    await stage.time.pass(100);
    expect(isLevel(space, alice, bob)).toBe(true);
    const known = held(bob, space).length;
    alice.device.host.isMember = (device) => device === alice.device.id;
    await stage.write(alice, 3);
    await stage.time.pass(60_000);
    expect(held(bob, space)).toHaveLength(known);
  });

  it('[S5] Bob, who was put out, gets each chain up to his removal, is told of no end beyond it, and asks in vain for more', async () => {
    const { stage, alice, bob, space } = await aliceAndBob();
    const past = { device: bob.device.id, upTo: new Map([[alice.device.id, 3]]) };
    alice.device.host.removed.set(bob.device.id, past);
    const { sent } = stage.link(alice, bob);
    await stage.time.pass(5_000);
    const [link] = bob.device.links;
    link?.send({ kind: 'want', space, device: alice.device.id, ranges: [[2, 6]] });
    await stage.write(alice, 2);
    await stage.time.pass(60_000);
    expect(held(bob, space)).toEqual([0, 1, 2, 3].map((seq) => placeOf(alice.device.id, seq)));
    expect(held(alice, space).length).toBeGreaterThan(6);
    const served = kindsOf(sent, 'env').filter(({ from }) => from === 0);
    expect(served).toHaveLength(6);
    for (const { frame } of kindsOf(sent, 'frontier').filter(({ from }) => from === 0))
      expect(frame).toMatchObject({ chains: [{ device: alice.device.id, intervals: [[0, 3]] }] });
    expect([...alice.device.links][0]?.status().spaces).toMatchObject([{ state: 'refused', isLevel: false }]);
  });

  it('[S5] what Bob holds beyond his removal he brings once, not again and again, and what he wrote himself is taken', async () => {
    const stage = new Stage();
    const [alice, bob, carol] = [stage.party('alice'), stage.party('bob'), stage.party('carol')];
    const space = await stage.space(alice, [bob, carol]);
    for (const other of [bob, carol]) {
      const { link } = stage.link(alice, other);
      await stage.time.pass(3_000);
      link.cut();
    }
    await stage.write(carol, 3);
    for (const other of [alice, bob]) {
      const { link } = stage.link(carol, other);
      await stage.time.pass(3_000);
      link.cut();
    }
    await stage.write(bob, 2);
    const past = { device: bob.device.id, upTo: new Map([[alice.device.id, 3]]) };
    alice.device.host.removed.set(bob.device.id, past);
    const { sent } = stage.link(alice, bob);
    await stage.time.pass(300_000);
    expect(held(alice, space)).toContain(placeOf(bob.device.id, 1));
    const brought = kindsOf(sent, 'env').filter(({ from }) => from === 1);
    expect(brought.length).toBeLessThanOrEqual(2 * 5);
    expect(brought.at(-1)?.atMs).toBeLessThan(stage.time.nowMs() - 200_000);
    expect(kindsOf(sent, 'frontier').filter(({ from }) => from === 0).length).toBeLessThan(20);
  });

  it('a link that speaks another version is refused with a reason', async () => {
    const { stage, alice } = await aliceAndBob();
    const { say, last, state } = playedLink(stage, alice);
    await say({ ...hello(new Uint8Array(32)), version: 2 } as Frame);
    expect(last('bye')).toMatchObject({ code: 'unknown-version' });
    expect(state.isClosed).toBe(true);
  });

  it('a link on which nobody answers is given up', async () => {
    const { stage, alice } = await aliceAndBob();
    const { state } = playedLink(stage, alice);
    await stage.time.pass(80_000);
    expect(state.isClosed).toBe(false);
    await stage.time.pass(20_000);
    expect(state.isClosed).toBe(true);
  });
});

describe('A relay', () => {
  it('[R1] proves its own key before it learns which spaces Alice is in', async () => {
    const { stage, alice } = await aliceAndBob();
    const relay = new RelayNode(stage.keys, stage.random, 'none');
    const { say, last, kinds, state } = playedLink(stage, alice, { side: 'relay', binding: relay.binding });
    const mallory = stage.keys.newKey('mallory');
    const known = { key: idToBytes(stage.keys.newKey('relay')), origin: 'https://relay.example' };
    await say({ kind: 'hello', version: 1, side: 'relay', nonce: new Uint8Array(32).fill(7), relay: known });
    expect(kinds()).toEqual(new Set(['hello', 'ping']));
    const half = stage.keys.sign(mallory, [utf8(known.origin), known.key, last('hello')?.nonce ?? new Uint8Array(32)]);
    await say({ kind: 'proof', signature: half });
    expect(kinds()).toEqual(new Set(['hello', 'ping', 'bye']));
    expect(state.isClosed).toBe(true);
  });

  it('[R1] that calls itself another than the one Alice dialled gets no proof', async () => {
    const { stage, alice } = await aliceAndBob();
    const relay = new RelayNode(stage.keys, stage.random, 'none');
    const { say, last, state } = playedLink(stage, alice, { side: 'relay', binding: relay.binding });
    const key = stage.keys.newKey('relay');
    const other = { key: idToBytes(key), origin: 'https://elsewhere.example' };
    await say({ kind: 'hello', version: 1, side: 'relay', nonce: new Uint8Array(32).fill(7), relay: other });
    await say({
      kind: 'proof',
      signature: stage.keys.sign(key, [utf8(other.origin), other.key, last('hello')?.nonce ?? new Uint8Array(32)]),
    });
    expect(state.isClosed).toBe(true);
  });

  it('[R1] renews its challenge without losing what it had welcomed, and puts out whom it no longer lists', async () => {
    const { stage, alice, space } = await aliceAndBob();
    const relay = new RelayNode(stage.keys, stage.random, 'none');
    const { say, last, heard } = playedLink(stage, alice, { side: 'relay', binding: relay.binding });
    const key = stage.keys.newKey('relay');
    const known = { key: idToBytes(key), origin: 'https://relay.example' };
    const greet = (fill: number) =>
      say({ kind: 'hello', version: 1, side: 'relay', nonce: new Uint8Array(32).fill(fill), relay: known });
    const signature = stage.keys.sign(key, [utf8(known.origin), known.key, last('hello')?.nonce ?? new Uint8Array(32)]);
    await greet(7);
    await say({ kind: 'proof', signature });
    expect(last('auth')?.nonce).toEqual(new Uint8Array(32).fill(7));
    await say({ kind: 'welcome', space, device: alice.device.id });
    const count = (kind: Frame['kind']) => heard.filter((frame) => frame.kind === kind).length;
    const before = [count('auth'), count('frontier'), count('sub')];
    await greet(8);
    expect([count('auth'), count('frontier'), count('sub')]).toEqual(before);
    const [link] = alice.device.links;
    expect(link?.status().spaces).toMatchObject([{ state: 'shared' }]);
    await say({ kind: 'refused', request: 'auth', subject: idToBytes(space), code: 'not-a-member' });
    expect(link?.status().spaces).toMatchObject([{ state: 'refused', code: 'not-a-member' }]);
    await stage.time.pass(10_000);
    expect(count('auth')).toBe(before[0]);
    link?.poke(undefined, 'access');
    await stage.time.pass(20);
    expect(last('auth')?.nonce).toEqual(new Uint8Array(32).fill(8));
  });

  it('[S1] carries between Alice and Bob who never meet', async () => {
    const { stage, alice, bob, space } = await aliceAndBob();
    const relay = new RelayNode(stage.keys, stage.random, 'none');
    for (const party of [alice, bob]) {
      const { ends } = createMemoryLink({
        scheduler: stage.time,
        chance: () => 0.5,
        sides: ['relay', 'peer'],
        binding: relay.binding,
      });
      party.device.connect(ends[0], () => undefined);
      relay.accept(ends[1]);
    }
    await stage.time.pass(200);
    await stage.write(bob, 4);
    await stage.time.pass(200);
    expect(isLevel(space, alice, bob)).toBe(true);
  });
});
