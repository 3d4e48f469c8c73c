import { afterEach, describe, expect, test } from 'vitest';
import { WebrtcProvider, type WebrtcConn } from 'y-webrtc';
import { Doc } from 'yjs';
import { bindingOf } from './data-channel-frames.ts';
import { MeshConnections } from './mesh-connections.ts';

interface Message {
  readonly type: string;
  readonly topic: string;
  readonly data: { readonly type: string; readonly signal?: { readonly type: string; readonly sdp?: string } };
}

let rooms = 0;

/** A device in a room that hears the other one as fast as the test wants. */
class Side {
  readonly name = `room-${String(++rooms)}`;
  readonly provider: WebrtcProvider;
  readonly opened: RTCDataChannel[] = [];
  readonly made: WebrtcConn[] = [];
  readonly said: Message[] = [];
  /** Says whether a message of this side reaches the other. */
  carries: (message: Message) => boolean = () => true;
  /** What becomes of it on the way. */
  alters: (data: Message['data']) => Message['data'] = (data) => data;
  other: Side | undefined;
  #isThere = false;

  constructor() {
    this.provider = new WebrtcProvider(this.name, new Doc(), {
      // Nothing listens there: what is said is carried by the test.
      signaling: [`ws://127.0.0.1:9/${this.name}`],
      password: null,
      filterBcConns: true,
      maxConns: 20,
      peerOpts: { config: { iceServers: [] } },
    });
    this.provider.on('status', () => {
      if (this.provider.room !== null)
        new MeshConnections(this.provider, this.provider.room, (connection) => this.#open(connection));
    });
    this.signalling.send = (message) => this.#say(message as Message);
    Object.defineProperty(this.signalling, 'connected', { get: () => this.#isThere, set: () => undefined });
  }

  get signalling() {
    return this.provider.signalingConns[0]!;
  }
  get peerId(): string {
    return this.provider.room!.peerId;
  }

  enter(): void {
    this.#isThere = true;
  }
  announce(): void {
    this.enter();
    this.#say({ type: 'publish', topic: this.name, data: { type: 'announce', from: this.peerId } as Message['data'] });
  }
  hear(data: object): void {
    this.signalling.emit('message', [{ type: 'publish', topic: this.name, data: structuredClone(data) }]);
  }

  #say(message: Message): void {
    if (message.type !== 'publish') return;
    this.said.push(message);
    if (this.carries(message)) queueMicrotask(() => this.other?.hear(this.alters(message.data)));
  }

  #open(connection: WebrtcConn): void {
    this.made.push(connection);
    const channel = connection.peer._pc!.createDataChannel('test', { negotiated: true, id: 200 });
    channel.addEventListener('open', () => this.opened.push(channel));
  }
}

const sides: Side[] = [];

async function two(): Promise<readonly [Side, Side]> {
  const [one, other] = [new Side(), new Side()];
  [one.other, other.other] = [other, one];
  sides.push(one, other);
  await expect.poll(() => one.provider.room !== null && other.provider.room !== null).toBe(true);
  return one.peerId > other.peerId ? [one, other] : [other, one];
}

const open = (side: Side): number => side.opened.filter(({ readyState }) => readyState === 'open').length;

async function expectJoined(...both: readonly Side[]): Promise<void> {
  await expect.poll(() => both.map(open), { timeout: 20_000 }).toEqual([1, 1]);
}

describe('[P3] two devices find each other in a room of the mesh', () => {
  afterEach(() => {
    for (const side of sides.splice(0)) side.provider.destroy();
  });

  test('one hears of the other', async () => {
    const [alice, bob] = await two();
    alice.announce();
    await expectJoined(alice, bob);
  });

  test('both call in the same moment: one connection comes of it, again and again', async () => {
    for (let round = 0; round < 10; round++) {
      const [alice, bob] = await two();
      alice.announce();
      bob.announce();
      await expectJoined(alice, bob);
    }
  });

  test.each(['the one that holds', 'the one that yields'])(
    'a call comes while %s is still being made',
    async (which) => {
      const [holding, yielding] = await two();
      const [late, early] = which === 'the one that holds' ? [holding, yielding] : [yielding, holding];
      // What the early one says is heard in the very moment in which the late one begins to call.
      early.carries = () => false;
      late.announce();
      await expect.poll(() => early.said.some(({ data }) => data.signal?.type === 'offer')).toBe(true);
      early.carries = () => true;
      late.hear({ type: 'announce', from: early.peerId });
      expect(late.made).toHaveLength(1);
      for (const { data } of early.said) late.hear(data);
      await expectJoined(holding, yielding);
    },
  );

  test('an answer and an address for a call that is over change nothing, and the next call is taken', async () => {
    const [alice, bob] = await two();
    const from = bob.peerId;
    alice.hear({ type: 'signal', from, to: alice.peerId, token: 1, signal: { type: 'answer', sdp: 'v=0' } });
    const candidate = { candidate: 'candidate:1 1 udp 1 10.0.0.1 9 typ host', sdpMLineIndex: 0, sdpMid: '0' };
    alice.hear({ type: 'signal', from, to: alice.peerId, token: 1, signal: { type: 'candidate', candidate } });
    expect(alice.made).toHaveLength(0);
    bob.announce();
    await expectJoined(alice, bob);
  });

  test('an offer that is lost is made again', async () => {
    const [alice, bob] = await two();
    let offers = 0;
    alice.carries = ({ data }) => data.signal?.type !== 'offer' || ++offers > 1;
    alice.enter();
    bob.announce();
    await expectJoined(alice, bob);
    expect(offers).toBeGreaterThanOrEqual(1);
  });

  test('one goes and comes again before the other has noticed: the new connection stands', async () => {
    const [alice, bob] = await two();
    alice.announce();
    await expectJoined(alice, bob);
    const [first] = alice.made;
    first!.destroy();
    await expect.poll(() => first!.closed).toBe(true);
    bob.announce();
    await expect.poll(() => open(alice), { timeout: 20_000 }).toBe(1);
    await expectJoined(alice, bob);
  });
});

describe('[P2] what two devices of the mesh sign', () => {
  afterEach(() => {
    for (const side of sides.splice(0)) side.provider.destroy();
  });

  const binding = async (side: Side): Promise<string> =>
    new TextDecoder().decode(await bindingOf(side.made.at(-1)!.peer._pc!));

  test('both ends of a connection have the same to sign', async () => {
    const [alice, bob] = await two();
    alice.announce();
    await expectJoined(alice, bob);
    expect(await binding(alice)).toBe(await binding(bob));
    expect(await binding(alice)).toMatch(/^sha-256 \S{95}\nsha-256 \S{95}$/u);
  });

  test('Mallory, who answers Alice as Bob and calls Bob as Alice, holds two connections with nothing that fits both', async () => {
    const [alice, asBob] = await two();
    const [asAlice, bob] = await two();
    alice.announce();
    bob.announce();
    await expectJoined(alice, asBob);
    await expectJoined(asAlice, bob);
    expect(await binding(alice)).not.toBe(await binding(bob));
  });

  test('another fingerprint, put into what is said on the way, opens no channel', async () => {
    const [alice, bob] = await two();
    const fingerprint = /(?<=a=fingerprint:sha-256 )\S+/u;
    const mallorys = Array.from({ length: 32 }, () => 'AB').join(':');
    bob.alters = (data) => ({
      ...data,
      ...(data.signal?.sdp === undefined
        ? {}
        : { signal: { ...data.signal, sdp: data.signal.sdp.replace(fingerprint, mallorys) } }),
    });
    alice.announce();
    await expect.poll(() => alice.made.some(({ closed }) => closed), { timeout: 20_000 }).toBe(true);
    expect([open(alice), open(bob)]).toEqual([0, 0]);
  });
});
