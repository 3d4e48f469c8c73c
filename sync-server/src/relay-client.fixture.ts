/** A client for tests: speaks frames over a real socket and waits for answers, never for time. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { isRelayProofValid, signAclChange, signAuth } from '../../src/lib/crypto/auth.ts';
import { bytesToHex } from '../../src/lib/foundation/bytes.ts';
import { decodeFrame, encodeFrame, relayBinding } from '../../src/lib/protocol/frames.ts';
import type { Frame } from '../../src/lib/protocol/frames.ts';
import type { AclEntry } from '../../src/lib/protocol/relay-frames.ts';
import { unwrap } from '../../src/lib/foundation/result.ts';
import type { Device, MadeEnvelope } from './device.fixture.ts';

type FrameOf<K extends Frame['kind']> = Extract<Frame, { readonly kind: K }>;

const PATIENCE_MS = 10_000;

export class RelayClient {
  readonly socket: WebSocket;
  readonly clientNonce = new Uint8Array(randomBytes(32));
  readonly seen: Frame[] = [];
  hello: FrameOf<'hello'> | undefined;
  #taken = new Set<Frame>();
  #wake: (() => void)[] = [];
  isClosed = false;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (bytes: Buffer) => {
      this.seen.push(unwrap(decodeFrame(new Uint8Array(bytes))));
      this.#rouse();
    });
    socket.on('close', () => {
      this.isClosed = true;
      this.#rouse();
    });
    socket.on('error', () => {
      this.isClosed = true;
      this.#rouse();
    });
  }

  static async open(port: number): Promise<RelayClient> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/sync`, { perMessageDeflate: false });
    const client = new RelayClient(socket);
    await once(socket, 'open');
    return client;
  }

  /** Greeted, and the relay's own proof checked. */
  static async greeted(port: number): Promise<RelayClient> {
    const client = await RelayClient.open(port);
    await client.greet();
    return client;
  }

  async greet(): Promise<void> {
    this.send({ kind: 'hello', version: 1, side: 'peer', nonce: this.clientNonce });
    this.hello = await this.next('hello');
    const proof = await this.next('proof');
    const relay = this.hello.relay;
    if (relay === undefined || !isRelayProofValid(relay, this.clientNonce, proof.signature))
      throw new Error('the relay proved nothing');
  }

  authFrame(device: Device): FrameOf<'auth'> {
    const { relay, nonce } = this.hello ?? {};
    if (relay === undefined || nonce === undefined) throw new Error('greet first');
    const signature = signAuth({ binding: relayBinding(relay), nonce, space: device.space }, device.keys);
    return { kind: 'auth', space: device.space, device: device.keys.device, nonce, signature };
  }

  /** Proves a key and listens to its space. */
  async enter(device: Device): Promise<void> {
    this.send(this.authFrame(device));
    await this.next('welcome');
    this.send({ kind: 'sub', space: device.space, isOn: true });
  }

  /** Founds the device's space with its genesis, waits until it is durable, and listens. */
  async found(device: Device, voucher = ''): Promise<MadeEnvelope> {
    const genesis = device.genesis();
    this.send({ kind: 'create', space: device.space, voucher });
    await this.next('acl-state');
    await this.enter(device);
    await this.append(genesis);
    return genesis;
  }

  async append(made: MadeEnvelope): Promise<void> {
    this.send({ kind: 'env', bytes: made.bytes });
    await this.next('ack', (ack) => ack.seq === made.seq && made.id.startsWith(ack.id16));
  }

  async refusedAppend(bytes: Uint8Array): Promise<FrameOf<'nack'>> {
    this.send({ kind: 'env', bytes });
    return this.next('nack');
  }

  setAcl(signer: Device, change: { entries?: AclEntry[]; removed?: Device[]; counter: number }): void {
    const whole = {
      entries: (change.entries ?? []).toSorted((a, b) => (a.key < b.key ? -1 : 1)),
      removed: (change.removed ?? []).map((each) => each.keys.device).sort(),
      counter: change.counter,
    };
    const signature = signAclChange(signer.space, whole, signer.keys);
    this.send({ kind: 'acl', space: signer.space, signer: signer.keys.device, signature, ...whole });
  }

  send(frame: Frame): void {
    this.socket.send(encodeFrame(frame));
  }

  sendRaw(bytes: Uint8Array): void {
    this.socket.send(bytes);
  }

  /** The oldest frame of this kind not yet taken, now or when it comes. */
  async next<K extends Frame['kind']>(kind: K, fits: (frame: FrameOf<K>) => boolean = () => true): Promise<FrameOf<K>> {
    return this.#until(`a ${kind}`, () => {
      const found = this.seen.find((each) => each.kind === kind && !this.#taken.has(each) && fits(each as FrameOf<K>));
      if (found !== undefined) this.#taken.add(found);
      return found as FrameOf<K> | undefined;
    });
  }

  async nextRefusal(request: FrameOf<'refused'>['request']): Promise<FrameOf<'refused'>> {
    return this.next('refused', (frame) => frame.request === request);
  }

  /** Everything sent before has been handled, and everything it caused has been committed and delivered. */
  async settled(device: Device): Promise<void> {
    const before = this.seen.length;
    this.send({ kind: 'frontier', space: device.space, mode: 'headers', chains: [] });
    await this.#until('an answer', () => this.seen.slice(before).find((each) => each.kind === 'frontier'));
  }

  async closed(): Promise<void> {
    await this.#until('a close', () => (this.isClosed ? true : undefined), true);
  }

  envelopes(): string[] {
    return this.seen.flatMap((each) => (each.kind === 'env' ? [bytesToHex(each.bytes)] : []));
  }

  close(): void {
    this.socket.terminate();
  }

  async #until<T>(what: string, look: () => T | undefined, mayBeClosed = false): Promise<T> {
    const deadline = setTimeout(() => this.#rouse(), PATIENCE_MS);
    const startMs = performance.now();
    try {
      for (;;) {
        const found = look();
        if (found !== undefined) return found;
        if (this.isClosed && !mayBeClosed) throw new Error(`the socket closed while waiting for ${what}`);
        if (performance.now() - startMs >= PATIENCE_MS - 1) throw new Error(`waited too long for ${what}`);
        await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
    } finally {
      clearTimeout(deadline);
    }
  }

  #rouse(): void {
    for (const resolve of this.#wake.splice(0)) resolve();
  }
}
