/** Our relay under load: real proofs, real signed envelopes, its default limits but for the number of sockets. */
import { bytesToHex } from '../../src/lib/foundation/bytes.ts';
import { unwrap } from '../../src/lib/foundation/result.ts';
import { signAclChange, signAuth } from '../../src/lib/crypto/auth.ts';
import { readyCrypto } from '../../src/lib/crypto/sodium.ts';
import { decodeFrame, encodeFrame, relayBinding } from '../../src/lib/protocol/frames.ts';
import type { Frame } from '../../src/lib/protocol/frames.ts';
import { Device } from '../../sync-server/src/device.fixture.ts';
import { newDataFolder, startRelay } from '../../sync-server/src/relay-process.fixture.ts';
import type { LoadClient, System } from './measure.ts';
import { framed, RawSocket } from './raw-socket.ts';

export interface Shape {
  readonly rooms: number;
  readonly clients: number;
  /** Messages prepared for each client. */
  readonly messages: number;
  /** Bytes of sealed payload. */
  readonly size: number;
}

const AUTHOR_AT = 1 + 88;
const SEQ_AT = 1 + 120 + 4;
const ENV_BYTE = 7;

export async function startArchipel({ rooms, clients, messages, size }: Shape): Promise<System> {
  await readyCrypto();
  const folder = newDataFolder();
  const flags = [
    '--limit-sockets-per-address',
    '5000',
    '--limit-append-per-second',
    '5000',
    '--limit-append-burst',
    '5000',
  ];
  const relay = await startRelay(folder.path, [
    ...flags,
    '--limit-spaces-per-address-per-day',
    '5000',
    '--limit-frames-per-second',
    '10000',
  ]);
  const writers = new Map<string, number>();
  const built: LoadClient[][] = [];
  for (let r = 0; r < rooms; r++) {
    const room = await openRoom(relay.port, clients);
    built.push(
      room.map(({ device, socket }, c) => {
        writers.set(device.keys.device.slice(0, 16), r * 1000 + c);
        return {
          socket,
          messages: Array.from({ length: messages }, () =>
            framed(encodeFrame({ kind: 'env', bytes: device.next({ size }).bytes })),
          ),
        };
      }),
    );
  }
  const firstSeq = (writer: number): number => (writer % 1000 === 0 ? 1 : 0);
  return {
    name: 'Archipel',
    pid: relay.pid,
    rooms: built,
    markOf: (bytes, start) => {
      if (bytes[start] !== ENV_BYTE) return undefined;
      const writer = writers.get(bytes.toString('hex', start + AUTHOR_AT, start + AUTHOR_AT + 8)) ?? -1;
      return { writer, n: bytes.readUInt32BE(start + SEQ_AT) - firstSeq(writer) };
    },
    stop: async () => {
      for (const { socket } of built.flat()) socket.close();
      await relay.kill('SIGKILL');
      folder.remove();
    },
  };
}

interface Member {
  readonly device: Device;
  readonly socket: RawSocket;
}

async function openRoom(port: number, count: number): Promise<Member[]> {
  const founder = new Device();
  const genesis = founder.genesis();
  const talk = await Talk.open(port);
  await talk.heard('proof');
  talk.send({ kind: 'create', space: founder.space, voucher: '' });
  await talk.enter(founder);
  talk.send({ kind: 'env', bytes: genesis.bytes });
  await talk.heard('ack');
  const others = Array.from({ length: count - 1 }, () => new Device(founder.space));
  const entries = others
    .map(({ keys }, i) => ({ key: keys.device, caps: 3, idx: i + 1 }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const change = { entries, removed: [], counter: 1 };
  const signature = signAclChange(founder.space, change, founder.keys);
  talk.send({ kind: 'acl', space: founder.space, signer: founder.keys.device, signature, ...change });
  await talk.heard('acl-state', (frame) => frame.kind === 'acl-state' && frame.counter === 1);
  const members: Member[] = [{ device: founder, socket: talk.socket }];
  for (const device of others) {
    const other = await Talk.open(port);
    await other.enter(device);
    members.push({ device, socket: other.socket });
  }
  return members;
}

/** A conversation before the load begins. */
export class Talk {
  readonly socket: RawSocket;
  readonly #nonce = crypto.getRandomValues(new Uint8Array(32));
  readonly #frames: Frame[] = [];
  #wake: () => void = () => undefined;

  private constructor(socket: RawSocket) {
    this.socket = socket;
    socket.onMessage = (bytes, start, end) => {
      this.#frames.push(unwrap(decodeFrame(new Uint8Array(bytes.subarray(start, end)))));
      this.#wake();
    };
  }

  static async open(port: number): Promise<Talk> {
    const talk = new Talk(await RawSocket.open(port, '/sync'));
    talk.send({ kind: 'hello', version: 1, side: 'peer', nonce: talk.#nonce });
    return talk;
  }

  send(frame: Frame): void {
    this.socket.send(framed(encodeFrame(frame)));
  }

  async enter(device: Device): Promise<void> {
    const hello = await this.heard('hello');
    if (hello.kind !== 'hello' || hello.relay === undefined) throw new Error('no greeting');
    const { space } = device;
    const signature = signAuth({ binding: relayBinding(hello.relay), nonce: hello.nonce, space }, device.keys);
    this.send({ kind: 'auth', space, device: device.keys.device, nonce: hello.nonce, signature });
    await this.heard('welcome');
    this.send({ kind: 'sub', space, isOn: true });
  }

  async heard(kind: Frame['kind'], fits: (frame: Frame) => boolean = () => true): Promise<Frame> {
    for (;;) {
      const found = this.#frames.find((frame) => frame.kind === kind && fits(frame));
      if (found !== undefined) return found;
      const refused = this.#frames.find((frame) => frame.kind === 'refused');
      if (refused?.kind === 'refused')
        throw new Error(`refused: ${refused.request} ${refused.code} ${bytesToHex(refused.subject)}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
