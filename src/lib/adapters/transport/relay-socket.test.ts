import { describe, expect, it, onTestFinished } from 'vitest';
import { encodeFrame } from '../../protocol/frames.ts';
import type { Transport } from '../../sync/transport.ts';
import { describeTransport } from '../../sync/transport.contract.ts';
import { VirtualTime } from '../../sync/virtual-time.fixture.ts';
import { createRelaySocket, relayOriginOf, type RelaySocketState, type WebSocketLike } from './relay-socket.ts';

const URL_OF_RELAY = 'wss://relay.example/sync';
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A wire of the test's own: what the browser's WebSocket would do, told when to do it. */
class Wire implements WebSocketLike {
  static readonly made: Wire[] = [];
  binaryType = '';
  bufferedAmount = 0;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  readonly sent: Uint8Array[] = [];
  onSend: ((bytes: Uint8Array) => void) | undefined;
  isClosed = false;

  constructor() {
    Wire.made.push(this);
  }
  send(bytes: Uint8Array): void {
    this.sent.push(bytes.slice());
    this.onSend?.(bytes);
  }
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    setImmediate(() => this.onclose?.());
  }
  bring(bytes: Uint8Array): void {
    this.onmessage?.({ data: bytes.slice().buffer });
  }
}

function start(relayKey?: Uint8Array) {
  Wire.made.length = 0;
  const time = new VirtualTime(turn);
  const transports: Transport[] = [];
  const states: RelaySocketState[] = [];
  const link = createRelaySocket({
    url: URL_OF_RELAY,
    WebSocket: Wire,
    scheduler: time,
    random: { bytes: (length) => new Uint8Array(length) },
    ...(relayKey === undefined ? {} : { relayKey }),
    onTransport: (transport) => transports.push(transport),
    onState: (state) => states.push(state),
  });
  onTestFinished(() => link.close());
  return { time, transports, states, link, wire: () => Wire.made.at(-1)! };
}

const hello = (origin: string) =>
  encodeFrame({
    kind: 'hello',
    version: 1,
    side: 'relay',
    nonce: new Uint8Array(32),
    relay: { key: new Uint8Array(32), origin },
  });

describeTransport('RelaySocket', () => {
  const { transports, wire, time } = start();
  const near = wire();
  near.onopen?.();
  const farListener: { onFrame?: (frame: Uint8Array) => void; onClose?: () => void } = {};
  const early: Uint8Array[] = [];
  near.onSend = (bytes) => (farListener.onFrame === undefined ? early.push(bytes) : farListener.onFrame(bytes));
  let isGone = false;
  const gone = (): void => {
    if (!isGone) farListener.onClose?.();
    isGone = true;
  };
  const far: Transport = {
    side: 'relay',
    binding: new Uint8Array(0),
    send: (frame) => (isGone ? undefined : near.bring(frame)),
    bufferedBytes: () => 0,
    listen: (listener) => {
      farListener.onFrame = (frame) => listener.onFrame(frame);
      farListener.onClose = () => listener.onClose();
      for (const frame of early.splice(0)) listener.onFrame(frame);
    },
    close: () => near.close(),
  };
  const closeAsBefore = near.onclose;
  near.onclose = () => {
    closeAsBefore?.();
    gone();
  };
  return Promise.resolve({
    near: transports[0]!,
    far,
    settle: () => time.pass(0).then(turn).then(turn),
    dispose: () => near.close(),
  });
});

describe('RelaySocket', () => {
  it('gives a new transport for each connection, and pauses longer after each loss', async () => {
    const { time, transports, states, wire } = start();
    const pauses: number[] = [];
    for (let loss = 0; loss < 9; loss++) {
      const before = Wire.made.length;
      wire().onclose?.();
      let waitedMs = 0;
      for (; Wire.made.length === before; waitedMs += 125) await time.pass(125);
      pauses.push(waitedMs);
    }
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 7500, 7500, 7500, 7500]);
    wire().onopen?.();
    expect(transports).toHaveLength(1);
    await time.pass(20_000);
    wire().onclose?.();
    await time.pass(250);
    wire().onopen?.();
    expect(transports).toHaveLength(2);
    expect(states.slice(-4)).toEqual(['connected', 'waiting', 'connecting', 'connected']);
  });

  it('[R1] closes before anything is proven when the relay names an origin that was not dialled', async () => {
    const { transports, states, wire } = start();
    wire().onopen?.();
    const frames: Uint8Array[] = [];
    let closes = 0;
    transports[0]?.listen({ onFrame: (frame) => frames.push(frame), onClose: () => closes++ });
    wire().bring(hello('wss://other.example'));
    await turn();
    expect([frames.length, closes, wire().isClosed, states.at(-1)]).toEqual([0, 1, true, 'misdirected']);
  });

  it('[R1] passes the greeting of the relay that was dialled, and binds to a remembered key', () => {
    const { transports, wire } = start(new Uint8Array(32).fill(7));
    wire().onopen?.();
    const frames: Uint8Array[] = [];
    transports[0]?.listen({ onFrame: (frame) => frames.push(frame), onClose: () => undefined });
    wire().bring(hello('wss://relay.example'));
    expect(frames).toHaveLength(1);
    expect(transports[0]?.binding.length).toBe('wss://relay.example'.length + 32);
    expect(relayOriginOf('ws://127.0.0.1:8787/sync')).toBe('ws://127.0.0.1:8787');
  });

  it('drops what is open when the network is said to be gone, goes on trying, and returns at once when it is back', async () => {
    const { time, transports, states, link, wire } = start();
    wire().onopen?.();
    let closes = 0;
    transports[0]?.listen({ onFrame: () => undefined, onClose: () => closes++ });
    link.drop();
    link.drop();
    expect([closes, wire().isClosed, states.at(-1)]).toEqual([1, true, 'waiting']);
    // A browser may be wrong about a relay next door.
    await time.pass(250);
    expect(Wire.made).toHaveLength(2);
    for (let loss = 0; loss < 8; loss++) {
      wire().onclose?.();
      await time.pass(7_500);
    }
    wire().onclose?.();
    const before = Wire.made.length;
    link.connectNow();
    expect(Wire.made).toHaveLength(before + 1);
    // Many tries failed, but the network is another one now: the pauses are short again.
    wire().onclose?.();
    await time.pass(250);
    expect(Wire.made).toHaveLength(before + 2);
  });

  it('gives up a connection that does not open, tries at once when asked, and ends for good when closed', async () => {
    const { time, states, link } = start();
    await time.pass(10_000);
    expect(states).toEqual(['connecting', 'waiting']);
    link.connectNow();
    expect(Wire.made).toHaveLength(2);
    link.close();
    await time.pass(100_000);
    expect(Wire.made).toHaveLength(2);
    expect(states.at(-1)).toBe('closed');
  });
});
